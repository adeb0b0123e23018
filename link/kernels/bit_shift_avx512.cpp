#include "link/kernels/bit_shift.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Behind every include: what a header defines must run on any machine.
#pragma GCC target("avx512f,avx512bw")

namespace dl::link {

void bit_shift_avx512(const Byte* in, unsigned shift, Byte flip, Byte* out, std::size_t size_bytes) {
  constexpr std::size_t kLanes = sizeof(__m512i);
  // There is no shift of bytes: words are shifted, and what came over from the neighbour is masked out.
  const __m128i left = _mm_cvtsi32_si128(static_cast<int>(shift));
  const __m128i right = _mm_cvtsi32_si128(static_cast<int>(8 - shift));
  const __m512i upper = _mm512_set1_epi8(static_cast<char>(0xFF << shift));
  const __m512i turn = _mm512_set1_epi8(static_cast<char>(flip));
  const auto shifted = [&](__m512i here, __m512i next) {
    constexpr int kSelect = 0xCA;  // where `upper` is set the second, elsewhere the third
    const __m512i above = _mm512_sll_epi16(here, left);
    const __m512i below = _mm512_srl_epi16(next, right);
    return _mm512_xor_si512(_mm512_ternarylogic_epi64(upper, above, below, kSelect), turn);
  };
  std::size_t i = 0;
  for (; shift == 0 && i + kLanes <= size_bytes; i += kLanes) {
    _mm512_storeu_si512(out + i, _mm512_xor_si512(_mm512_loadu_si512(in + i), turn));
  }
  for (; i + kLanes <= size_bytes; i += kLanes) {
    _mm512_storeu_si512(out + i, shifted(_mm512_loadu_si512(in + i), _mm512_loadu_si512(in + i + 1)));
  }
  if (i == size_bytes) return;
  const __mmask64 rest = ~__mmask64{0} >> (kLanes - (size_bytes - i));
  const __m512i here = _mm512_maskz_loadu_epi8(rest, in + i);
  const __m512i next = shift == 0 ? here : _mm512_maskz_loadu_epi8(rest, in + i + 1);
  _mm512_mask_storeu_epi8(out + i, rest, shifted(here, next));
}

}  // namespace dl::link
#endif
