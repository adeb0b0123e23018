// A bulletin into the folder of overlays: judged with everything that is in force, then put there whole.
#include <unistd.h>
#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "tools/downlinkctl/calibration/command.h"
#include "tools/downlinkctl/calibration/text.h"

namespace dl::downlinkctl {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileLimitBytes = std::uint64_t{16} << 20;

// It becomes a part of a file's name.
bool is_plain(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

// <instrument>/<platform>.<name>.json
Result<fs::path> place_of(const calibrate::Table& table, const fs::path& file) {
  std::string name = file.stem().string();
  if (name.starts_with(table.platform + ".")) name.erase(0, table.platform.size() + 1);
  std::replace(name.begin(), name.end(), '.', '-');
  if (!is_plain(table.platform) || !is_plain(table.instrument) || !is_plain(name)) {
    return fail(ErrorKind::config, fmt::format("platform '{}', instrument '{}' and the name of the file '{}': expected "
                                               "letters, digits and dashes",
                                               table.platform, table.instrument, file.string()));
  }
  return fs::path(table.instrument) / fmt::format("{}.{}.json", table.platform, name);
}

std::uint64_t elements_in(const calibrate::TableCollection& tables) {
  std::uint64_t count = 0;
  for (const auto& one : tables.instruments) {
    for (const auto& table : one.tables.tables()) {
      count += table.rows.size() + table.events.size() + table.overrides.size();
    }
  }
  return count;
}

// A folder of its own, with the new file as it would stand among the overlays.
class Trial {
 public:
  Trial() : path_(fs::temp_directory_path() / fmt::format("downlinkctl-{}", ::getpid())) {}
  ~Trial() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

  Result<void> put(const fs::path& place, const std::string& text) const {
    std::error_code error;
    fs::create_directories((path_ / place).parent_path(), error);
    if (error) return fail_errno(fmt::format("cannot make a folder in '{}'", path_.string()), error.value());
    return write_file_durably(path_ / place, as_bytes(text));
  }

 private:
  fs::path path_;
};

}  // namespace

Result<control::CalImportReport> import_file(const CalCommand& command) {
  if (command.folders.overlays.empty()) {
    return fail(ErrorKind::config,
                "there is no folder of overlays: name it by --overlays, or its configuration file by "
                "--config");
  }
  const fs::path& overlays = command.folders.overlays.front();
  DL_TRY(const std::string text, read_text_file(command.file, kFileLimitBytes));
  control::CalImportReport report;
  report.file = command.file.string();
  report.state = "refused";
  const auto alone = calibrate::read_table(text, command.file.string());
  if (!alone.table || !alone.problems.empty()) {
    report.problems = problem_rows(alone.problems);
    return report;
  }
  DL_TRY(const fs::path place, place_of(*alone.table, command.file));
  const auto before = calibrate::load_collection(command.folders);
  if (before) report.sha256_before = before->sha256;
  std::error_code error;
  if (fs::exists(overlays / place, error)) {
    const auto present = read_text_file(overlays / place, kFileLimitBytes);
    if (!present || *present != text) {
      report.problems.push_back({(overlays / place).string(), 0, "",
                                 "there is another file of that name: a file is never replaced, give this one another "
                                 "name"});
      return report;
    }
  } else {
    const Trial trial;
    DL_CHECK(trial.put(place, text));
    calibrate::TableFolders all = command.folders;
    all.overlays.push_back(trial.path());
    const auto judged = calibrate::load_collection(all);
    if (!judged) {
      report.problems = problem_rows(judged.error());
      for (auto& problem : report.problems) {
        if (problem.file == (trial.path() / place).string()) problem.file = report.file;
      }
      return report;
    }
    report.sha256 = judged->sha256;
    if (before) report.elements_added = elements_in(*judged) - elements_in(*before);
    fs::create_directories((overlays / place).parent_path(), error);
    if (error) return fail_errno(fmt::format("cannot make a folder in '{}'", overlays.string()), error.value());
    DL_CHECK(write_file_durably(overlays / place, as_bytes(text)));
  }
  if (report.sha256.empty()) report.sha256 = report.sha256_before;
  report.placed = (overlays / place).string();
  report.state = "ok";
  return report;
}

}  // namespace dl::downlinkctl
