#include "link/kernels/bit_shift.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx2")

namespace dl::link {

void bit_shift_avx2(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes) {
  constexpr std::size_t kLanes = sizeof(__m256i);
  // There is no shift of bytes: words are shifted, and what came over from the neighbour is masked out.
  const __m128i left = _mm_cvtsi32_si128(static_cast<int>(shift));
  const __m128i right = _mm_cvtsi32_si128(static_cast<int>(8 - shift));
  const __m256i upper = _mm256_set1_epi8(static_cast<char>(0xFF << shift));
  const __m256i turn = _mm256_set1_epi8(static_cast<char>(flip));
  std::size_t i = 0;
  for (; shift == 0 && i + kLanes <= size_bytes; i += kLanes) {
    const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), _mm256_xor_si256(here, turn));
  }
  for (; i + kLanes <= size_bytes; i += kLanes) {
    const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    const __m256i next = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i + 1));
    const __m256i above = _mm256_and_si256(upper, _mm256_sll_epi16(here, left));
    const __m256i below = _mm256_andnot_si256(upper, _mm256_srl_epi16(next, right));
    const __m256i bytes = _mm256_xor_si256(_mm256_or_si256(above, below), turn);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), bytes);
  }
  bit_shift_scalar(in + i, shift, flip, out + i, size_bytes - i);
}

}  // namespace dl::link
#endif
