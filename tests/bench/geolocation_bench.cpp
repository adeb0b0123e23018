// Geolocation: processor time for the tie grids and outlines of a pass. A Metop pass of 15 minutes is five granules of
// 180 s: 5400 lines of 2048 pixels, a tie point at every eighth of both.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "calibrate/geolocation/footprint.h"
#include "calibrate/geolocation/geolocator.h"
#include "calibrate/geolocation/locate.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/geolocation/sun.h"

namespace dl::calibrate {
namespace {

constexpr std::size_t kGranules = 5;
constexpr std::size_t kLinesPerGranule = 1080;
const UtcTime kStart = *parse_utc("2020-09-26T20:00:00Z");
const std::string kElements =
    "METOP-B\n"
    "1 38771U 12049A   20270.78655344 -.00000010  00000-0  15371-4 0  9998\n"
    "2 38771  98.7196 328.5089 0002454  80.6444  30.5251 14.21481950416422\n";

ScanGeometry avhrr() {
  ScanGeometry geometry;
  geometry.pixel_count = 2048;
  geometry.first_angle_deg = 55.37;
  geometry.last_angle_deg = -55.37;
  geometry.pixel_interval_s = 25e-6;
  geometry.line_interval_s = 1.0 / 6;
  geometry.attitude = AttitudeLaw::local_normal_yaw_steering;
  return geometry;
}

std::vector<Line> lines_of(std::size_t granule) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < kLinesPerGranule; ++i) {
    const auto offset = static_cast<std::int64_t>(granule * kLinesPerGranule + i) * 1000000 / 6;
    lines.push_back({kStart + Microseconds(offset), 0});
  }
  return lines;
}

// Everything that locate() does: choice of the orbit, tie grid, outline, footprint.
void metop_pass(benchmark::State& state) {
  const OrbitBook orbits(kElements, 38771);
  std::size_t points = 0;
  for (auto _ : state) {
    points = 0;
    for (std::size_t granule = 0; granule < kGranules; ++granule) {
      CalibratedGranule located;
      located.lines = lines_of(granule);
      locate(located, avhrr(), orbits);
      if (!located.tie_grid) state.SkipWithError(located.ungeolocated_reason.c_str());
      points += located.tie_grid->longitude_deg.size();
    }
    benchmark::DoNotOptimize(points);
  }
  state.counters["points"] = static_cast<double>(points);
}
BENCHMARK(metop_pass)->Unit(benchmark::kMillisecond);

void one_sgp4_propagation(benchmark::State& state) {
  const auto orbit = Sgp4::create(parse_element_sets(kElements).sets.front()).value();
  double minutes = 0;
  for (auto _ : state) benchmark::DoNotOptimize(orbit.propagate(minutes += 0.01));
}
BENCHMARK(one_sgp4_propagation);

void one_sun_position(benchmark::State& state) {
  UtcTime at = kStart;
  for (auto _ : state) benchmark::DoNotOptimize(sun_position_km(at += Seconds(1)));
}
BENCHMARK(one_sun_position);

}  // namespace
}  // namespace dl::calibrate

BENCHMARK_MAIN();
