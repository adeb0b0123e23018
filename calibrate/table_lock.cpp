#include "calibrate/table_lock.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "calibrate/table_load.h"
#include "core/file.h"

namespace dl::calibrate {
namespace {

struct Locked {
  std::string sha256;
  std::size_t line = 0;  // in the lock file, or of the element in its own
};
using Lock = std::map<std::pair<std::string, std::string>, Locked>;  // [file, id]

Lock lock_of(const std::vector<Table>& files) {
  Lock lock;
  for (const Table& table : files) {
    lock[{table.place.file, table.name}] = {table.sha256, 0};
    const auto add = [&](const auto& elements) {
      for (const auto& element : elements) lock[{table.place.file, element.id}] = {element.sha256, element.place.line};
    };
    add(table.rows);
    add(table.events);
    add(table.overrides);
  }
  return lock;
}

Lock parse_lock(std::string_view text, const std::string& lock_file, std::vector<TableProblem>& problems) {
  Lock lock;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::size_t first = line.find("  ");
    const std::size_t second = first == std::string_view::npos ? first : line.find("  ", first + 2);
    if (second == std::string_view::npos) {
      problems.push_back({lock_file, number, "", "expected '<sha256>  <file>  <id>'", ErrorKind::corrupt});
      continue;
    }
    lock[{std::string(line.substr(first + 2, second - first - 2)), std::string(line.substr(second + 2))}] = {
        std::string(line.substr(0, first)), number};
  }
  return lock;
}

}  // namespace

std::string table_lock(const std::vector<Table>& files) {
  std::string out;
  for (const auto& [place, locked] : lock_of(files)) {
    out += fmt::format("{}  {}  {}\n", locked.sha256, place.first, place.second);
  }
  return out;
}

std::vector<TableProblem> problems_of_lock(std::string_view text, const std::string& lock_file,
                                           const std::vector<Table>& files, std::string_view platform) {
  std::vector<TableProblem> problems;
  const Lock locked = parse_lock(text, lock_file, problems);
  const Lock found = lock_of(files);
  for (const auto& [place, element] : found) {
    const auto entry = locked.find(place);
    if (entry == locked.end()) {
      problems.push_back({place.first, element.line, place.second,
                          fmt::format("'{}' does not have it: a new element needs its hash there", lock_file),
                          ErrorKind::corrupt});
    } else if (entry->second.sha256 != element.sha256) {
      problems.push_back({place.first, element.line, place.second,
                          fmt::format("it was edited: its SHA-256 is {}, expected {} ('{}' line {}); what is known "
                                      "better is a new row that supersedes the old one",
                                      element.sha256, entry->second.sha256, lock_file, entry->second.line),
                          ErrorKind::corrupt});
    }
  }
  for (const auto& [place, entry] : locked) {
    if (!place.first.starts_with(std::string(platform) + '.') || found.contains(place)) continue;
    problems.push_back({place.first, 0, place.second,
                        fmt::format("it is gone, but '{}' line {} has it: nothing is taken away, rows are superseded "
                                    "or withdrawn",
                                    lock_file, entry.line),
                        ErrorKind::corrupt});
  }
  return problems;
}

Result<void> write_table_lock(const std::filesystem::path& instrument_folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(instrument_folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  if (error) {
    return fail(ErrorKind::config, fmt::format("reading '{}': {}", instrument_folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  std::vector<Table> tables;
  std::vector<TableProblem> problems;
  for (const auto& file : files) {
    DL_TRY(const std::string content, read_text_file(file));
    TableText read = read_table(content, file.filename().string());
    problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    if (read.table) tables.push_back(std::move(*read.table));
  }
  if (!problems.empty()) return Failure(error_of(problems));
  return write_file_durably(instrument_folder / kTableLockName, as_bytes(table_lock(tables)));
}

}  // namespace dl::calibrate
