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

// How the values of a row follow from the time; calibrate/time_model.h evaluates them.
enum class TimeModel {
  constant,           // one row at a time is known for the whole life of the instrument
  step,               // a row applies from its valid_from until the next row's
  linear,             // between the valid_from of a row and that of the next every number is interpolated
  poly_since_launch,  // a row's numbers are a polynomial in years since the launch (Table::fit)
  downlinked,         // the stream carries the values; a row says where, and between which limits they are believed
};
std::string_view to_string(TimeModel model);

enum class RowStatus { operational, provisional, experimental, suspect, withdrawn };
std::string_view to_string(RowStatus status);

// What to do with a time that no row covers. `hold`: the nearest row as it is at its edge. `allow`: the row's own model
// goes on; for constant and step that is the same. Both are flagged.
enum class Extrapolation { forbid, hold, allow };
std::string_view to_string(Extrapolation extrapolation);

struct ExtrapolationPolicy {
  Extrapolation before = Extrapolation::forbid;
  Extrapolation after = Extrapolation::forbid;
  // A row older than this is extrapolated even where it still applies: a monthly series that is four months old has
  // missed bulletins. Refused where `after` is forbid, flagged otherwise.
  std::optional<double> max_age_days;
  // Further outside than this there is no row, whatever `before` and `after` say.
  std::optional<double> limit_days;
  std::string flag;  // "cal_extrapolated"
};
// Where the table does not say: steps and constants and what is downlinked are held, fits end where they end.
Extrapolation default_extrapolation_after(TimeModel model);

// The time scale of poly_since_launch, and what its numbers mean.
// pygac_1: (year + day of year / 365) - launch as a decimal year of 5 digits, as pygac 1.7 counts PATMOS-x's fits:
// the same all day long, and without leap years. julian_1: days since the launch / 365.25.
enum class Years { pygac_1, julian_1 };
// polynomial_1: each list of numbers is a polynomial, lowest power first, and gives one number.
// dual_gain_trend_1: `slope` = {S0, S1, S2} (percent per count; percent per year, and per year squared),
// S(t) = S0 (100 + S1 t + S2 t^2) / 100; `gain_factors` = {low, high} by which S0 is multiplied and then rounded to
// 3 decimals; `dark` and `cut` counts. Gives `lo`, `hi` and `cut`, as a bulletin has them (Heidinger et al. 2010,
// equations 1, 6, A1, A2).
enum class FitForm { polynomial_1, dual_gain_trend_1 };

struct Fit {
  UtcTime launch{};
  Years years = Years::julian_1;
  FitForm form = FitForm::polynomial_1;
};
std::string_view to_string(Years years);   // "years-pygac/1"
std::string_view to_string(FitForm form);  // "dual-gain-trend/1"

// values["4"]["band_correction"] = {a, b}: by the table's axis (a band, a thermometer), then by name.
using RowValues = std::map<std::string, std::map<std::string, std::vector<double>>>;

struct Source {
  std::string title;
  std::string locator;
  std::string retrieved;  // a date; empty where not stated
  std::string sha256;     // of the document; empty where not stated
};

struct Interval {
  UtcTime from{};
  UtcTime to{};  // half-open

  [[nodiscard]] bool contains(UtcTime time) const { return from <= time && time < to; }
};

// The state of the instrument that a row or an event is about. None: it does not depend on it.
struct RowConfig {
  std::optional<std::string> side = {};         // of the electronics
  std::optional<std::string> mirror_side = {};  // or half-angle mirror side
  std::optional<std::string> detector = {};
  std::optional<std::string> parameter_set = {};

  // Nothing contradicts: each member is the same in both, or not stated in one of them.
  [[nodiscard]] bool meets(const RowConfig& other) const;
  // A row of this configuration may answer a question about `asked`: what is stated here is asked for.
  [[nodiscard]] bool serves(const RowConfig& asked) const;
  friend bool operator==(const RowConfig&, const RowConfig&) = default;
};

