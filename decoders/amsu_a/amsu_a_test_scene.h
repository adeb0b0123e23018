// A granule of AMSU-A lines for tests, as the encoder makes them.
#pragma once

#include <string>
#include <vector>

#include "decoders/amsu_a/encoder.h"
#include "decoders/sounder_test_support.h"

namespace dl::decoders::amsu_a::testing {

using decoders::testing::at;
using decoders::testing::CollectingSink;
using decoders::testing::flags;
using decoders::testing::kStart;
using decoders::testing::value;

calibrate::CalibrationRequest request_of(const std::string& platform);
UtcTime line_time(std::size_t line);
double scene_kelvin(std::size_t band, std::size_t pixel);
UnitLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line,
                      const InstrumentState& state = {});
calibrate::CalibratedGranule calibrated(const std::vector<UnitLine>& lines,
                                        const calibrate::CalibrationRequest& request);

}  // namespace dl::decoders::amsu_a::testing
