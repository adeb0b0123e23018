// What `downlinkctl cal` shows. It reads the tables itself and asks no daemon; the rest is as daemon/control/report.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/time.h"

namespace dl::control {

struct CalTableRow {
  std::string platform;
  std::string instrument;
  std::string table;     // "metop-b/avhrr-3/visible"
  std::string quantity;  // "scaled_radiance"
  std::string profiles;  // "klm-prelaunch, noaa-ospo"
  std::string time_model;
  std::uint64_t rows = 0;
  std::uint64_t events = 0;
  std::optional<UtcTime> first_valid_from;
  std::optional<UtcTime> last_valid_from;
  std::optional<UtcTime> last_recorded_at;
};

struct CalListReport {
  std::string tables;    // folder
  std::string overlays;  // folder; empty: none
  std::string sha256;    // of everything
  std::vector<CalTableRow> rows;
};

struct CalShownRow {
  std::string id;
  UtcTime valid_from{};
  std::optional<UtcTime> valid_to;
  UtcTime recorded_at{};
  std::string recorded_at_basis;
  std::optional<UtcTime> superseded_at;
  std::string config;  // "side B"; empty: it does not matter
  std::string status;
  std::string values;  // "1 lo 0.05818 -2.291, hi 0.1724 -59.46, cut 500.62"
  std::string reason;
  std::string source;
  std::string supersedes;
  std::string file;  // with the line
  std::string sha256;
};

struct CalEventRow {
  std::string id;
  std::string kind;
  std::string effect;  // "flag", "exclude", "select_profile patmosx-v2023"
  std::string bands;   // empty: all
  std::string config;
  UtcTime from{};
  std::optional<UtcTime> to;
  UtcTime recorded_at{};
  std::string text;
  std::string source;
  std::string sha256;
};

// One table whole.
struct CalShowReport {
  std::string table;
  std::string platform;
  std::string instrument;
  std::string quantity;
  std::string unit;
  std::string profiles;
  std::string time_model;
  std::string extrapolation;  // "before: forbid, after: hold, flagged beyond 75 days"
  std::string sha256;         // of its head
  std::vector<CalShownRow> rows;
  std::vector<CalEventRow> events;
};

// What answers for one quantity.
struct CalAnswerRow {
  std::string profile;
  std::string quantity;
  std::string bands;  // "1,2,3A"; empty: the table's axis is none
  std::string unit;
  std::string row;  // id; empty: there is none
  std::string status;
  std::optional<UtcTime> valid_from;
  std::optional<UtcTime> ends;  // when another row takes over, or it ends
  std::string next;             // id of the row that follows
  std::optional<UtcTime> recorded_at;
  std::string recorded_at_basis;
  std::optional<double> age_days;
  double extrapolated_days = 0;
  std::string flag;  // that it sets on products; empty: none
  std::string why;   // why this row, or why none
  std::string values;
  std::string algorithms;
  std::string reason;  // of the row's being made
  std::string source;
  std::string sha256;
};

// A row that was not chosen.
struct CalPassedOverRow {
  std::string profile;
  std::string quantity;
  std::string bands;
  std::string row;
  std::string why;
};

struct CalExplainReport {
  std::string platform;
  std::string instrument;
  UtcTime at{};
  std::optional<UtcTime> known_at;
  std::string profile;   // that was asked for; empty: all
  std::string profiles;  // that there are
  std::string set_sha256;
  std::vector<CalAnswerRow> answers;
  std::vector<CalEventRow> events;  // that hit
  std::optional<UtcTime> next_event_at;
  std::string next_event;  // id
  std::vector<CalPassedOverRow> passed_over;
};

struct CalDifferenceRow {
  std::string what;    // "row", "event", "override", "table", "value"
  std::string id;      // of a value: platform, instrument and quantity
  std::string change;  // "added", "removed", "changed", "superseded"
  std::string before;
  std::string after;
  std::optional<double> percent;  // of a number
};

struct CalDiffReport {
  std::string a;  // folder, or date
  std::string b;
  std::string a_sha256;
  std::string b_sha256;
  std::vector<CalDifferenceRow> differences;
};

struct CalProblemRow {
  std::string file;
  std::uint64_t line = 0;
  std::string element;
  std::string reason;
};

struct CalVerifyReport {
  std::string tables;
  std::string overlays;
  std::string state;   // "ok", "refused"
  std::string sha256;  // empty when refused
  std::uint64_t instruments = 0;
  std::uint64_t table_count = 0;
  std::uint64_t rows = 0;
  std::uint64_t events = 0;
  std::vector<CalProblemRow> problems;
};

struct CalImportReport {
  std::string file;
  std::string placed;  // where it is now; empty: nowhere
  std::string state;   // "ok", "refused"
  std::string sha256_before;
  std::string sha256;
  std::uint64_t elements_added = 0;
  std::string daemon;  // what is known of downlinkd's taking it
  std::vector<CalProblemRow> problems;
};

using CalibrationReport =
    std::variant<CalListReport, CalShowReport, CalExplainReport, CalDiffReport, CalVerifyReport, CalImportReport>;

}  // namespace dl::control
