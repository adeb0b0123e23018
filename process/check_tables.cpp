#include "process/check_tables.h"

#include <unistd.h>

#include <cstdio>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calibrate/table_collection.h"
#include "core/file.h"
#include "process/sandbox.h"
#include "process/settings.h"
#include "process/setup.h"

namespace dl::process {
namespace {

using Json = nlohmann::ordered_json;

Json refusal(const calibrate::TableProblems& problems) {
  Json list = Json::array();
  for (const calibrate::TableProblem& problem : problems) {
    list.push_back(
        {{"file", problem.file}, {"line", problem.line}, {"element", problem.element}, {"reason", problem.reason}});
  }
  return {{"type", "refused"}, {"problems", std::move(list)}};
}

Json acceptance(const calibrate::TableCollection& collection) {
  std::size_t tables = 0, rows = 0;
  for (const auto& one : collection.instruments) {
    tables += one.tables.tables().size();
    for (const calibrate::Table& table : one.tables.tables()) rows += table.rows.size();
  }
  return {{"type", "tables"}, {"sha256", collection.sha256}, {"tables", tables}, {"rows", rows}};
}

Json answer_of(const tl::expected<calibrate::TableCollection, calibrate::TableProblems>& collection) {
  return collection ? acceptance(*collection) : refusal(collection.error());
}

Result<void> enter(const CheckTablesSettings& settings) {
  std::vector<std::filesystem::path> writable;
  if (!settings.keep.empty()) {
    std::error_code error;
    std::filesystem::create_directories(settings.keep, error);
    if (error) return fail_errno(fmt::format("cannot make '{}'", settings.keep.string()), error.value());
    writable.push_back(settings.keep);
  }
  if (const auto entered = enter_sandbox({settings.memory_limit_bytes, writable}); !entered) {
    std::fputs(fmt::format("warning: {}, going on without\n", entered.error().message).c_str(), stderr);
  }
  return {};
}

Result<Json> check(const CheckTablesSettings& settings) {
  calibrate::TableFolders folders;
  DL_TRY(folders.shipped, directory_or_default(settings.tables_directory, config::DataDirectory::tables));
  if (!settings.overlays_directory.empty()) folders.overlays.push_back(settings.overlays_directory);
  DL_CHECK(enter(settings));
  if (settings.keep.empty()) return answer_of(calibrate::load_collection(folders));
  // A set before that cannot be read any more forbids nothing.
  std::optional<calibrate::TableCollection> before;
  if (!settings.in_force.empty()) {
    if (auto read = calibrate::load_collection(calibrate::folders_of_kept(settings.in_force)))
      before = std::move(*read);
  }
  DL_TRY(const auto kept, calibrate::keep_collection(folders, settings.keep, before ? &*before : nullptr));
  return answer_of(kept);
}

}  // namespace

int run_check_tables(const CheckTablesSettings& settings) {
  const auto answer = check(settings);
  if (!answer) {
    std::fputs(fmt::format("downlink-process: {}\n", answer.error().message).c_str(), stderr);
    return exit_code_of(answer.error());
  }
  const std::string line = answer->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const int descriptor = settings.control_descriptor < 0 ? STDOUT_FILENO : settings.control_descriptor;
  if (const auto written = write_all(descriptor, as_bytes(line), "the answer"); !written) {
    std::fputs(fmt::format("downlink-process: {}\n", written.error().message).c_str(), stderr);
    return kExitIo;
  }
  return (*answer)["type"] == "tables" ? kExitDone : kExitData;
}

}  // namespace dl::process
