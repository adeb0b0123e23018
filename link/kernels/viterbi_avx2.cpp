#include <immintrin.h>

#include <bit>

#include "link/kernels/viterbi.h"

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx2")

namespace dl::link {
namespace {

constexpr unsigned kHalf = kViterbiStates / 2;

// Per lower state: where the cost of the step that appends a zero stands among four of two bytes each.
struct alignas(32) CostBytes {
  std::array<std::uint8_t, 2 * kHalf> at{};
};
constexpr CostBytes cost_bytes() {
  CostBytes bytes;
  for (unsigned state = 0; state < kHalf; ++state) {
    const unsigned reg = state << 1;
    const int outputs = (std::popcount(reg & kGenerator1) & 1) << 1 | (std::popcount(reg & kGenerator2) & 1);
    bytes.at[2 * state] = static_cast<std::uint8_t>(2 * outputs);
    bytes.at[2 * state + 1] = static_cast<std::uint8_t>(2 * outputs + 1);
  }
  return bytes;
}
constexpr CostBytes kCostBytes = cost_bytes();

// The costs of a zero's outputs 00, 01, 10 and 11, over and over.
__m256i costs(int first, int second) {
  const auto lane = [](int value) { return std::uint64_t{static_cast<std::uint16_t>(value)}; };
  const std::uint64_t four =
      lane(first + second) | lane(first - second) << 16 | lane(second - first) << 32 | lane(-first - second) << 48;
  return _mm256_set1_epi64x(static_cast<std::int64_t>(four));
}

__m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

// One mask bit for each of 32 lanes of 16 bits.
std::uint32_t mask_of(__m256i low, __m256i high) {
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11'01'10'00);
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(packed));
}

// Interleaves the results of 16 states for a zero and for a one into those of 32 states in order.
void store_interleaved(__m256i zero, __m256i one, __m256i& first, __m256i& second) {
  const __m256i low = _mm256_unpacklo_epi16(zero, one);
  const __m256i high = _mm256_unpackhi_epi16(zero, one);
  first = _mm256_permute2x128_si256(low, high, 0x20);
  second = _mm256_permute2x128_si256(low, high, 0x31);
}

}  // namespace

void viterbi_avx2(const std::int8_t* symbols, std::size_t steps, ViterbiMetrics& metrics, ViterbiDecision* decisions) {
  __m256i m[4];
  for (unsigned i = 0; i < 4; ++i) m[i] = load(metrics.data() + 16 * i);
  const __m256i cost_at[2] = {load(kCostBytes.at.data()), load(kCostBytes.at.data() + 32)};
  for (std::size_t i = 0; i < steps; ++i) {
    if (i % kViterbiStepsBetweenNormalisations == 0) {
      const __m256i first = _mm256_broadcastw_epi16(_mm256_castsi256_si128(m[0]));
      for (__m256i& metric : m) metric = _mm256_sub_epi16(metric, first);
    }
    const __m256i all_costs = costs(symbols[2 * i], symbols[2 * i + 1]);
    __m256i zero[2];
    __m256i one[2];
    __m256i zero_from_upper[2];
    __m256i one_from_upper[2];
    for (unsigned half = 0; half < 2; ++half) {
      const __m256i branch = _mm256_shuffle_epi8(all_costs, cost_at[half]);
      const __m256i lower = m[half];
      const __m256i upper = m[half + 2];
      const __m256i lower_zero = _mm256_add_epi16(lower, branch);
      const __m256i upper_zero = _mm256_sub_epi16(upper, branch);
      const __m256i lower_one = _mm256_sub_epi16(lower, branch);
      const __m256i upper_one = _mm256_add_epi16(upper, branch);
      zero[half] = _mm256_min_epi16(lower_zero, upper_zero);
      one[half] = _mm256_min_epi16(lower_one, upper_one);
      zero_from_upper[half] = _mm256_cmpgt_epi16(lower_zero, upper_zero);
      one_from_upper[half] = _mm256_cmpgt_epi16(lower_one, upper_one);
    }
    decisions[i] = ViterbiDecision{mask_of(zero_from_upper[0], zero_from_upper[1])} |
                   ViterbiDecision{mask_of(one_from_upper[0], one_from_upper[1])} << 32;
    store_interleaved(zero[0], one[0], m[0], m[1]);
    store_interleaved(zero[1], one[1], m[2], m[3]);
  }
  for (unsigned i = 0; i < 4; ++i) _mm256_storeu_si256(reinterpret_cast<__m256i*>(metrics.data() + 16 * i), m[i]);
}

}  // namespace dl::link
