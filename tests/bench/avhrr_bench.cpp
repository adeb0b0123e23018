// AVHRR/3 as its decoder calibrates it: a located granule of 180 s from counts to values and quality, GB of counts in a
// second of processor time. The label begins the SHA-256 of what came out: a faster way has to give the same bytes.
// own_GB/s leaves out what the kernel takes for mapping the memory that the granule is written to.
#include <sys/resource.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/table_load.h"
#include "core/sha256.h"
#include "decoders/avhrr3/calibrator.h"

namespace dl::decoders::avhrr3 {
namespace {

constexpr std::size_t kLines = 1080;
constexpr const char* kElements =
    "SIMULATED METOP-B\n"
    "1 38771U 12049A   26132.25000000  .00000080  00000-0  56000-4 0  9996\n"
    "2 38771  98.6900 192.0000 0001200  90.0000 120.0000 14.21480000707001\n";

// Least and greatest count of a published Metop-B scan (instruments.md 5.1); 3B where 3A is 0.
struct Range {
  int least = 0;
  int greatest = 0;
};
constexpr Range kRanges[kSlots] = {{70, 696}, {53, 651}, {42, 620}, {306, 871}, {275, 839}};
constexpr Range kRange3B = {600, 980};

ReferenceView view(std::array<std::uint16_t, kSlots> counts, std::mt19937& random) {
  ReferenceView made{};
  for (auto& sample : made) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      sample[slot] = static_cast<std::uint16_t>(counts[slot] + random() % 2);
    }
  }
  return made;
}

// Clouds of every size, and noise.
ScanLine scan_line(std::size_t number, bool channel_3b, std::mt19937& random) {
  ScanLine line;
  line.channel_3b = channel_3b;
  line.prt.fill(number % 5 == 0 ? 0 : 200);
  line.space = view({39, 40, 38, 992, 992}, random);
  line.black_body = view({42, 41, 38, 489, 432}, random);
  if (channel_3b) {
    for (auto& sample : line.space) sample[2] = 987;
    for (auto& sample : line.black_body) sample[2] = 745;
  }
  line.earth.resize(kSlots * kPixels);
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const Range range = slot == 2 && channel_3b ? kRange3B : kRanges[slot];
    const double middle = (range.least + range.greatest) / 2.0;
    const double half = (range.greatest - range.least) / 2.0 - 10;
    for (std::size_t x = 0; x < kPixels; ++x) {
      const double place = static_cast<double>(x);
      const double field = 0.6 * std::sin(place / 170 + static_cast<double>(number) / 60) + 0.4 * std::sin(place / 11);
      line.earth[slot * kPixels + x] =
          static_cast<std::uint16_t>(middle + half * field + static_cast<double>(random() % 20) - 10);
    }
  }
  return line;
}

RawGranule granule_of(UtcTime start, bool channel_3b) {
  std::mt19937 random(1);
  RawGranule granule;
  granule.slot_start = start;
  granule.packets = kLines;
  for (std::size_t i = 0; i < kLines; ++i) {
    RawLine line;
    line.scan = scan_line(i, channel_3b, random);
    line.scan.time = start + Microseconds(i * 1'000'000 / kLinesPerSecond);
    line.received = true;
    granule.lines.push_back(std::move(line));
  }
  return granule;
}

template <class Value>
void add(Sha256& hash, const std::vector<Value>& values) {
  hash.update({reinterpret_cast<const Byte*>(values.data()), values.size() * sizeof(Value)});
}

std::string digest(const calibrate::CalibratedGranule& granule) {
  Sha256 hash;
  for (const calibrate::Band& band : granule.bands) add(hash, band.values);
  for (const auto& quality : granule.quality) add(hash, quality);
  return to_hex(hash.finish()).substr(0, 16);
}

double own_seconds() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  return static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) * 1e-6;
}

void granule(benchmark::State& state, const char* start, bool channel_3b) {
  const auto tables = calibrate::load_tables({DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}}, "metop-b", "avhrr-3");
  if (!tables) return state.SkipWithError(tables.error().message.c_str());
  const calibrate::CalibrationRequest request{&*tables, "noaa-ospo", {}};
  const calibrate::OrbitBook orbits(kElements, 38771);
  const RawGranule raw = granule_of(*parse_utc(start), channel_3b);
  const Location location = locate(raw, request, orbits);
  if (!location.grid) return state.SkipWithError(location.reason.c_str());
  std::string label;
  double own_s = 0;
  for (auto _ : state) {
    state.PauseTiming();
    RawGranule counts = raw;
    Location there = location;
    state.ResumeTiming();
    const double before = own_seconds();
    auto made = calibrate_granule(std::move(counts), "metop-b", request, std::move(there));
    own_s += own_seconds() - before;
    state.PauseTiming();
    if (label.empty()) label = digest(made);
    made = {};
    state.ResumeTiming();
  }
  state.SetLabel(label);
  const auto bytes = static_cast<std::int64_t>(state.iterations() * kLines * kSlots * kPixels * 2);
  state.SetBytesProcessed(bytes);
  state.counters["own_GB/s"] = static_cast<double>(bytes) / own_s / 1e9;
}
BENCHMARK_CAPTURE(granule, day_3a, "2026-05-12T09:00:00Z", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(granule, day_3b, "2026-05-12T09:00:00Z", true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(granule, night_3b, "2026-05-12T20:00:00Z", true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dl::decoders::avhrr3

BENCHMARK_MAIN();
