#include <gtest/gtest.h>

#include <random>

#include "link/kernels/viterbi.h"

namespace dl::link {
namespace {

class ViterbiKernels : public ::testing::TestWithParam<Kernel> {};

TEST_P(ViterbiKernels, GiveTheSameDecisionsAndMetricsAsTheScalarOneForAnySymbolsAndLength) {
  if (!can_run(GetParam())) GTEST_SKIP() << "this processor cannot run '" << to_string(GetParam()) << "'";
  std::mt19937 random(1);
  for (std::size_t steps = 0; steps < 400; ++steps) {
    // Full scale as well as weak symbols: the first drive the metrics to their limits, the second make ties.
    const int scale = steps % 3 == 0 ? 127 : steps % 3 == 1 ? 2 : 60;
    std::vector<std::int8_t> symbols(2 * steps);
    for (std::int8_t& symbol : symbols) {
      symbol = static_cast<std::int8_t>(static_cast<int>(random() % (2U * static_cast<unsigned>(scale) + 1)) - scale);
      if (steps % 5 == 0) symbol = static_cast<std::int8_t>(symbol < 0 ? -127 : 127);
    }
    ViterbiMetrics scalar{};
    ViterbiMetrics fast{};
    std::vector<ViterbiDecision> scalar_decisions(steps);
    std::vector<ViterbiDecision> fast_decisions(steps);
    for (int call = 0; call < 3; ++call) {  // metrics carry over
      viterbi_kernel(Kernel::scalar)(symbols.data(), steps, scalar, scalar_decisions.data());
      viterbi_kernel(GetParam())(symbols.data(), steps, fast, fast_decisions.data());
      ASSERT_EQ(scalar, fast) << steps;
      ASSERT_EQ(scalar_decisions, fast_decisions) << steps;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ViterbiKernels, ::testing::Values(Kernel::avx2, Kernel::avx512_gfni),
                         [](const auto& instance) { return std::string(to_string(instance.param)); });

}  // namespace
}  // namespace dl::link
