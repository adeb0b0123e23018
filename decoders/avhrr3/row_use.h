// Chooses rows line by line, and remembers for the provenance which were used, where, and why.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/table_set.h"

namespace dl::decoders::avhrr3 {

// The question a granule asks of its tables; the set outlives it.
struct CalibrationRequest {
  const calibrate::TableSet* tables = nullptr;
  std::string profile;
  std::optional<UtcTime> known_at;
};

class RowUse {
 public:
  RowUse(const CalibrationRequest& request, std::string_view quantity) : request_(request), quantity_(quantity) {}

  // What applies at a time: the row, and the numbers that it gives then.
  struct Values {
    calibrate::SelectedRow selected;
    // As calibrate::evaluate() has them. The same object for all times with the same numbers; it lives as long as this.
    const calibrate::Row* row = nullptr;
  };
  // None when no row applies; reason() then says why. Times come in any order.
  std::optional<Values> at(UtcTime time);

  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] bool any() const { return !used_.empty(); }

  // Adds the rows, flags and sentences of what was chosen.
  void report(const std::string& bands, calibrate::Provenance& provenance) const;

 private:
  struct Used {
    calibrate::SelectedRow selected;
    UtcTime last{};  // the latest line that used it
  };

  CalibrationRequest request_;
  std::string quantity_;
  std::string reason_;
  std::map<UtcTime, Used> used_;  // by valid_from: in order of time
  std::list<calibrate::Row> evaluated_;
};

}  // namespace dl::decoders::avhrr3
