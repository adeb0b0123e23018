// GCC 12 takes the undefined upper operand of its own intrinsics for a mistake of ours (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <immintrin.h>

#include <bit>

#include "link/kernels/viterbi.h"

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")

namespace dl::link {
namespace {

constexpr unsigned kHalf = kViterbiStates / 2;

// Per lower state: the outputs, two bits (G1 high), of the step that appends a zero, as an index into four costs.
struct alignas(64) Lanes {
  std::array<std::int16_t, kHalf> outputs_of_zero{};
  // Interleaves the first halves of two registers, and the second ones: 32 and more means the second register.
  std::array<std::int16_t, kHalf> first{};
  std::array<std::int16_t, kHalf> second{};
};
constexpr Lanes lanes() {
  Lanes lanes;
  for (unsigned i = 0; i < kHalf; ++i) {
    const unsigned reg = i << 1;
    lanes.outputs_of_zero[i] =
        static_cast<std::int16_t>((std::popcount(reg & kGenerator1) & 1) << 1 | (std::popcount(reg & kGenerator2) & 1));
    lanes.first[i] = static_cast<std::int16_t>(i / 2 + (i % 2) * kHalf);
    lanes.second[i] = static_cast<std::int16_t>(kHalf / 2 + i / 2 + (i % 2) * kHalf);
  }
  return lanes;
}
constexpr Lanes kLanes = lanes();

// The costs of a zero's outputs 00, 01, 10 and 11.
__m512i costs(int first, int second) {
  const auto lane = [](int value) { return std::uint64_t{static_cast<std::uint16_t>(value)}; };
  const std::uint64_t four =
      lane(first + second) | lane(first - second) << 16 | lane(second - first) << 32 | lane(-first - second) << 48;
  return _mm512_castsi128_si512(_mm_cvtsi64_si128(static_cast<std::int64_t>(four)));
}

}  // namespace

void viterbi_avx512(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics,
                    ViterbiDecision* decisions) {
  const __m512i outputs = _mm512_load_si512(kLanes.outputs_of_zero.data());
  const __m512i first = _mm512_load_si512(kLanes.first.data());
  const __m512i second = _mm512_load_si512(kLanes.second.data());
  __m512i lower = _mm512_loadu_si512(metrics.data());
  __m512i upper = _mm512_loadu_si512(metrics.data() + kHalf);
  for (std::size_t i = 0; i < steps; ++i) {
    if (i % kViterbiStepsBetweenNormalisations == 0) {
      const __m512i least = _mm512_broadcastw_epi16(_mm512_castsi512_si128(lower));
      lower = _mm512_sub_epi16(lower, least);
      upper = _mm512_sub_epi16(upper, least);
    }
    const __m512i branch = _mm512_permutexvar_epi16(outputs, costs(symbols[2 * i], symbols[2 * i + 1]));
    const __m512i lower_zero = _mm512_add_epi16(lower, branch);
    const __m512i upper_zero = _mm512_sub_epi16(upper, branch);
    const __m512i lower_one = _mm512_sub_epi16(lower, branch);
    const __m512i upper_one = _mm512_add_epi16(upper, branch);
    decisions[i] = ViterbiDecision{_mm512_cmpgt_epi16_mask(lower_zero, upper_zero)} |
                   ViterbiDecision{_mm512_cmpgt_epi16_mask(lower_one, upper_one)} << kHalf;
    const __m512i zero = _mm512_min_epi16(lower_zero, upper_zero);
    const __m512i one = _mm512_min_epi16(lower_one, upper_one);
    lower = _mm512_permutex2var_epi16(zero, first, one);
    upper = _mm512_permutex2var_epi16(zero, second, one);
  }
  _mm512_storeu_si512(metrics.data(), lower);
  _mm512_storeu_si512(metrics.data() + kHalf, upper);
}

}  // namespace dl::link
