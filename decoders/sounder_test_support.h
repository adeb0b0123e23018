// What the tests of the sounders share.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/row_use.h"
#include "calibrate/table_load.h"
#include "decoders/instrument.h"
#include "decoders/sounder_decoder.h"

namespace dl::decoders::testing {

inline UtcTime at(std::string_view text) {
  return parse_utc(text).value();
}

// The tables of the source tree; never fails in a test that the instrument's tables_test passes.
inline const calibrate::TableSet& tables_of(const std::string& platform, const std::string& instrument) {
  static std::map<std::pair<std::string, std::string>, calibrate::TableSet> loaded;
  const auto key = std::pair(platform, instrument);
  auto found = loaded.find(key);
  if (found == loaded.end()) {
    auto tables = calibrate::load_tables({DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}}, platform, instrument);
    found = loaded.emplace(key, std::move(tables).value()).first;
  }
  return found->second;
}

// Where the lines of a test begin: at the edge of a slot.
inline const UtcTime kStart = at("2026-05-12T09:00:00Z");

inline UtcTime line_time(const LineRate& rate, std::size_t line) {
  return kStart + Microseconds(static_cast<std::int64_t>(line) * rate.period_us / rate.lines_in_period);
}

inline calibrate::CalibrationRequest request_of(const std::string& platform, const SounderInstrument& instrument) {
  return {&tables_of(platform, std::string(instrument.id)), std::string(instrument.default_profile), {}};
}

// 180 to 300 K over the pixels of a line, shifted by so many pixels.
inline double scene_kelvin(std::size_t shifted_pixel, std::size_t pixels) {
  return 180 + 120.0 * static_cast<double>(shifted_pixel % pixels) / static_cast<double>(pixels - 1);
}

// What an encoder makes a line of: [band][pixel].
template <std::size_t Bands>
class SceneFields {
 public:
  template <class Kelvin>
  SceneFields(std::size_t pixels, Kelvin kelvin) {
    for (std::size_t band = 0; band < Bands; ++band) {
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) fields_[band].push_back(kelvin(band, pixel));
    }
  }

  [[nodiscard]] std::array<std::span<const double>, Bands> line() const {
    std::array<std::span<const double>, Bands> out;
    for (std::size_t band = 0; band < Bands; ++band) out[band] = fields_[band];
    return out;
  }

 private:
  std::array<std::vector<double>, Bands> fields_;
};

// The granule of lines of which the parts are given, from kStart on.
inline calibrate::CalibratedGranule calibrated(const SounderInstrument& instrument,
                                               std::vector<std::vector<Bytes>> parts_of_lines,
                                               const calibrate::CalibrationRequest& request) {
  LineSlot slot;
  slot.start = kStart;
  for (auto& parts : parts_of_lines) {
    slot.lines.push_back({line_time(instrument.rate, slot.lines.size()), 0, std::move(parts)});
  }
  return instrument.calibrate(slot, "metop-b", request, calibrate::OrbitBook("", 0));
}

inline double value(const calibrate::CalibratedGranule& granule, std::size_t band, std::size_t line,
                    std::size_t pixel) {
  const calibrate::Band& from = granule.bands[band];
  const std::uint16_t raw = from.values[line * granule.pixel_count + pixel];
  if (raw == calibrate::kNoData) return std::numeric_limits<double>::quiet_NaN();
  return raw * from.scale + from.offset;
}

inline std::uint32_t flags(const calibrate::CalibratedGranule& granule, std::size_t line) {
  return granule.lines[line].flags;
}

class CollectingSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule granule) override {
    granules.push_back(std::move(granule));
    return {};
  }
  std::vector<calibrate::CalibratedGranule> granules;
};

}  // namespace dl::decoders::testing
