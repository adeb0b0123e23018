// The inner loop of the Viterbi decoder for the convolutional code of CCSDS 131.0-B section 3: constraint length 7,
// G1 = 1111001, G2 = 1011011, 64 states.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/kernel_choice.h"

namespace dl::link {

inline constexpr std::size_t kViterbiStates = 64;

// A state is the last six bits, the newest lowest, so that a step goes from s to (2s + bit) mod 64, and a register is
// the seven bits 2s + bit. The generators are written the other way round in the document.
inline constexpr unsigned kGenerator1 = 0b1001111;  // 171 octal
inline constexpr unsigned kGenerator2 = 0b1101101;  // 133 octal

// What each path costs, the best one lowest. Only differences have a meaning; they stay below 2^13.
using ViterbiMetrics = std::array<std::int16_t, kViterbiStates>;

// For every state which of its two predecessors was cheaper: bit (state >> 1) + 32 * (state & 1) is set where it is the
// one with the oldest bit set, (state >> 1) + 32. Equal costs choose the other.
using ViterbiDecision = std::uint64_t;
inline bool chose_upper(ViterbiDecision decision, unsigned state) {
  return (decision >> ((state >> 1) | ((state & 1) << 5)) & 1) != 0;
}

// Add, compare, select: `symbols` are two per step, the outputs of G1 and G2, -127 to 127, positive for a one, 0 for
// one that was not sent. Updates `metrics` and writes a decision per step. Every kernel does exactly the same.
using ViterbiKernel = void (*)(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics,
                               ViterbiDecision* decisions);

ViterbiKernel viterbi_kernel(Kernel kernel);

void viterbi_scalar(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics, ViterbiDecision* decisions);
// Only where can_run(Kernel::avx2), or can_run(Kernel::avx512_gfni).
void viterbi_avx2(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics, ViterbiDecision* decisions);
void viterbi_avx512(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics, ViterbiDecision* decisions);

// Costs grow by 254 a step at most: they are set back after so many steps, before 16 bits overflow.
inline constexpr std::size_t kViterbiStepsBetweenNormalisations = 64;

}  // namespace dl::link
