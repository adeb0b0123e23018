#include <bit>

#include "link/kernels/viterbi.h"

namespace dl::link {
namespace {

constexpr unsigned kHalf = kViterbiStates / 2;

// By state: the outputs, two bits (G1 high), of the step that appends a zero.
constexpr std::array<std::uint8_t, kHalf> outputs_of_zero() {
  std::array<std::uint8_t, kHalf> outputs{};
  for (unsigned state = 0; state < kHalf; ++state) {
    const unsigned reg = state << 1;
    outputs[state] =
        static_cast<std::uint8_t>((std::popcount(reg & kGenerator1) & 1) << 1 | (std::popcount(reg & kGenerator2) & 1));
  }
  return outputs;
}
constexpr auto kOutputsOfZero = outputs_of_zero();

void normalise(ViterbiMetrics& metrics) {
  const std::int16_t first = metrics[0];
  for (std::int16_t& metric : metrics) metric = static_cast<std::int16_t>(metric - first);
}

// Both generators end in a one at either end: appending a one, or starting from the upper state, inverts both outputs.
void step(int first, int second, const ViterbiMetrics& from, ViterbiMetrics& to, ViterbiDecision& decision) {
  const std::array<int, 4> cost = {first + second, first - second, second - first, -first - second};
  decision = 0;
  for (unsigned state = 0; state < kHalf; ++state) {
    const int branch = cost[kOutputsOfZero[state]];
    const int lower = from[state];
    const int upper = from[state + kHalf];
    const bool zero_from_upper = lower + branch > upper - branch;
    const bool one_from_upper = lower - branch > upper + branch;
    to[2 * state] = static_cast<std::int16_t>(zero_from_upper ? upper - branch : lower + branch);
    to[2 * state + 1] = static_cast<std::int16_t>(one_from_upper ? upper + branch : lower - branch);
    decision |= ViterbiDecision{zero_from_upper} << state | ViterbiDecision{one_from_upper} << (state + kHalf);
  }
}

}  // namespace

ViterbiKernel viterbi_kernel(Kernel kernel) {
  switch (kernel) {
    case Kernel::scalar:
      return viterbi_scalar;
    case Kernel::avx2:
      return viterbi_avx2;
    case Kernel::avx512_gfni:
      return viterbi_avx512;
  }
  return viterbi_scalar;
}

void viterbi_scalar(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics,
                    ViterbiDecision* decisions) {
  for (std::size_t i = 0; i < steps; ++i) {
    if (i % kViterbiStepsBetweenNormalisations == 0) normalise(metrics);
    const ViterbiMetrics from = metrics;
    step(symbols[2 * i], symbols[2 * i + 1], from, metrics, decisions[i]);
  }
}

}  // namespace dl::link
