#include "scene/test_granule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "calibrate/geolocation/footprint.h"

namespace dl::scene::test {

namespace {

using calibrate::Band;
using calibrate::CalibratedGranule;
using calibrate::LonLat;
using calibrate::Quantity;

constexpr double kRadian = std::numbers::pi / 180;
constexpr double kInclination = 98.7 * kRadian;
constexpr double kFirstLatitudeArc = 50 * kRadian;  // of the first line, along the track from the node
constexpr double kLineArc = 1.1 / 6371;             // lines are 1.1 km apart
constexpr double kHalfScan = 55.37 * kRadian;       // AVHRR/3
constexpr double kHeightRatio = (6371.0 + 820) / 6371;

std::vector<double> tie_positions(std::size_t count, std::uint32_t step) {
  std::vector<double> positions;
  for (std::size_t position = 0; position + 1 < count; position += step)
    positions.push_back(static_cast<double>(position));
  positions.push_back(static_cast<double>(count - 1));
  return positions;
}

calibrate::TieGrid make_tie_grid(const GranuleShape& shape) {
  calibrate::TieGrid grid;
  grid.line_step = shape.tie_step;
  grid.pixel_step = shape.tie_step;
  grid.lines = tie_positions(shape.lines, shape.tie_step);
  grid.pixels = tie_positions(shape.pixels, shape.tie_step);
  for (const double line : grid.lines) {
    for (const double pixel : grid.pixels) {
      const LonLat position = true_position(shape, line, pixel);
      const double across = pixel / static_cast<double>(shape.pixels - 1) * 2 - 1;
      grid.longitude_deg.push_back(position.longitude_deg);
      grid.latitude_deg.push_back(position.latitude_deg);
      grid.sun_zenith_deg.push_back(static_cast<float>(position.latitude_deg));
      grid.sun_azimuth_deg.push_back(static_cast<float>(180 + 20 * across));
      grid.sensor_zenith_deg.push_back(static_cast<float>(68 * std::abs(across)));
      grid.sensor_azimuth_deg.push_back(across < 0 ? 80.0F : 260.0F);
    }
  }
  return grid;
}

// Coasts, clouds and a gradient, from 0 to 1, so that a picture of it looks like something.
double field(double x, double y, int band) {
  const double land = std::sin(3 * x + 2 * std::sin(4 * y)) * std::cos(2.5 * y + x) > 0.1 ? 0.35 : 0.05;
  const double cloud = std::pow(std::max(0.0, std::sin(9 * x + 3 * std::sin(7 * y)) * std::sin(11 * y + x)), 2.0);
  const double clear = band == 2 ? 0.8 - 0.5 * land : land * (band == 1 ? 1.4 : 1.0);
  return std::clamp((1 - cloud) * clear + cloud * (band == 2 ? 0.0 : 1.0), 0.0, 1.0);
}

void fill(CalibratedGranule& granule, std::size_t band_index) {
  Band& band = granule.bands[band_index];
  std::vector<std::uint8_t>& quality = granule.quality[band_index];
  for (std::size_t line = 0; line < granule.line_count; ++line) {
    for (std::size_t pixel = 0; pixel < granule.pixel_count; ++pixel) {
      const bool missing_line = (granule.lines[line].flags & calibrate::kLineMissing) != 0;
      const bool lost = band_index == 2 && line >= 200 && line < 208 && pixel >= 501 && pixel < 620;
      const double value =
          field(static_cast<double>(pixel) / 700, static_cast<double>(line) / 700, static_cast<int>(band_index));
      const auto stored = static_cast<std::uint16_t>(kTestMinimum + std::lround((kTestMaximum - kTestMinimum) * value));
      band.values.push_back(missing_line || lost ? calibrate::kNoData : stored);
      quality.push_back(missing_line || lost ? calibrate::kPixelNoData : 0);
    }
  }
}

calibrate::Provenance make_provenance() {
  calibrate::Provenance provenance;
  provenance.calibration_profile = "noaa-ospo";
  provenance.calibration_set_sha256 = std::string(64, 'a');
  provenance.rows = {{"metop-b/avhrr-3/vis/2026-05-12", std::string(64, 'b'), "metop-b/avhrr-3/vis", "1,2",
                      "operational", "2026-05-12T12:00:00Z", "", "2026-05-12T13:00:00Z", "NOAA OSPO, May 2026",
                      "monthly vicarious update", true, 4.5, "", "", ""}};
  provenance.events = {{"metop-b/avhrr-3/event/1", "anomaly", "flag", "noise in 3A", "NOAA OSPO", "3A"}};
  provenance.algorithms = {"avhrr-3/visible/1", "avhrr-3/thermal/1"};
  provenance.flags = {"cal_extrapolated"};
  provenance.remarks = {"made up for a test: \"quotes\", <tags> & \xC3\xA9"};
  provenance.orbit =
      calibrate::OrbitSource{"METOP-B",
                             "1 38771U 12049A   26132.50000000  .00000100  00000-0  60000-4 0  9990",
                             "2 38771  98.7000 190.0000 0001000  90.0000 270.0000 14.21500000700000",
                             std::string(64, 'c'),
                             std::chrono::sys_days(std::chrono::year(2026) / 5 / 12) + std::chrono::hours(12),
                             0.25,
                             false};
  provenance.attitude_model = "yaw-steering";
  provenance.earth_sun_distance_au = 1.0101;
  provenance.packets_sha256 = std::string(64, 'd');
  provenance.packets = 280;
  provenance.gaps = 1;
  return provenance;
}

}  // namespace

LonLat true_position(const GranuleShape& shape, double line, double pixel) {
  const double along = kFirstLatitudeArc + line * kLineArc;
  const double scan = (pixel / static_cast<double>(shape.pixels - 1) * 2 - 1) * kHalfScan;
  const double across = std::asin(kHeightRatio * std::sin(scan)) - scan;
  // In the frame of the orbit: x to the node, y along the track, z to the pole of the orbit.
  const double x = std::cos(across) * std::cos(along);
  const double y = std::cos(across) * std::sin(along);
  const double z = -std::sin(across);
  const double north = y * std::sin(kInclination) + z * std::cos(kInclination);
  const double east = y * std::cos(kInclination) - z * std::sin(kInclination);
  const double longitude_deg = std::atan2(east, x) / kRadian + shape.node_longitude_deg;
  return {std::remainder(longitude_deg, 360.0), std::asin(north) / kRadian};
}

CalibratedGranule make_granule(const GranuleShape& shape) {
  CalibratedGranule granule;
  granule.platform = "metop-b";
  granule.instrument = "avhrr-3";
  granule.level = "L1B";
  granule.slot_start = std::chrono::sys_days(std::chrono::year(2026) / 5 / 12) + std::chrono::hours(12);
  granule.slot_length = Seconds(180);
  granule.line_count = shape.lines;
  granule.pixel_count = shape.pixels;
  for (std::size_t line = 0; line < shape.lines; ++line) {
    const UtcTime time = granule.slot_start + Microseconds(83'333 + 166'667 * static_cast<std::int64_t>(line));
    granule.lines.push_back({time, line >= 100 && line < 120 ? calibrate::kLineMissing : 0U});
  }
  granule.bands = {
      {"1", "red, 0.63 um", "red", 0.63, 0.1, {}, Quantity::reflectance, "1", 1e-4, -0.2, {}, {}},
      {"2", "near infrared, 0.865 um", "nir", 0.865, 0.275, {}, Quantity::reflectance, "1", 1e-4, -0.2, {}, {}},
      {"4",
       "thermal infrared, 10.8 um",
       "lwir11",
       10.8,
       1.0,
       {},
       Quantity::brightness_temperature,
       "K",
       0.01,
       200,
       {},
       {}},
  };
  granule.quality.resize(granule.bands.size());
  for (std::size_t band = 0; band < granule.bands.size(); ++band) fill(granule, band);
  granule.quicklook_bands = {"2", "1", "1"};
  granule.tie_grid = make_tie_grid(shape);
  granule.footprint = calibrate::footprint(*granule.tie_grid);
  granule.orbit_state = "ascending";
  granule.absolute_orbit = 70001;
  granule.provenance = make_provenance();
  return granule;
}

CalibratedGranule make_unlocated_granule() {
  CalibratedGranule granule = make_granule({.lines = 150, .pixels = 1568, .tie_step = 8, .node_longitude_deg = 10});
  granule.platform = "meteor-m2";
  granule.instrument = "msu-mr";
  granule.level = "L1A";
  granule.tie_grid.reset();
  granule.footprint.reset();
  granule.ungeolocated_reason = "no element set of 'meteor-m2' was given";
  granule.orbit_state.clear();
  granule.absolute_orbit = 0;
  granule.provenance.orbit.reset();
  granule.provenance.rows.clear();
  granule.provenance.events.clear();
  granule.provenance.calibration_profile.clear();
  granule.provenance.calibration_set_sha256.clear();
  granule.quicklook_bands = {"4"};
  for (Band& band : granule.bands) {
    band.quantity = Quantity::counts;
    band.unit = "counts";
    band.scale = 1;
    band.offset = 0;
    band.uncalibrated_reason = "no calibration tables for 'msu-mr'";
  }
  return granule;
}

}  // namespace dl::scene::test
