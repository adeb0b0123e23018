#include "decoders/avhrr3/avhrr3_test_scene.h"

#include <algorithm>
#include <limits>
#include <map>

#include "calibrate/table_load.h"

namespace dl::decoders::avhrr3::testing {

UtcTime at(std::string_view text) {
  return parse_utc(text).value();
}

const calibrate::TableSet& tables_of(const std::string& platform) {
  static std::map<std::string, calibrate::TableSet> loaded;
  auto found = loaded.find(platform);
  if (found == loaded.end()) {
    auto tables = calibrate::load_tables({DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}}, platform, "avhrr-3");
    found = loaded.emplace(platform, std::move(tables).value()).first;
  }
  return found->second;
}

calibrate::CalibrationRequest request_of(const std::string& platform, std::string profile) {
  return {&tables_of(platform), std::move(profile), {}};
}

Fields ramp_fields(double sun_zenith_deg) {
  Fields fields;
  for (std::size_t x = 0; x < kPixels; ++x) {
    const double share = static_cast<double>(x) / static_cast<double>(kPixels - 1);
    fields.reflectance.push_back(0.9 * share);
    fields.temperature_kelvin.push_back(230 + 80 * share);
    fields.sun_zenith_deg.push_back(sun_zenith_deg);
  }
  return fields;
}

SceneLine scene_line(const Fields& fields, UtcTime time, std::uint64_t line_number, bool channel_3b) {
  return {time,
          line_number,
          channel_3b,
          fields.reflectance,
          fields.reflectance,
          fields.reflectance,
          fields.temperature_kelvin,
          fields.temperature_kelvin,
          fields.temperature_kelvin,
          fields.sun_zenith_deg};
}

ScanLine encoded_line(const calibrate::CalibrationRequest& request, UtcTime time, std::uint64_t line_number,
                      bool channel_3b) {
  const Fields fields = ramp_fields();
  return Encoder(request).scan_line(scene_line(fields, time, line_number, channel_3b)).value();
}

Bytes packet_of(const calibrate::CalibrationRequest& request, UtcTime time, std::uint64_t line_number,
                bool channel_3b) {
  return encode_packet(encoded_line(request, time, line_number, channel_3b), static_cast<std::uint16_t>(line_number));
}

UtcTime line_time(UtcTime start, std::uint64_t number) {
  return start + Microseconds(number * 1'000'000 / kLinesPerSecond);
}

RawGranule granule_of(const calibrate::CalibrationRequest& request, UtcTime start, std::size_t lines, bool channel_3b) {
  RawGranule granule;
  granule.slot_start = floor_to(start, kSlotLength);
  granule.packets = lines;
  for (std::size_t i = 0; i < lines; ++i) {
    RawLine line;
    line.scan = encoded_line(request, line_time(start, i), i, channel_3b);
    line.received = true;
    granule.lines.push_back(std::move(line));
  }
  return granule;
}

const calibrate::Band& band(const calibrate::CalibratedGranule& granule, std::string_view name) {
  return *std::find_if(granule.bands.begin(), granule.bands.end(), [&](const auto& b) { return b.name == name; });
}

const std::vector<std::uint8_t>& quality(const calibrate::CalibratedGranule& granule, std::string_view name) {
  return granule.quality[static_cast<std::size_t>(&band(granule, name) - granule.bands.data())];
}

double value(const calibrate::Band& band, std::size_t line, std::size_t pixel) {
  const std::uint16_t stored = band.values[line * kPixels + pixel];
  if (stored == calibrate::kNoData) return std::numeric_limits<double>::quiet_NaN();
  return stored * band.scale + band.offset;
}

Result<void> CollectingSink::accept(calibrate::CalibratedGranule granule) {
  granules.push_back(std::move(granule));
  return {};
}

}  // namespace dl::decoders::avhrr3::testing
