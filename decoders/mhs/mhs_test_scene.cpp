#include "decoders/mhs/mhs_test_scene.h"

#include "decoders/mhs/calibrator.h"

namespace dl::decoders::mhs::testing {

calibrate::CalibrationRequest request_of(const std::string& platform) {
  return {&decoders::testing::tables_of(platform, "mhs"), "klm-prelaunch", {}};
}

UtcTime line_time(std::size_t line) {
  return kStart + Microseconds(static_cast<std::int64_t>(line) * 8'000'000 / 3);
}

double scene_kelvin(std::size_t band, std::size_t pixel) {
  return 180 + 120.0 * static_cast<double>((pixel + 17 * band) % kPixels) / static_cast<double>(kPixels - 1);
}

ScanLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line, const InstrumentState& state) {
  std::array<std::vector<double>, kBandCount> fields;
  SceneLine scene;
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) fields[band].push_back(scene_kelvin(band, pixel));
    scene[band] = fields[band];
  }
  return scan_line(scene, line_time(line), request, state).value();
}

std::vector<ScanLine> encoded_lines(const calibrate::CalibrationRequest& request, std::size_t lines) {
  return std::vector<ScanLine>(lines, encoded_line(request, 0));
}

calibrate::CalibratedGranule calibrated(const std::vector<ScanLine>& lines,
                                        const calibrate::CalibrationRequest& request) {
  LineSlot slot;
  slot.start = kStart;
  for (std::size_t i = 0; i < lines.size(); ++i) slot.lines.push_back({line_time(i), 0, {write_science(lines[i])}});
  return calibrate_granule(slot, "metop-b", request, calibrate::OrbitBook("", 0));
}

}  // namespace dl::decoders::mhs::testing
