// All tables of one instrument on one platform, and the one question that is asked of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table.h"

namespace dl::calibrate {

struct RowKey {
  std::string_view quantity;  // "scaled_radiance"
  std::string_view profile;   // "noaa-ospo"
  std::optional<std::string_view> side;
};

// Views into the table set.
struct SelectedRow {
  const Table* table = nullptr;
  const Row* row = nullptr;
  std::optional<UtcTime> ends;  // when the next row that was known then takes over
  bool extrapolated = false;
};
// The row, or a sentence that says why there is none.
using Selection = tl::expected<SelectedRow, std::string>;

class TableSet {
 public:
  // Fails (corrupt) when a table breaks a rule of check_table, or two tables answer the same question.
  static Result<TableSet> create(std::vector<Table> tables);

  // Pure: the same arguments give the same row. Row intervals are half-open, [from, to). `known_at`: rows recorded
  // later do not exist; none: everything that is not superseded. Suspect and withdrawn rows are never chosen.
  [[nodiscard]] Selection select(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const;

  // Events that touch [from, to) and were known, in order of their ids.
  [[nodiscard]] std::vector<const Event*> events(std::string_view profile, UtcTime from, UtcTime to,
                                                 std::optional<UtcTime> known_at) const;

  // Every profile that some table serves, sorted.
  [[nodiscard]] std::vector<std::string> profiles() const;
  [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }
  // SHA-256 over the sorted lines "id:sha256\n" of every table head, row and event.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  std::vector<Table> tables_;
  std::string sha256_;
};

// The entry for a product's provenance. `bands` as "1,2,3A".
UsedRow used_row(const SelectedRow& selected, std::string bands);

}  // namespace dl::calibrate
