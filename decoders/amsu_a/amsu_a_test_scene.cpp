#include "decoders/amsu_a/amsu_a_test_scene.h"

#include "decoders/amsu_a/instrument.h"

namespace dl::decoders::amsu_a::testing {

calibrate::CalibrationRequest request_of(const std::string& platform) {
  return decoders::testing::request_of(platform, kSounder);
}

UtcTime line_time(std::size_t line) {
  return decoders::testing::line_time(kSounder.rate, line);
}

double scene_kelvin(std::size_t band, std::size_t pixel) {
  return decoders::testing::scene_kelvin(pixel + 2 * band, kPixels);
}

UnitLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line, const InstrumentState& state) {
  const decoders::testing::SceneFields<kBandCount> fields(kPixels, scene_kelvin);
  return scan_line(fields.line(), line_time(line), request, state).value();
}

calibrate::CalibratedGranule calibrated(const std::vector<UnitLine>& lines,
                                        const calibrate::CalibrationRequest& request) {
  std::vector<std::vector<Bytes>> parts_of_lines;
  for (const UnitLine& line : lines) {
    std::vector<Bytes> parts(kUnitCount);
    for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
      if (line[unit]) parts[unit] = write_science(kUnits[unit], *line[unit]);
    }
    parts_of_lines.push_back(std::move(parts));
  }
  return decoders::testing::calibrated(kSounder, std::move(parts_of_lines), request);
}

}  // namespace dl::decoders::amsu_a::testing
