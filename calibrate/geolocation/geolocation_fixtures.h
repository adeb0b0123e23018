// Orbits and geometries that the tests of this folder share.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "calibrate/geolocation/geolocator.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/geolocation/scan_geometry.h"
#include "core/time.h"

namespace dl::calibrate::fixtures {

// The set of pyorbital's test_arbitrary_point_geoloc (instruments.md section 6).
inline const std::string kNoaa19 =
    "1 33591U 09005A   12345.45213434  .00000391  00000-0  24004-3 0  6113\n"
    "2 33591 098.8821 283.2036 0013384 242.4835 117.4960 14.11432063197875\n";
inline const UtcTime kNoaa19Time = *parse_utc("2012-12-12T04:16:01.575Z");

// tle-catalogue/tle-2020-09-27.txt.
inline const std::string kMetopB =
    "METOP-B                 \n"
    "1 38771U 12049A   20270.78655344 -.00000010  00000-0  15371-4 0  9998\n"
    "2 38771  98.7196 328.5089 0002454  80.6444  30.5251 14.21481950416422\n";
inline const UtcTime kMetopBTime = *parse_utc("2020-09-26T20:00:00Z");

// pyorbital's AVHRR: angle = (x / 1023.5 - 1) * -55.37 degrees, 25 us per pixel.
inline ScanGeometry avhrr() {
  ScanGeometry geometry;
  geometry.id = "test/avhrr";
  geometry.pixel_count = 2048;
  geometry.first_angle_deg = 55.37;
  geometry.last_angle_deg = -55.37;
  geometry.pixel_interval_s = 25e-6;
  geometry.line_interval_s = 1.0 / 6;
  return geometry;
}

inline ScanGeometry metop_avhrr() {
  ScanGeometry geometry = avhrr();
  geometry.attitude = AttitudeLaw::local_normal_yaw_steering;
  return geometry;
}

// With the set of `tle` that a granule at `at` uses.
inline Geolocator geolocator(const std::string& tle, std::uint32_t norad_id, UtcTime at) {
  return Geolocator(OrbitBook(tle, norad_id).choose(at, at).value());
}

// Six lines a second.
inline std::vector<UtcTime> line_times(UtcTime start, std::size_t count) {
  std::vector<UtcTime> times;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(start + Microseconds(static_cast<std::int64_t>(i) * 1000000 / 6));
  }
  return times;
}

}  // namespace dl::calibrate::fixtures
