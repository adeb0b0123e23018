// A granule of MHS lines for tests, as the encoder makes them.
#pragma once

#include <string>
#include <vector>

#include "decoders/mhs/encoder.h"
#include "decoders/sounder_test_support.h"

namespace dl::decoders::mhs::testing {

using decoders::testing::at;
using decoders::testing::CollectingSink;
using decoders::testing::flags;
using decoders::testing::kStart;
using decoders::testing::value;

calibrate::CalibrationRequest request_of(const std::string& platform);
UtcTime line_time(std::size_t line);
double scene_kelvin(std::size_t band, std::size_t pixel);
ScanLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line,
                      const InstrumentState& state = {});
std::vector<ScanLine> encoded_lines(const calibrate::CalibrationRequest& request, std::size_t lines);
calibrate::CalibratedGranule calibrated(const std::vector<ScanLine>& lines,
                                        const calibrate::CalibrationRequest& request);

}  // namespace dl::decoders::mhs::testing
