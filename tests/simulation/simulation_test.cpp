// Thousands of worlds in which everything goes wrong that may. DOWNLINKD_TEST_SEED=N runs only that one, with what
// happened; DOWNLINKD_TEST_LONG=1 runs ten thousand.
#include "tests/simulation/simulation.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dl::simulation {
namespace {

std::string report(std::uint64_t seed, const Verdict& verdict) {
  constexpr std::size_t kLines = 400;
  std::string text = fmt::format("seed {} (DOWNLINKD_TEST_SEED={} replays it)\n", seed, seed);
  for (const std::string& violation : verdict.violations) text += "  " + violation + "\n";
  const std::size_t skipped = verdict.trace.size() > kLines ? verdict.trace.size() - kLines : 0;
  if (skipped > 0) text += fmt::format("  ... {} lines before\n", skipped);
  for (std::size_t i = skipped; i < verdict.trace.size(); ++i) text += "  " + verdict.trace[i] + "\n";
  return text;
}

TEST(Simulation, EverySealedSceneArrivesOnceAndIsAnnouncedWhateverGoesWrong) {
  if (const char* only = std::getenv("DOWNLINKD_TEST_SEED")) {
    const std::uint64_t seed = std::strtoull(only, nullptr, 10);
    const Verdict verdict = simulate(seed, {}, /*keep_trace=*/true);
    std::puts(report(seed, verdict).c_str());
    EXPECT_TRUE(verdict.violations.empty());
    return;
  }
  const std::uint64_t seeds = std::getenv("DOWNLINKD_TEST_LONG") != nullptr ? 10'000 : 200;
  std::array<std::uint64_t, kFaults> faults{};
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= seeds && failed < 3; ++seed) {
    const Verdict verdict = simulate(seed);
    for (std::size_t i = 0; i < kFaults; ++i) faults[i] += verdict.faults[i];
    if (verdict.violations.empty()) continue;
    ++failed;
    ADD_FAILURE() << report(seed, simulate(seed, {}, /*keep_trace=*/true));
  }
  // A fault that never struck proves nothing.
  for (std::size_t i = 0; i < kFaults; ++i) {
    std::printf("%12llu x %s\n", static_cast<unsigned long long>(faults[i]),
                std::string(to_string(static_cast<Fault>(i))).c_str());
    EXPECT_TRUE(failed > 0 || faults[i] > 0) << to_string(static_cast<Fault>(i)) << " never happened";
  }
}

TEST(Simulation, SameSeedIsTheSameWorld) {
  for (const std::uint64_t seed : {1U, 7U, 42U, 1234U}) {
    const Verdict one = simulate(seed, {}, /*keep_trace=*/true);
    const Verdict two = simulate(seed, {}, /*keep_trace=*/true);
    const auto differs = std::mismatch(one.trace.begin(), one.trace.end(), two.trace.begin(), two.trace.end());
    EXPECT_EQ(one.trace_hash, two.trace_hash) << "seed " << seed << "\n"
                                              << (differs.first == one.trace.end() ? "" : *differs.first) << "\n"
                                              << (differs.second == two.trace.end() ? "" : *differs.second);
    EXPECT_NE(one.trace_hash, simulate(seed + 1).trace_hash);
  }
}

}  // namespace
}  // namespace dl::simulation
