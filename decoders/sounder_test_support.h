// What the tests of the sounders share.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/row_use.h"
#include "calibrate/table_load.h"
#include "decoders/instrument.h"

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
