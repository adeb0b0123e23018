// Calibration as data: tables of dated rows, and what happened to the instrument.
// The format is docs/formats/calibration-table.md; the model is instruments.md section 9.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

enum class TimeModel {
  constant,  // one row at a time is known for the whole life of the instrument
  step,      // a row applies from its valid_from until the next row's
};

enum class RowStatus { operational, provisional, experimental, suspect, withdrawn };
std::string_view to_string(RowStatus status);

// What to do with a time that no row covers. `hold`: the nearest row, flagged. `allow`: the row's own model is
// evaluated there, flagged; for constant and step that is the same.
enum class Extrapolation { forbid, hold, allow };

struct ExtrapolationPolicy {
  Extrapolation before = Extrapolation::forbid;
  Extrapolation after = Extrapolation::forbid;
  // A row older than this is extrapolated even where it still applies: a monthly series that is four months old has
  // missed bulletins. Refused where `after` is forbid, flagged otherwise.
  std::optional<double> max_age_days;
  std::string flag;  // "cal_extrapolated"
};

// values["4"]["band_correction"] = {a, b}: by the table's axis (a band, a thermometer), then by name.
using RowValues = std::map<std::string, std::map<std::string, std::vector<double>>>;

struct Source {
  std::string title;
  std::string locator;
};

// Two times: valid_* is when the row applies to the instrument, recorded_at and superseded_at when it was known.
struct Row {
  std::string id;
  UtcTime valid_from{};
  std::optional<UtcTime> valid_to;  // half-open; none: until the next row
  UtcTime recorded_at{};
  std::string recorded_at_basis;  // "bulletin issued", "date of import", ...
  std::optional<UtcTime> superseded_at;
  std::optional<std::string> side;  // electronics side; none: the row does not depend on it
  RowValues values;
  RowStatus status = RowStatus::operational;
  Source source;
  std::string reason;
  std::string sha256;  // of the row's canonical JSON

  // nullptr when the row has no such value.
  [[nodiscard]] const std::vector<double>* find(std::string_view axis, std::string_view name) const;
  [[nodiscard]] bool known_at(std::optional<UtcTime> known) const;
};

struct Event {
  std::string id;
  UtcTime from{};
  std::optional<UtcTime> to;  // half-open
  UtcTime recorded_at{};
  std::vector<std::string> bands;
  std::string kind;    // config_switch, anomaly, patch, algorithm_error, orbit, shutdown
  std::string effect;  // flag, exclude, select_profile
  std::string text;
  Source source;
  std::string sha256;
};

struct Table {
  std::string name;  // "metop-b/avhrr-3/visible"
  std::string platform;
  std::string instrument;
  std::vector<std::string> profiles;
  std::string quantity;
  std::string unit;
  TimeModel time_model = TimeModel::constant;
  ExtrapolationPolicy extrapolation;
  std::vector<Row> rows;  // in the order in which they were recorded
  std::vector<Event> events;
  std::string sha256;  // of the table's canonical JSON without rows and events

  [[nodiscard]] bool in_profile(std::string_view profile) const;
};

// The rules that every table must keep, or kind corrupt with the row's id:
// recorded_at does not go back from row to row; no two rows that are known at the same time overlap; every value is
// within 25 % of its predecessor's (a slipped digit); and the two lines of a dual gain ("lo", "hi", "cut") cross
// within 0.6 count of the cut, which all 36 bulletins of instruments.md appendix B keep.
Result<void> check_table(const Table& table);

}  // namespace dl::calibrate
