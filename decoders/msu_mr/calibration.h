// Radiance from the coefficients that others derived, for who asks for them by name: docs/instruments/msu-mr.md.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "calibrate/calibrated_granule.h"
#include "calibrate/table_set.h"
#include "decoders/instrument.h"

namespace dl::decoders::msu_mr {

// Without it, or with another instrument's profile, products are counts.
inline constexpr std::string_view kExperimentalProfile = "satdump-experimental";

class Calibration {
 public:
  // Kind corrupt when the tables are, and when a row is not what is expected. No rows for the platform is no failure.
  static Result<Calibration> create(const PassContext& context);

  // Gives the bands that have a row scale and offset; the values stay counts. Names the rows, and flags the granule
  // "cal_experimental" where there is one. A granule whose rows do not reach to its time stays as it is, and says why.
  void apply(calibrate::CalibratedGranule& granule) const;

 private:
  std::optional<calibrate::TableSet> tables_;  // none: nobody asked for it
  std::optional<UtcTime> known_at_;
  bool asked_ = false;
};

}  // namespace dl::decoders::msu_mr
