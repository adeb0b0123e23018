// What a sounder's decoder takes from its pass: tables, profile, orbit.
#pragma once

#include <memory>
#include <string_view>

#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/row_use.h"
#include "decoders/instrument.h"

namespace dl::decoders {

struct SounderInput {
  std::string platform;
  std::shared_ptr<const calibrate::TableSet> tables;  // that `request` points to
  calibrate::CalibrationRequest request;
  std::shared_ptr<const calibrate::OrbitBook> orbits;
  UtcTime started_at{};  // near the pass: the year of times that have none
};

// Kind config when there are no tables of the platform or the profile is unknown, corrupt when a table is: `check_rows`
// sees the set.
Result<SounderInput> load_sounder_input(const PassContext& context, std::string_view instrument,
                                        std::string_view default_profile,
                                        Result<void> (*check_rows)(const calibrate::TableSet& tables));

}  // namespace dl::decoders
