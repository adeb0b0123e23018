// `downlinkctl cal`: calibration tables, read here and now; no daemon is needed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/table_collection.h"
#include "core/error.h"
#include "core/time.h"
#include "daemon/control/calibration_report.h"

namespace dl::downlinkctl {

struct CalCommand {
  enum class Action { list, show, explain, diff, verify, import_file };
  Action action = Action::list;
  calibrate::TableFolders folders;
  std::string platform;    // empty: all (list, diff)
  std::string instrument;  // likewise
  std::string table;       // show: name, or the last part of it
  UtcTime at{};            // explain
  std::optional<UtcTime> known_at;
  std::string profile;  // empty: all of them
  std::string side;     // of the electronics; empty: not stated
  bool passed_over = false;
  std::filesystem::path a, b;               // diff: two folders of tables
  std::optional<UtcTime> at_a, at_b;        // or two dates
  std::optional<UtcTime> known_a, known_b;  // with what was known then
  std::filesystem::path file;               // import
};

// A report, and whether what was asked about is as it should be.
struct CalOutcome {
  control::CalibrationReport report;
  bool is_good = true;
};

// Kinds: config when there is no such platform, instrument, table or profile, or no folder to import to; io. Tables
// that break the rules are a failure of all but verify and import, which report them.
Result<CalOutcome> run_cal(const CalCommand& command);

Result<control::CalListReport> list_tables(const CalCommand& command, const calibrate::TableCollection& tables);
Result<control::CalShowReport> show_table(const CalCommand& command, const calibrate::TableCollection& tables);
Result<control::CalExplainReport> explain(const CalCommand& command, const calibrate::TableCollection& tables);
Result<control::CalDiffReport> diff(const CalCommand& command);
control::CalVerifyReport verify_tables(const CalCommand& command);
Result<control::CalImportReport> import_file(const CalCommand& command);

// The tables of `folders`, or a failure that lists what is wrong with them.
Result<calibrate::TableCollection> read_tables(const calibrate::TableFolders& folders);

}  // namespace dl::downlinkctl
