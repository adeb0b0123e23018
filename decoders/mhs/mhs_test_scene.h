// A granule of MHS lines for tests, as the encoder makes them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "decoders/mhs/encoder.h"
#include "decoders/slot_assembler.h"
#include "decoders/sounder_test_support.h"

namespace dl::decoders::mhs::testing {

using decoders::testing::at;
using decoders::testing::CollectingSink;
using decoders::testing::flags;
using decoders::testing::value;

inline const UtcTime kStart = at("2026-05-12T09:00:00Z");

calibrate::CalibrationRequest request_of(const std::string& platform);
UtcTime line_time(std::size_t line);
// 180 to 300 K over the pixels, another stretch of it in each band.
double scene_kelvin(std::size_t band, std::size_t pixel);
ScanLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line,
                      const InstrumentState& state = {});
std::vector<ScanLine> encoded_lines(const calibrate::CalibrationRequest& request, std::size_t lines);
calibrate::CalibratedGranule calibrated(const std::vector<ScanLine>& lines,
                                        const calibrate::CalibrationRequest& request);

}  // namespace dl::decoders::mhs::testing
