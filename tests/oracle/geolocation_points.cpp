// Answers questions about our geolocation on standard output, for geolocation_test.py to hold against the programs of
// others. Usage: geolocation_points TLE-FILE NORAD-ID < QUESTIONS; one question a line, one line per answer. Times are
// in microseconds since 1970.
//   teme T                                   x y z vx vy vz, km and km/s, of the file's first set
//   fixed T                                  the same, Earth-fixed
//   sidereal T                               rad
//   sun T LON LAT                            zenith and azimuth, degrees
//   pixel T SCANNER LAW NADIR YAW-DEG PIXEL  longitude and latitude of a pixel of the line that begins at T
//   footprint T LINES                        the polygons of an AVHRR granule as JSON
//   corners T LINES STEP                     corners of its cells of STEP lines and pixels: a row count, a column
//   count,
//                                            then longitude and latitude of each, row by row
#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "calibrate/geolocation/footprint.h"
#include "calibrate/geolocation/geolocator.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/geolocation/sun.h"
#include "core/file.h"

namespace {

using namespace dl;
using namespace dl::calibrate;

constexpr double kLinesPerSecond = 6;

ScanGeometry scanner(std::size_t pixels, double edge_deg, double interval_s, double offset_s, double line_s) {
  ScanGeometry geometry;
  geometry.pixel_count = pixels;
  geometry.first_angle_deg = edge_deg;
  geometry.last_angle_deg = -edge_deg;
  geometry.pixel_interval_s = interval_s;
  geometry.first_pixel_offset_s = offset_s;
  geometry.line_interval_s = line_s;
  return geometry;
}

// The numbers of pyorbital 1.7.3, geoloc_instrument_definitions.py.
const std::map<std::string, ScanGeometry> kScanners = {
    {"avhrr", scanner(2048, 55.37, 25e-6, 0, 1 / kLinesPerSecond)},
    {"mhs", scanner(90, 49.444, (8.0 / 3 - 1) / 90, 0, 8.0 / 3)},
    {"amsua", scanner(30, 48.3, 0.2, 0.00355, 8)},
    {"hirs4", scanner(56, 49.5, 6.4 / 56, 0, 6.4)},
};
const std::map<std::string, AttitudeLaw> kLaws = {{"local", AttitudeLaw::local_normal},
                                                  {"steering", AttitudeLaw::local_normal_yaw_steering}};
const std::map<std::string, NadirConvention> kNadirs = {{"geodetic", NadirConvention::geodetic},
                                                        {"geocentric", NadirConvention::geocentric},
                                                        {"legacy", NadirConvention::legacy}};

UtcTime time_of(std::istream& in) {
  std::int64_t microseconds = 0;
  in >> microseconds;
  return UtcTime(Microseconds(microseconds));
}

std::string text(const StateVector& state) {
  const auto& [r, v] = state;
  return fmt::format("{:.9f} {:.9f} {:.9f} {:.12f} {:.12f} {:.12f}", r.x, r.y, r.z, v.x, v.y, v.z);
}

std::vector<UtcTime> line_times(UtcTime start, std::size_t count) {
  std::vector<UtcTime> times;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(start + Microseconds(static_cast<std::int64_t>(static_cast<double>(i) * 1e6 / kLinesPerSecond)));
  }
  return times;
}

ScanGeometry metop_avhrr() {
  ScanGeometry geometry = kScanners.at("avhrr");
  geometry.attitude = AttitudeLaw::local_normal_yaw_steering;
  return geometry;
}

class Answers {
 public:
  Answers(std::string tle, std::uint32_t norad_id)
      : set_(parse_element_sets(tle, norad_id).sets.at(0)), orbits_(tle, norad_id, {1, 1e6}) {}

