#include "decoders/amsu_a/amsu_a_test_scene.h"

#include <array>

#include "decoders/amsu_a/calibrator.h"

namespace dl::decoders::amsu_a::testing {

calibrate::CalibrationRequest request_of(const std::string& platform) {
  return {&decoders::testing::tables_of(platform, "amsu-a"), "klm-prelaunch", {}};
}

UtcTime line_time(std::size_t line) {
  return kStart + Seconds(8 * static_cast<std::int64_t>(line));
}

double scene_kelvin(std::size_t band, std::size_t pixel) {
  return 180 + 120.0 * static_cast<double>((pixel + 2 * band) % kPixels) / static_cast<double>(kPixels - 1);
}

UnitLine encoded_line(const calibrate::CalibrationRequest& request, std::size_t line, const InstrumentState& state) {
  std::array<std::vector<double>, kBandCount> fields;
  SceneLine scene;
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) fields[band].push_back(scene_kelvin(band, pixel));
    scene[band] = fields[band];
  }
  return scan_line(scene, line_time(line), request, state).value();
}

calibrate::CalibratedGranule calibrated(const std::vector<UnitLine>& lines,
                                        const calibrate::CalibrationRequest& request) {
  LineSlot slot;
  slot.start = kStart;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    SlotLine line{line_time(i), 0, std::vector<Bytes>(kUnitCount)};
    for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
      if (lines[i][unit]) line.parts[unit] = write_science(kUnits[unit], *lines[i][unit]);
    }
    slot.lines.push_back(std::move(line));
  }
  return calibrate_granule(slot, "metop-b", request, calibrate::OrbitBook("", 0));
}

}  // namespace dl::decoders::amsu_a::testing
