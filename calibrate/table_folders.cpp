// Tables out of folders: the shipped ones, and what the operator laid over them.
#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "calibrate/table_check.h"
#include "calibrate/table_load.h"
#include "calibrate/table_lock.h"
#include "core/file.h"

namespace dl::calibrate {
namespace {

namespace fs = std::filesystem;
using Problems = std::vector<TableProblem>;

// "metop-b" of "metop-b.visible.json"; empty when it is no table's name.
std::string platform_of(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::size_t dot = name.find('.');
  const bool table = name.ends_with(".json") && dot != 0 && dot + std::string_view(".json").size() < name.size();
  return table ? name.substr(0, dot) : std::string();
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    entries.push_back(entry->path());
  }
  if (error) {
    return fail(ErrorKind::config,
                fmt::format("reading the calibration tables in '{}': {}", folder.string(), error.message()));
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

class Loader {
 public:
  Loader(std::string_view platform, std::string_view instrument) : platform_(platform), instrument_(instrument) {}

  void load(const fs::path& root, bool shipped) {
    const fs::path folder = root / instrument_;
    std::error_code ignored;
    if (!shipped && !fs::exists(folder, ignored)) return;
    const auto entries = entries_of(folder);
    if (!entries) {
      problems_.push_back({folder.string(), 0, "", entries.error().message, entries.error().kind});
      return;
    }
    std::vector<Table> files;
    for (const fs::path& entry : *entries) {
      if (platform_of(entry) == platform_) read(entry, shipped, files);
    }
    check_lock(folder, shipped, files);
    for (Table& file : files) tables_.push_back(std::move(file));
  }

  std::vector<Table> take_tables() { return std::move(tables_); }
  Problems& problems() { return problems_; }

 private:
  void read(const fs::path& path, bool shipped, std::vector<Table>& files) {
    // Of two files of one name the overlay's is named with its folder.
    const std::string name = shipped ? path.filename().string() : path.string();
    const auto content = read_text_file(path);
    if (!content) {
      problems_.push_back({name, 0, "", content.error().message, content.error().kind});
      return;
    }
    TableText text = read_table(*content, name);
    problems_.insert(problems_.end(), text.problems.begin(), text.problems.end());
    if (!text.table) return;
    if (text.table->platform == platform_ && text.table->instrument == instrument_) {
      files.push_back(std::move(*text.table));
      return;
    }
    problems_.push_back({name, 0, "",
                         fmt::format("expected platform '{}' and instrument '{}', found '{}' and '{}'", platform_,
                                     instrument_, text.table->platform, text.table->instrument),
                         ErrorKind::corrupt});
  }

  // A file that could not be read is a problem already, and not one of hashes.
  void check_lock(const fs::path& folder, bool shipped, const std::vector<Table>& files) {
    const fs::path path = folder / kTableLockName;
    std::error_code ignored;
    if (!problems_.empty() || !fs::exists(path, ignored)) return;
    const auto lock = read_text_file(path);
    if (!lock) {
      problems_.push_back({path.string(), 0, "", lock.error().message, lock.error().kind});
      return;
    }
    std::vector<Table> named = files;
    for (Table& file : named) file.place.file = fs::path(file.place.file).filename().string();
    for (TableProblem& problem : problems_of_lock(*lock, path.string(), named, platform_)) {
      if (!shipped) problem.file = (folder / problem.file).string();
      problems_.push_back(std::move(problem));
    }
  }

  std::string platform_;
  std::string instrument_;
  std::vector<Table> tables_;
  Problems problems_;
};

void add_subjects(const fs::path& root, std::set<TableSubject>& subjects) {
  const auto instruments = entries_of(root);
  if (!instruments) return;
  for (const fs::path& instrument : *instruments) {
    const auto files = entries_of(instrument);
    if (!files) continue;
    for (const fs::path& file : *files) {
      const std::string platform = platform_of(file);
      if (!platform.empty()) subjects.insert({instrument.filename().string(), platform});
    }
  }
}

}  // namespace

Result<TableSet> load_tables(const TableFolders& folders, std::string_view platform, std::string_view instrument,
                             std::vector<TableProblem>* problems) {
  Loader loader(platform, instrument);
  loader.load(folders.shipped, true);
  for (const fs::path& overlay : folders.overlays) loader.load(overlay, false);
  std::vector<Table> tables = loader.take_tables();
  if (loader.problems().empty() && tables.empty()) {
    loader.problems().push_back(
        {(folders.shipped / instrument).string(), 0, "",
         fmt::format("no calibration table of platform '{}': expected '{}.*.json'", platform, platform),
         ErrorKind::config});
  }
  if (loader.problems().empty()) return TableSet::create(std::move(tables), problems);
  if (problems != nullptr) *problems = loader.problems();
  return Failure(error_of(loader.problems()));
}

std::vector<TableSubject> table_subjects(const TableFolders& folders) {
  std::set<TableSubject> subjects;
  add_subjects(folders.shipped, subjects);
  for (const fs::path& overlay : folders.overlays) add_subjects(overlay, subjects);
  return {subjects.begin(), subjects.end()};
}

}  // namespace dl::calibrate
