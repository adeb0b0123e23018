#include "tests/fault/power_cut_disk.h"

#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>

namespace dl::test {

PowerCutDisk::PowerCutDisk() {
  make(/*folder=*/true);
}

PowerCutDisk::Inode PowerCutDisk::make(bool folder) {
  const Inode inode = next_++;
  nodes_[inode].folder = folder;
  return inode;
}

int PowerCutDisk::lookup(std::string_view path, Inode& found) const {
  found = kRoot;
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const Node& node = nodes_.at(found);
    if (!node.folder) return -ENOTDIR;
    const auto entry = node.entries.find(std::string(path.substr(start, end - start)));
    if (entry == node.entries.end()) return -ENOENT;
    found = entry->second;
    start = end + 1;
  }
  return 0;
}

int PowerCutDisk::parent_of(std::string_view path, Inode& parent, std::string& name) const {
  const std::size_t slash = path.rfind('/');
  name = path.substr(slash + 1);
  if (name.empty()) return -EINVAL;
  const int error = lookup(path.substr(0, std::max<std::size_t>(slash, 1)), parent);
  if (error != 0) return error;
  return nodes_.at(parent).folder ? 0 : -ENOTDIR;
}

int PowerCutDisk::create(std::string_view path, Inode& created) {
  Inode parent = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (nodes_.at(parent).entries.contains(name)) return -EEXIST;
  created = make(/*folder=*/false);
  nodes_.at(parent).entries[name] = created;
  return 0;
}

int PowerCutDisk::make_folder(std::string_view path) {
  Inode parent = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (nodes_.at(parent).entries.contains(name)) return -EEXIST;
  const Inode made = make(/*folder=*/true);
  nodes_.at(parent).entries[name] = made;
  return 0;
}

int PowerCutDisk::remove(std::string_view path) {
  Inode parent = 0;
  Inode inode = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (const int error = lookup(path, inode); error != 0) return error;
  if (nodes_.at(inode).folder) return -EISDIR;
  // The node stays: it may be open, and its name may be on the disk still.
  nodes_.at(parent).entries.erase(name);
  return 0;
}

int PowerCutDisk::remove_folder(std::string_view path) {
  Inode parent = 0;
  Inode inode = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (const int error = lookup(path, inode); error != 0) return error;
  if (!nodes_.at(inode).folder) return -ENOTDIR;
  if (!nodes_.at(inode).entries.empty()) return -ENOTEMPTY;
  nodes_.at(parent).entries.erase(name);
  return 0;
}

int PowerCutDisk::rename(std::string_view from, std::string_view to, bool replace) {
  Inode old_parent = 0;
  Inode new_parent = 0;
  Inode inode = 0;
  std::string old_name;
  std::string new_name;
  if (const int error = parent_of(from, old_parent, old_name); error != 0) return error;
  if (const int error = parent_of(to, new_parent, new_name); error != 0) return error;
  if (const int error = lookup(from, inode); error != 0) return error;
  auto& target = nodes_.at(new_parent).entries;
  const auto existing = target.find(new_name);
  if (existing != target.end()) {
    if (!replace) return -EEXIST;
    const Node& there = nodes_.at(existing->second);
    if (there.folder && !there.entries.empty()) return -ENOTEMPTY;
  }
  nodes_.at(old_parent).entries.erase(old_name);
  nodes_.at(new_parent).entries[new_name] = inode;
  return 0;
}

int PowerCutDisk::link(Inode file, std::string_view to) {
  Inode parent = 0;
  std::string name;
  if (const int error = parent_of(to, parent, name); error != 0) return error;
  if (nodes_.at(parent).entries.contains(name)) return -EEXIST;
  nodes_.at(parent).entries[name] = file;
  return 0;
}

bool PowerCutDisk::is_folder(Inode inode) const {
  return nodes_.at(inode).folder;
}

std::uint64_t PowerCutDisk::size_bytes(Inode file) const {
  return nodes_.at(file).content.size();
}

std::vector<std::string> PowerCutDisk::names(Inode folder) const {
  std::vector<std::string> found;
  for (const auto& [name, inode] : nodes_.at(folder).entries) found.push_back(name);
  return found;
}

std::string PowerCutDisk::read(Inode file, std::uint64_t offset, std::size_t size) const {
  const std::string& content = nodes_.at(file).content;
  if (offset >= content.size()) return {};
  return content.substr(offset, size);
}

void PowerCutDisk::apply(const Change& change, std::string& content) {
  if (change.is_truncation) {
    content.resize(change.offset);
    return;
  }
  if (content.size() < change.offset + change.bytes.size()) content.resize(change.offset + change.bytes.size());
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

void PowerCutDisk::write(Inode file, std::uint64_t offset, std::string_view bytes) {
  Node& node = nodes_.at(file);
  node.unsynced.push_back({offset, std::string(bytes), false});
  apply(node.unsynced.back(), node.content);
}

void PowerCutDisk::truncate(Inode file, std::uint64_t size_bytes) {
  Node& node = nodes_.at(file);
  node.unsynced.push_back({size_bytes, {}, true});
  apply(node.unsynced.back(), node.content);
}

void PowerCutDisk::sync(Inode inode) {
  Node& node = nodes_.at(inode);
  node.synced_content = node.content;
  node.unsynced.clear();
  node.synced_entries = node.entries;
}

void PowerCutDisk::save_after_power_cut(const std::filesystem::path& folder, std::mt19937* lottery) const {
  std::filesystem::create_directories(folder);
  save(kRoot, folder, lottery);
}

void PowerCutDisk::save(Inode inode, const std::filesystem::path& to, std::mt19937* lottery) const {
  const auto wins = [lottery] { return lottery != nullptr && ((*lottery)() & 1U) != 0; };
  const Node& node = nodes_.at(inode);
  if (!node.folder) {
    std::string content = node.synced_content;
    for (const Change& change : node.unsynced) {
      if (wins()) apply(change, content);
    }
    std::ofstream(to, std::ios::binary) << content;
    return;
  }
  std::set<std::string> candidates;
  for (const auto& [name, child] : node.synced_entries) candidates.insert(name);
  for (const auto& [name, child] : node.entries) candidates.insert(name);
  for (const std::string& name : candidates) {
    const auto now = node.entries.find(name);
    const auto before = node.synced_entries.find(name);
    const bool same = now != node.entries.end() && before != node.synced_entries.end() && now->second == before->second;
    const bool take_now = same || wins();
    const auto& chosen = take_now ? node.entries : node.synced_entries;
    const auto entry = chosen.find(name);
    if (entry == chosen.end()) continue;
    if (nodes_.at(entry->second).folder) std::filesystem::create_directories(to / name);
    save(entry->second, to / name, lottery);
  }
}

void PowerCutDisk::load(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = "/" + std::filesystem::relative(entry.path(), folder).string();
    if (entry.is_directory()) {
      make_folder(path);
      continue;
    }
    if (!entry.is_regular_file()) continue;
    Inode file = 0;
    create(path, file);
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    nodes_.at(file).content = content.str();
  }
  for (auto& [inode, node] : nodes_) sync(inode);
}

}  // namespace dl::test
