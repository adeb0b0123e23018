// Chooses rows line by line, and remembers for the provenance which were used, where, and why.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {

// The question a granule asks of its tables; the set outlives it.
struct CalibrationRequest {
  const TableSet* tables = nullptr;
  std::string profile;
  std::optional<UtcTime> known_at;
};

class RowUse {
 public:
  RowUse(const CalibrationRequest& request, std::string_view quantity) : request_(request), quantity_(quantity) {}

  // nullptr when no row applies; reason() then says why. Times come in any order. The row lives as long as the set,
  // what stands around it as long as this.
  const SelectedRow* at(UtcTime time, const RowConfig& config = {});

  // Why there was no row the first time that there was none.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] bool any() const { return !used_.empty(); }

  // Adds the rows, flags and sentences of what was chosen.
  void report(const std::string& bands, Provenance& provenance) const;

 private:
  struct Used {
    SelectedRow selected;
    UtcTime last{};  // the latest line that used it
  };

  CalibrationRequest request_;
  std::string quantity_;
  std::string reason_;
  std::map<std::string, Used> used_;  // by row id
};

// What a row means for a line that uses it: kLineCalibrationExtrapolated, kLineCalibrationProvisional;
// kLineUncalibrated for nullptr.
std::uint32_t line_flags_of(const SelectedRow* selected);

}  // namespace dl::calibrate
