// All tables of one instrument on one platform, and the one question that is asked of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table.h"
#include "calibrate/table_problem.h"

namespace dl::calibrate {

// With the platform and the instrument, which the set has, the whole key of instruments.md 9 rule 3.
struct RowKey {
  std::string_view quantity;  // "scaled_radiance"
  std::string_view profile;   // "noaa-ospo"
  RowConfig config = {};      // the state of the instrument; a row that depends on what is not stated is passed over
  std::optional<std::string_view> band = {};  // rows without it are passed over; none: whatever bands they have
};

// Views into the table set. What it gives is calibrate/time_model.h's evaluate().
struct SelectedRow {
  const Table* table = nullptr;
  const Row* row = nullptr;
  std::optional<UtcTime> ends;  // when the next row that was known then takes over
  bool extrapolated = false;
  double extrapolated_days = 0;  // how far outside: before the beginning, behind the end or beyond the greatest age
  double age_days = 0;           // since valid_from; negative before it
  const Row* next = nullptr;     // the next row that was known then
  const Override* override_used = nullptr;  // that let a suspect or withdrawn row be chosen
  const Event* profile_event = nullptr;     // that selected another profile than the one asked for
  UtcTime evaluated_at{};                   // the time, or the edge that is held
  // The two rows between (or, with extrapolation allowed, beyond) which a linear table is evaluated; otherwise none.
  const Row* stretch_from = nullptr;
  const Row* stretch_to = nullptr;
};
// The row, or a sentence that says why there is none.
using Selection = tl::expected<SelectedRow, std::string>;

// What answers a question, from one beginning or end of a row or an event to the next.
struct Standing {
  UtcTime from{};
  UtcTime until{};                       // half-open
  RowKey key;                            // its profile may be another one than was asked for, by `profile_event`
  const Event* profile_event = nullptr;  // that selected the profile
  const Event* excluded_by = nullptr;    // that leaves no row
  const Table* table = nullptr;          // nullptr: the profile has no such table
  // The rows that may be chosen, around the time.
  const Row* previous = nullptr;   // before current
  const Row* current = nullptr;    // the latest that begins at the time or before it
  const Row* next = nullptr;       // the earliest that begins after it
  const Row* following = nullptr;  // after next
};

struct PassedOver {
  const Row* row = nullptr;
  std::string reason;
};

// A selection with everything that led to it.
struct Explanation {
  std::string profile;           // that was asked in the end: an event may select another
  const Table* table = nullptr;  // nullptr: the profile has no such table
  Selection selection = tl::unexpected<std::string>("");
  std::vector<PassedOver> passed_over;  // every other row of the table, in its order
  std::vector<const Event*> events;     // that hit this key at this time, by id
};

class TableSet {
 public:
  // Tables of one name become one: all but their rows, events and overrides must be the same, and an element that
  // stands in several with the same hash is taken once. Fails (corrupt) when a table breaks a rule of
  // calibrate/table_check.h; the message lists all that is wrong, and `problems` receives it one by one.
  static Result<TableSet> create(std::vector<Table> tables, std::vector<TableProblem>* problems = nullptr);

  // Pure: the same arguments give the same row. Row intervals are half-open, [from, to). `known_at`: rows, events and
  // overrides recorded later do not exist; none: everything that is not superseded. Suspect and withdrawn rows are
  // chosen only under an override. An event that excludes the band at that time leaves no row.
  [[nodiscard]] Selection select(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const;
  // The same selection, and why.
  [[nodiscard]] Explanation explain(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const;

  // Events that touch [from, to) and were known, of tables in `profile`, in order of their ids.
  [[nodiscard]] std::vector<const Event*> events(std::string_view profile, UtcTime from, UtcTime to,
                                                 std::optional<UtcTime> known_at) const;

  // Every profile that some table serves, sorted.
  [[nodiscard]] std::vector<std::string> profiles() const;
  // By name.
  [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }
  // SHA-256 over the sorted lines "id:sha256\n" of every table head, row, event and override.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  std::vector<Table> tables_;
  std::string sha256_;
};

// One question at many times: the answers of TableSet::select(), without going through all rows and events each time.
class RowSelector {
 public:
  // The set, and what `key` views, outlive it.
  RowSelector(const TableSet& tables, const RowKey& key, std::optional<UtcTime> known_at)
      : tables_(&tables), key_(key), known_at_(known_at) {}

  Selection at(UtcTime time);

 private:
  const TableSet* tables_;
  RowKey key_;
  std::optional<UtcTime> known_at_;
  std::optional<Standing> standing_;
};

// The entries for a product's provenance. `bands` as "1,2,3A".
UsedRow used_row(const SelectedRow& selected, std::string bands);
HitEvent hit_event(const Event& event, std::string bands);

}  // namespace dl::calibrate
