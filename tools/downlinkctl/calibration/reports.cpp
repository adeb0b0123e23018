// The tables as they are: list, show, verify.
#include <algorithm>

#include <fmt/format.h>

#include "tools/downlinkctl/calibration/command.h"
#include "tools/downlinkctl/calibration/text.h"

namespace dl::downlinkctl {
namespace {

using calibrate::InstrumentTables;
using calibrate::Table;

std::string overlays_text(const CalCommand& command) {
  std::vector<std::string> names;
  for (const auto& folder : command.folders.overlays) names.push_back(folder.string());
  return joined(names);
}

bool is_wanted(const CalCommand& command, const InstrumentTables& one) {
  return (command.platform.empty() || command.platform == one.platform) &&
         (command.instrument.empty() || command.instrument == one.instrument);
}

control::CalTableRow table_row(const Table& table) {
  control::CalTableRow row;
  row.platform = table.platform;
  row.instrument = table.instrument;
  row.table = table.name;
  row.quantity = table.quantity;
  row.profiles = joined(table.profiles);
  row.time_model = to_string(table.time_model);
  row.rows = table.rows.size();
  row.events = table.events.size();
  for (const auto& one : table.rows) {
    row.first_valid_from = std::min(row.first_valid_from.value_or(one.valid_from), one.valid_from);
    row.last_valid_from = std::max(row.last_valid_from.value_or(one.valid_from), one.valid_from);
    row.last_recorded_at = std::max(row.last_recorded_at.value_or(one.recorded_at), one.recorded_at);
  }
  return row;
}

control::CalShownRow shown_row(const calibrate::Row& row) {
  control::CalShownRow shown;
  shown.id = row.id;
  shown.valid_from = row.valid_from;
  shown.valid_to = row.valid_to;
  shown.recorded_at = row.recorded_at;
  shown.recorded_at_basis = row.recorded_at_basis;
  shown.superseded_at = row.superseded_at;
  shown.config = config_text(row.config);
  shown.status = to_string(row.status);
  shown.values = values_text(row.values);
  shown.reason = row.reason;
  shown.source = source_text(row.source);
  shown.supersedes = row.supersedes;
  shown.file = row.place.line > 0 ? fmt::format("{}:{}", row.place.file, row.place.line) : row.place.file;
  shown.sha256 = row.sha256;
  return shown;
}

const Table* find_table(const calibrate::TableCollection& tables, const std::string& name) {
  for (const InstrumentTables& one : tables.instruments) {
    for (const Table& table : one.tables.tables()) {
      if (table.name == name) return &table;
    }
  }
  return nullptr;
}

}  // namespace

Result<control::CalListReport> list_tables(const CalCommand& command, const calibrate::TableCollection& tables) {
  control::CalListReport report;
  report.tables = command.folders.shipped.string();
  report.overlays = overlays_text(command);
  report.sha256 = tables.sha256;
  for (const InstrumentTables& one : tables.instruments) {
    if (!is_wanted(command, one)) continue;
    for (const Table& table : one.tables.tables()) report.rows.push_back(table_row(table));
  }
  return report;
}

Result<control::CalShowReport> show_table(const CalCommand& command, const calibrate::TableCollection& tables) {
  const Table* table = find_table(tables, command.table);
  if (table == nullptr) {
    return fail(
        ErrorKind::config,
        fmt::format("there is no table '{}' (downlinkctl cal list --json names those that there are)", command.table));
  }
  control::CalShowReport report;
  report.table = table->name;
  report.platform = table->platform;
  report.instrument = table->instrument;
  report.quantity = table->quantity;
  report.unit = table->unit;
  report.profiles = joined(table->profiles);
  report.time_model = to_string(table->time_model);
  report.extrapolation = extrapolation_text(table->extrapolation);
  report.sha256 = table->sha256;
  for (const auto& row : table->rows) report.rows.push_back(shown_row(row));
  for (const auto& event : table->events) report.events.push_back(event_row(event));
  return report;
}

control::CalVerifyReport verify_tables(const CalCommand& command) {
  control::CalVerifyReport report;
  report.tables = command.folders.shipped.string();
  report.overlays = overlays_text(command);
  const auto tables = calibrate::load_collection(command.folders);
  report.state = tables ? "ok" : "refused";
  if (!tables) {
    report.problems = problem_rows(tables.error());
    return report;
  }
  report.sha256 = tables->sha256;
  report.instruments = tables->instruments.size();
  for (const InstrumentTables& one : tables->instruments) {
    for (const Table& table : one.tables.tables()) {
      ++report.table_count;
      report.rows += table.rows.size();
      report.events += table.events.size();
    }
  }
  return report;
}

Result<calibrate::TableCollection> read_tables(const calibrate::TableFolders& folders) {
  auto tables = calibrate::load_collection(folders);
  if (!tables) return Failure(calibrate::error_of(tables.error()));
  return std::move(*tables);
}

Result<CalOutcome> run_cal(const CalCommand& command) {
  using Action = CalCommand::Action;
  if (command.action == Action::verify) {
    auto report = verify_tables(command);
    const bool is_good = report.state == "ok";
    return CalOutcome{std::move(report), is_good};
  }
  if (command.action == Action::import_file) {
    DL_TRY(auto report, import_file(command));
    const bool is_good = report.state == "ok";
    return CalOutcome{std::move(report), is_good};
  }
  if (command.action == Action::diff) {
    DL_TRY(auto report, diff(command));
    return CalOutcome{std::move(report)};
  }
  DL_TRY(const auto tables, read_tables(command.folders));
  if (command.action == Action::explain) {
    DL_TRY(auto report, explain(command, tables));
    return CalOutcome{std::move(report)};
  }
  if (command.action == Action::show) {
    DL_TRY(auto report, show_table(command, tables));
    return CalOutcome{std::move(report)};
  }
  DL_TRY(auto report, list_tables(command, tables));
  return CalOutcome{std::move(report)};
}

}  // namespace dl::downlinkctl