  std::string answer(const std::string& question) {
    std::istringstream in(question);
    std::string what;
    in >> what;
    const UtcTime time = time_of(in);
    if (what == "teme") return teme(time);
    if (what == "fixed") return text(orbit(time)->earth_fixed(time).value());
    if (what == "sidereal") return fmt::format("{:.12f}", greenwich_mean_sidereal_time_rad(time));
    if (what == "sun") return sun(time, in);
    if (what == "pixel") return pixel(time, in);
    if (what == "footprint") return footprint_of(time, in);
    if (what == "corners") return corners(time, in);
    return "what?";
  }

 private:
  [[nodiscard]] std::shared_ptr<const Orbit> orbit(UtcTime at) const { return orbits_.choose(at, at).value(); }

  [[nodiscard]] std::string teme(UtcTime time) const {
    const double minutes = static_cast<double>((time - set_.epoch).count()) / 60e6;
    return text(Sgp4::create(set_)->propagate(minutes).value());
  }

  static std::string sun(UtcTime time, std::istream& in) {
    GeodeticPoint place;
    in >> place.longitude_deg >> place.latitude_deg;
    const Vector3 here = from_geodetic(place);
    const Direction to_sun = look_direction(horizon_at(here), sun_position_km(time) - here);
    return fmt::format("{:.7f} {:.7f}", to_sun.zenith_deg, to_sun.azimuth_deg);
  }

  [[nodiscard]] std::string pixel(UtcTime time, std::istream& in) const {
    std::string name, law, nadir;
    double yaw_deg = 0, index = 0;
    in >> name >> law >> nadir >> yaw_deg >> index;
    ScanGeometry geometry = kScanners.at(name);
    geometry.attitude = kLaws.at(law);
    geometry.nadir = kNadirs.at(nadir);
    geometry.yaw_deg = yaw_deg;
    const GeodeticPoint point = Geolocator(orbit(time)).locate_pixel(geometry, time, index).value();
    return fmt::format("{:.9f} {:.9f}", point.longitude_deg, point.latitude_deg);
  }

  [[nodiscard]] std::string footprint_of(UtcTime time, std::istream& in) const {
    std::size_t lines = 0;
    in >> lines;
    const auto grid = Geolocator(orbit(time)).outline_grid(metop_avhrr(), line_times(time, lines)).value();
    std::string json;
    for (const auto& ring : footprint(grid).polygons) {
      std::string points;
      for (const LonLat& p : ring) {
        points += fmt::format("{}[{:.9f}, {:.9f}]", points.empty() ? "" : ", ", p.longitude_deg, p.latitude_deg);
      }
      json += fmt::format("{}[[{}]]", json.empty() ? "" : ", ", points);
    }
    return "[" + json + "]";
  }

  // Cells meet at the corners of pixels: half a pixel and half a line from the centres.
  [[nodiscard]] std::string corners(UtcTime time, std::istream& in) const {
    std::size_t lines = 0, step = 1;
    in >> lines >> step;
    const ScanGeometry geometry = metop_avhrr();
    const Geolocator geolocator(orbit(time));
    const auto half_a_line = Microseconds(static_cast<std::int64_t>(0.5e6 / kLinesPerSecond));
    const std::vector<UtcTime> times = line_times(time - half_a_line, lines + 1);
    std::string out = fmt::format("{} {}", lines / step + 1, geometry.pixel_count / step + 1);
    for (std::size_t line = 0; line <= lines; line += step) {
      for (std::size_t edge = 0; edge <= geometry.pixel_count; edge += step) {
        const auto point = geolocator.locate_pixel(geometry, times[line], static_cast<double>(edge) - 0.5).value();
        out += fmt::format(" {:.9f} {:.9f}", point.longitude_deg, point.latitude_deg);
      }
    }
    return out;
  }

  TwoLineElements set_;
  OrbitBook orbits_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const auto tle = dl::read_text_file(argv[1]);
  if (!tle) return 66;
  Answers answers(*tle, static_cast<std::uint32_t>(std::stoul(argv[2])));
  for (std::string line; std::getline(std::cin, line);) std::cout << answers.answer(line) << "\n";
}
