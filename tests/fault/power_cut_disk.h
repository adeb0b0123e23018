// For tests: a disk in memory that knows what a power cut would leave. Only what was synced is sure to be there: the
// content of a file by fsync of the file, its name by fsync of its folder. That is what POSIX promises and no more;
// real file systems usually keep more, which no program may rely on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dl::test {

class PowerCutDisk {
 public:
  using Inode = std::uint64_t;
  static constexpr Inode kRoot = 1;

  PowerCutDisk();

  // Paths are absolute ("/spool/journal.db"). Every function returns 0 or a negated errno.
  int lookup(std::string_view path, Inode& found) const;
  int create(std::string_view path, Inode& created);
  int make_folder(std::string_view path);
  int remove(std::string_view path);  // a file
  int remove_folder(std::string_view path);
  int rename(std::string_view from, std::string_view to, bool replace);
  int link(Inode file, std::string_view to);

  [[nodiscard]] bool is_folder(Inode inode) const;
  [[nodiscard]] std::uint64_t size_bytes(Inode file) const;
  std::vector<std::string> names(Inode folder) const;
  std::string read(Inode file, std::uint64_t offset, std::size_t size) const;
  void write(Inode file, std::uint64_t offset, std::string_view bytes);
  void truncate(Inode file, std::uint64_t size_bytes);
  void sync(Inode inode);

  // The folder tree after a power cut now, written below `folder`. Without `lottery` nothing that was not synced is
  // there; with it every unsynced write and name may be, each by itself, for a drive writes in its own order.
  void save_after_power_cut(const std::filesystem::path& folder, std::mt19937* lottery) const;
  // Takes what is below `folder` as synced content.
  void load(const std::filesystem::path& folder);

 private:
  struct Change {
    std::uint64_t offset = 0;  // of a truncation: the new size
    std::string bytes;
    bool is_truncation = false;
  };
  struct Node {
    bool folder = false;
    std::string content, synced_content;
    std::vector<Change> unsynced;
    std::map<std::string, Inode> entries, synced_entries;
  };

  static void apply(const Change& change, std::string& content);
  Inode make(bool folder);
  int parent_of(std::string_view path, Inode& parent, std::string& name) const;
  void save(Inode inode, const std::filesystem::path& to, std::mt19937* lottery) const;

  std::map<Inode, Node> nodes_;
  Inode next_ = kRoot;
};

}  // namespace dl::test
