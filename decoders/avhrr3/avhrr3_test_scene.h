// What the tests of this folder share: tables, simple scenes, packets made of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calibrate/row_use.h"
#include "calibrate/table_set.h"
#include "decoders/avhrr3/encoder.h"
#include "decoders/avhrr3/raw_granule.h"
#include "decoders/instrument.h"

namespace dl::decoders::avhrr3::testing {

UtcTime at(std::string_view text);

// The tables of the source tree; never fails in a test that tables_test passes.
const calibrate::TableSet& tables_of(const std::string& platform);
calibrate::CalibrationRequest request_of(const std::string& platform, std::string profile = "noaa-ospo");

// Fields that run over the pixels: reflectance 0 to 0.9, temperature 230 to 310 K, the Sun at a constant height.
struct Fields {
  std::vector<double> reflectance;
  std::vector<double> temperature_kelvin;
  std::vector<double> sun_zenith_deg;
};
Fields ramp_fields(double sun_zenith_deg = 0);
SceneLine scene_line(const Fields& fields, UtcTime time, std::uint64_t line_number, bool channel_3b = false);

// The line as the encoder makes it, and its packet.
ScanLine encoded_line(const calibrate::CalibrationRequest& request, UtcTime time, std::uint64_t line_number,
                      bool channel_3b = false);
Bytes packet_of(const calibrate::CalibrationRequest& request, UtcTime time, std::uint64_t line_number,
                bool channel_3b = false);

// Time of line `number` after `start`, to the microsecond.
UtcTime line_time(UtcTime start, std::uint64_t number);

RawGranule granule_of(const calibrate::CalibrationRequest& request, UtcTime start, std::size_t lines,
                      bool channel_3b = false);

const calibrate::Band& band(const calibrate::CalibratedGranule& granule, std::string_view name);
const std::vector<std::uint8_t>& quality(const calibrate::CalibratedGranule& granule, std::string_view name);
double value(const calibrate::Band& band, std::size_t line, std::size_t pixel);  // NaN for no data

class CollectingSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule granule) override;
  std::vector<calibrate::CalibratedGranule> granules;
};

}  // namespace dl::decoders::avhrr3::testing
