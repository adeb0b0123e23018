// Calibration by look-up: a line of AVHRR/3 (2048 pixels of 10 bits) and of a 16-bit instrument, counts per second.
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "calibrate/count_look_up.h"

namespace dl::calibrate {
namespace {

constexpr std::size_t kPixels = 2048;

std::vector<std::uint16_t> counts_below(std::size_t limit) {
  std::mt19937 random(1);
  std::vector<std::uint16_t> counts(kPixels);
  for (std::uint16_t& count : counts) count = static_cast<std::uint16_t>(random() % limit);
  return counts;
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kPixels * sizeof(std::uint16_t)));
}

// [count_values]
void values_only(benchmark::State& state) {
  const auto count_values = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint16_t> table(count_values, 7);
  const auto counts = counts_below(count_values);
  std::vector<std::uint16_t> values(kPixels);
  for (auto _ : state) {
    look_up(counts, table, values);
    benchmark::DoNotOptimize(values.data());
    benchmark::ClobberMemory();
  }
  report(state);
}
BENCHMARK(values_only)->Arg(1024)->Arg(65536);

void values_and_quality(benchmark::State& state) {
  const auto count_values = static_cast<std::size_t>(state.range(0));
  const std::vector<CountEntry> table(count_values, CountEntry{7, 1});
  const auto counts = counts_below(count_values);
  std::vector<std::uint16_t> values(kPixels);
  std::vector<std::uint8_t> quality(kPixels);
  for (auto _ : state) {
    look_up(counts, table, values, quality);
    benchmark::DoNotOptimize(values.data());
    benchmark::DoNotOptimize(quality.data());
    benchmark::ClobberMemory();
  }
  report(state);
}
BENCHMARK(values_and_quality)->Arg(1024)->Arg(65536);

}  // namespace
}  // namespace dl::calibrate

BENCHMARK_MAIN();