// Where it stands, for messages.
struct Place {
  std::string file;      // "metop-b.visible.json"
  std::size_t line = 0;  // of its id, from 1; 0: not known
};

// Two times: valid_* is when the row applies to the instrument, recorded_at and superseded_at when it was known.
struct Row {
  std::string id;
  UtcTime valid_from{};
  std::optional<UtcTime> valid_to;  // half-open; none: until the next row
  UtcTime recorded_at{};
  std::string recorded_at_basis;  // "bulletin issued", "date of import", ...
  // As written, or the recorded_at of the row that replaced it (TableSet::create fills it in).
  std::optional<UtcTime> superseded_at;
  RowConfig config;
  RowValues values;                      // of a downlinked row: the limits {least, greatest} of each value
  std::string algorithm;                 // the algorithm that applies, "atms-nonlinearity/1"; empty: none is named
  std::string stream;                    // of a downlinked row: where the values are in the stream; otherwise empty
  std::optional<Interval> fit_interval;  // the times of the measurements that a fit rests on
  RowValues uncertainty;                 // of the same shape as values; empty: not stated
  RowStatus status = RowStatus::operational;
  Source source;
  std::string reason;
  std::string supersedes;  // the id of the row that it replaces or follows; empty: none
  std::string
      jump_reason;     // why its numbers may differ from its predecessor's by more than a quarter; empty: they may not
  std::string sha256;  // of the row's canonical JSON
  Place place;

  // nullptr when the row has no such value.
  [[nodiscard]] const std::vector<double>* find(std::string_view axis, std::string_view name) const;
  [[nodiscard]] bool known_at(std::optional<UtcTime> known) const;
};

enum class EventKind { config_switch, anomaly, patch, algorithm_error, orbit, shutdown };
std::string_view to_string(EventKind kind);

// flag: products say so. exclude: there is no value in the interval. select_profile: Event::profile is asked instead.
enum class EventEffect { flag, exclude, select_profile };
std::string_view to_string(EventEffect effect);

struct Event {
  std::string id;
  UtcTime from{};
  std::optional<UtcTime> to;  // half-open
  UtcTime recorded_at{};
  std::optional<UtcTime> superseded_at;  // as Row's
  std::vector<std::string> bands;        // empty: all
  RowConfig config;
  EventKind kind = EventKind::anomaly;
  EventEffect effect = EventEffect::flag;
  std::string profile;  // of select_profile; otherwise empty
  std::string text;
  Source source;
  std::string supersedes;  // the id of the event that it replaces; empty: none
  std::string sha256;
  Place place;

  [[nodiscard]] bool known_at(std::optional<UtcTime> known) const;
  [[nodiscard]] bool touches(UtcTime begin, UtcTime end) const;  // [begin, end)
  // `band` none: any of its bands.
  [[nodiscard]] bool affects(std::optional<std::string_view> band, const RowConfig& asked) const;
};

// Lets a suspect or withdrawn row be selected: a decision of its own, with its reason, dated and hashed like a row.
struct Override {
  std::string id;
  std::string row;
  UtcTime recorded_at{};
  std::optional<UtcTime> superseded_at;
  std::string reason;
  Source source;
  std::string sha256;
  Place place;
};

struct Table {
  std::string name;  // "metop-b/avhrr-3/visible"
  std::string platform;
  std::string instrument;
  std::vector<std::string> profiles;
  std::string quantity;
  std::string unit;
  std::vector<std::string> axes;
  TimeModel time_model = TimeModel::constant;
  std::optional<Fit> fit;  // of poly_since_launch
  ExtrapolationPolicy extrapolation;
  std::vector<Row> rows;  // of one file: in the order in which they were recorded
  std::vector<Event> events;
  std::vector<Override> overrides;
  std::string sha256;  // of the table's canonical JSON without rows, events and overrides
  Place place;

  [[nodiscard]] bool in_profile(std::string_view profile) const;
};

}  // namespace dl::calibrate
