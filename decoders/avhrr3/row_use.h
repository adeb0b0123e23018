// Chooses rows line by line, and remembers for the provenance which were used, where, and why.
#pragma once

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

  // nullptr when no row applies; reason() then says why. Times come in any order.
  const calibrate::SelectedRow* at(UtcTime time);

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
};

}  // namespace dl::decoders::avhrr3
