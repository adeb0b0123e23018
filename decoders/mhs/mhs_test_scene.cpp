#include "decoders/mhs/mhs_test_scene.h"

#include "decoders/mhs/instrument.h"

namespace dl::decoders::mhs::testing {

calibrate::CalibrationRequest request_of(const std::string& platform) {
  return decoders::testing::request_of(platform, kSounder);
}

UtcTime line_time(std::size_t line) {
  return decoders::testing::line_time(kSounder.rate, line);
}

double scene_kelvin(std::size_t band, std::size_t pixel) {
  return decoders::testing::scene_kelvin(pixel + 17 * band, kPixels);
}

ScanLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line, const InstrumentState& state) {
  const decoders::testing::SceneFields<kBandCount> fields(kPixels, scene_kelvin);
  return scan_line(fields.line(), line_time(line), request, state).value();
}

std::vector<ScanLine> encoded_lines(const calibrate::CalibrationRequest& request, std::size_t lines) {
  return std::vector<ScanLine>(lines, encoded_line(request, 0));
}

calibrate::CalibratedGranule calibrated(const std::vector<ScanLine>& lines,
                                        const calibrate::CalibrationRequest& request) {
  std::vector<std::vector<Bytes>> parts;
  for (const ScanLine& line : lines) parts.push_back({write_science(line)});
  return decoders::testing::calibrated(kSounder, std::move(parts), request);
}

}  // namespace dl::decoders::mhs::testing
