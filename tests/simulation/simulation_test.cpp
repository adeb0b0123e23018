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

// Runs worlds until three have failed; how often each fault struck in them.
std::array<std::uint64_t, kFaults> run_worlds(std::uint64_t first_seed, std::uint64_t count) {
  std::array<std::uint64_t, kFaults> faults{};
  int failed = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + count && failed < 3; ++seed) {
    const Verdict verdict = simulate(seed);
    for (std::size_t i = 0; i < kFaults; ++i) faults[i] += verdict.faults[i];
    if (verdict.violations.empty()) continue;
    ++failed;
    ADD_FAILURE() << report(seed, simulate(seed, {}, /*keep_trace=*/true));
  }
  return faults;
}

TEST(Simulation, EverySealedSceneArrivesOnceAndIsAnnouncedWhateverGoesWrong) {
  if (const char* only = std::getenv("DOWNLINKD_TEST_SEED")) {
    const std::uint64_t seed = std::strtoull(only, nullptr, 10);
    const Verdict verdict = simulate(seed, {}, /*keep_trace=*/true);
    std::puts(report(seed, verdict).c_str());
    EXPECT_TRUE(verdict.violations.empty());
    return;
  }
  const auto faults = run_worlds(1, 200);
  // A fault that never struck proves nothing.
  for (std::size_t i = 0; i < kFaults; ++i) {
    const std::string name(to_string(static_cast<Fault>(i)));
    std::printf("%12llu x %s\n", static_cast<unsigned long long>(faults[i]), name.c_str());
    EXPECT_TRUE(HasFailure() || faults[i] > 0) << name << " never happened";
  }
}

// In pieces, so that several processors can take part.
class ManyWorlds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ManyWorlds, KeepThePromises) {
  if (std::getenv("DOWNLINKD_TEST_LONG") == nullptr) GTEST_SKIP() << "DOWNLINKD_TEST_LONG is not set";
  run_worlds(1 + GetParam() * 250, 250);
}

INSTANTIATE_TEST_SUITE_P(Piece, ManyWorlds, ::testing::Range(std::uint64_t{0}, std::uint64_t{40}));

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
