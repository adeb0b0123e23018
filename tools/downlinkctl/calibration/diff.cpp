// What differs between two sets of tables, or between two dates.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "calibrate/time_model.h"
#include "tools/downlinkctl/calibration/command.h"
#include "tools/downlinkctl/calibration/text.h"

namespace dl::downlinkctl {
namespace {

using calibrate::Table;
using calibrate::TableCollection;
using calibrate::TableFolders;
using control::CalDifferenceRow;
using control::CalDiffReport;

// A folder of tables, or of a set that downlinkd keeps.
TableFolders folders_of(const std::filesystem::path& folder) {
  const TableFolders kept = calibrate::folders_of_kept(folder);
  std::error_code error;
  if (std::filesystem::is_directory(kept.shipped, error)) return kept;
  return {folder, {}};
}

std::optional<double> change_percent(double before, double after) {
  if (before == 0) return std::nullopt;
  return 100 * (after / before - 1);
}

// The numbers of two rows, one by one.
void compare_values(const std::string& of, const calibrate::RowValues& before, const calibrate::RowValues& after,
                    CalDiffReport& report) {
  for (const auto& [axis, named] : after) {
    for (const auto& [name, numbers] : named) {
      const auto old_axis = before.find(axis);
      if (old_axis == before.end()) continue;
      const auto old = old_axis->second.find(name);
      if (old == old_axis->second.end()) continue;
      for (std::size_t i = 0; i < std::min(numbers.size(), old->second.size()); ++i) {
        const double was = old->second[i];
        if (was == numbers[i]) continue;
        const std::string index = numbers.size() > 1 ? fmt::format("[{}]", i) : "";
        report.differences.push_back({"value", fmt::format("{} {} {}{}", of, axis, name, index), "changed",
                                      fmt::format("{}", was), fmt::format("{}", numbers[i]),
                                      change_percent(was, numbers[i])});
      }
    }
  }
}

struct Element {
  std::string what;
  std::string sha256;
  std::string about;  // when
  const calibrate::Row* row = nullptr;
  const Table* table = nullptr;
};

std::map<std::string, Element> elements_of(const TableCollection& tables, const CalCommand& command) {
  std::map<std::string, Element> elements;
  for (const auto& one : tables.instruments) {
    if (!command.platform.empty() && one.platform != command.platform) continue;
    if (!command.instrument.empty() && one.instrument != command.instrument) continue;
    for (const Table& table : one.tables.tables()) {
      elements["table " + table.name] = {"table", table.sha256, table.quantity, nullptr, &table};
      for (const auto& row : table.rows) {
        elements[row.id] = {"row", row.sha256, "from " + format_utc(row.valid_from), &row, &table};
      }
      for (const auto& event : table.events) {
        elements[event.id] = {"event", event.sha256, "from " + format_utc(event.from), nullptr, &table};
      }
      for (const auto& one_override : table.overrides) {
        elements[one_override.id] = {"override", one_override.sha256, "of " + one_override.row, nullptr, &table};
      }
    }
  }
  return elements;
}

// The row of the table that begins before it, of the same configuration.
const calibrate::Row* predecessor(const Table& table, const calibrate::Row& row) {
  const calibrate::Row* found = nullptr;
  for (const auto& other : table.rows) {
    if (other.config != row.config || other.valid_from >= row.valid_from) continue;
    if (found == nullptr || other.valid_from > found->valid_from) found = &other;
  }
  return found;
}

void compare_folders(const CalCommand& command, const TableCollection& a, const TableCollection& b,
                     CalDiffReport& report) {
  const auto before = elements_of(a, command), after = elements_of(b, command);
  for (const auto& [id, element] : before) {
    if (!after.contains(id)) report.differences.push_back({element.what, id, "removed", element.about, "", {}});
  }
  for (const auto& [id, element] : after) {
    const auto old = before.find(id);
    if (old != before.end() && old->second.sha256 == element.sha256) {
      const bool is_replaced = element.row != nullptr && element.row->superseded_at && !old->second.row->superseded_at;
      if (is_replaced) {
        report.differences.push_back(
            {element.what, id, "superseded", "", "at " + format_utc(*element.row->superseded_at), {}});
      }
      continue;
    }
    const bool is_new = old == before.end();
    report.differences.push_back(
        {element.what, id, is_new ? "added" : "changed", is_new ? "" : old->second.about, element.about, {}});
    if (element.row == nullptr) continue;
    const calibrate::Row* was = is_new ? predecessor(*element.table, *element.row) : old->second.row;
    if (was != nullptr) compare_values(id, was->values, element.row->values, report);
  }
}

// What one question gets at a date.
struct Given {
  std::string row;
  calibrate::RowValues values;
};

std::map<std::string, Given> given_at(const CalCommand& command, const TableCollection& tables, UtcTime at,
                                      std::optional<UtcTime> known_at) {
  std::map<std::string, Given> given;
  for (const auto& one : tables.instruments) {
    if (!command.platform.empty() && one.platform != command.platform) continue;
    if (!command.instrument.empty() && one.instrument != command.instrument) continue;
    for (const Table& table : one.tables.tables()) {
      for (const std::string& profile : table.profiles) {
        if (table.rows.empty() || (!command.profile.empty() && command.profile != profile)) continue;
        const auto selected = one.tables.select({table.quantity, profile}, at, known_at);
        Given& found = given[fmt::format("{} {} {} {}", one.platform, one.instrument, profile, table.quantity)];
        if (selected) found = {selected->row->id, evaluate(*selected).values};
      }
    }
  }
  return given;
}

void compare_dates(const CalCommand& command, const TableCollection& tables, CalDiffReport& report) {
  const auto before = given_at(command, tables, *command.at_a, command.known_a);
  const auto after = given_at(command, tables, *command.at_b, command.known_b);
  for (const auto& [question, given] : after) {
    const Given& was = before.at(question);
    if (was.row != given.row) {
      report.differences.push_back({"row", question, "changed", was.row, given.row, {}});
    }
    compare_values(question, was.values, given.values, report);
  }
}

std::string date_text(UtcTime at, std::optional<UtcTime> known_at) {
  return known_at ? fmt::format("{} as known at {}", format_utc(at), format_utc(*known_at)) : format_utc(at);
}

}  // namespace

Result<CalDiffReport> diff(const CalCommand& command) {
  CalDiffReport report;
  if (command.at_a) {
    DL_TRY(const TableCollection tables, read_tables(command.folders));
    report.a = date_text(*command.at_a, command.known_a);
    report.b = date_text(*command.at_b, command.known_b);
    report.a_sha256 = report.b_sha256 = tables.sha256;
    compare_dates(command, tables, report);
    return report;
  }
  DL_TRY(const TableCollection a, read_tables(folders_of(command.a)));
  DL_TRY(const TableCollection b, read_tables(folders_of(command.b)));
  report.a = command.a.string();
  report.b = command.b.string();
  report.a_sha256 = a.sha256;
  report.b_sha256 = b.sha256;
  compare_folders(command, a, b, report);
  return report;
}

}  // namespace dl::downlinkctl
