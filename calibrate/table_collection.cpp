#include "calibrate/table_collection.h"

#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "core/sha256.h"

namespace dl::calibrate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".json";

// Overlays are named with their folder, shipped tables are not.
bool is_overlay(const Place& place) {
  return place.file.find('/') != std::string::npos;
}

template <class Action>
void for_each_element(const TableCollection& collection, Action action) {
  for (const InstrumentTables& one : collection.instruments) {
    for (const Table& table : one.tables.tables()) {
      for (const Row& row : table.rows) action(row);
      for (const Event& event : table.events) action(event);
      for (const Override& override : table.overrides) action(override);
    }
  }
}

// <folder>/<instrument>/<platform>.<name>.json is read, and nothing else.
void find_strays(const fs::path& overlays, TableProblems& problems) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(overlays, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const std::string name = path.filename().string();
    if (entry->is_directory(error) || name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    const bool is_table = name.find('.') < name.size() - kSuffix.size();
    if (entry.depth() == 1 && is_table) continue;
    problems.push_back({path.string(), 0, "",
                        fmt::format("expected it as '{}/<instrument>/<platform>.<name>.json' (downlinkctl cal import "
                                    "puts it there)",
                                    overlays.string()),
                        ErrorKind::config});
  }
}

}  // namespace

const TableSet* TableCollection::find(std::string_view platform, std::string_view instrument) const {
  const auto found = std::find_if(instruments.begin(), instruments.end(), [&](const InstrumentTables& one) {
    return one.platform == platform && one.instrument == instrument;
  });
  return found == instruments.end() ? nullptr : &found->tables;
}

tl::expected<TableCollection, TableProblems> load_collection(const TableFolders& folders) {
  TableProblems problems;
  for (const fs::path& overlays : folders.overlays) find_strays(overlays, problems);
  TableCollection collection;
  Sha256 hash;
  for (const TableSubject& subject : table_subjects(folders)) {
    TableProblems of_set;
    auto set = load_tables(folders, subject.platform, subject.instrument, &of_set);
    if (set) {
      hash.update(as_bytes(fmt::format("{}/{}:{}\n", subject.instrument, subject.platform, set->sha256())));
      collection.instruments.push_back({subject.platform, subject.instrument, std::move(*set)});
    } else if (of_set.empty()) {
      problems.push_back({"", 0, "", set.error().message, set.error().kind});
    }
    problems.insert(problems.end(), of_set.begin(), of_set.end());
  }
  if (problems.empty() && collection.instruments.empty()) {
    problems.push_back(
        {folders.shipped.string(), 0, "", "expected tables, '<instrument>/<platform>.<name>.json'", ErrorKind::config});
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  collection.sha256 = to_hex(hash.finish());
  return collection;
}

TableProblems edited_elements(const TableCollection& before, const TableCollection& now) {
  std::map<std::string, std::string> hashes;
  for_each_element(before, [&](const auto& element) {
    if (is_overlay(element.place)) hashes[element.id] = element.sha256;
  });
  TableProblems problems;
  for_each_element(now, [&](const auto& element) {
    const auto old = hashes.find(element.id);
    if (!is_overlay(element.place) || old == hashes.end() || old->second == element.sha256) return;
    problems.push_back({element.place.file, element.place.line, element.id,
                        fmt::format("it was edited: its hash was {} and is {} now; products name the old one: restore "
                                    "it, and add a row with an id of its own that supersedes it",
                                    old->second.substr(0, 12), element.sha256.substr(0, 12)),
                        ErrorKind::corrupt});
  });
  return problems;
}

}  // namespace dl::calibrate
