#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "link/kernels/marker_search.h"

// Behind every include whose functions are not this file's own: what a header defines must run on any machine.
#pragma GCC target("avx512f,avx512bw")

namespace dl::link {
namespace {

struct Vector512 {
  static constexpr std::size_t kLanes = 64;
  __m512i bits;

  static Vector512 load(const Byte* from) { return {_mm512_loadu_si512(from)}; }
  void store(Byte* to) const { _mm512_storeu_si512(to, bits); }
  static Vector512 all(std::uint8_t value) { return {_mm512_set1_epi8(static_cast<char>(value))}; }
  static Vector512 table(const std::array<std::uint8_t, 16>& values) {
    // The form with a mask: of the other one this compiler warns.
    return {_mm512_maskz_broadcast_i32x4(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(values.data())))};
  }
  template <int kBits>
  [[nodiscard]] Vector512 shifted_left() const {
    return {_mm512_slli_epi16(bits, kBits)};
  }
  template <int kBits>
  [[nodiscard]] Vector512 shifted_right() const {
    return {_mm512_srli_epi16(bits, kBits)};
  }
};

Vector512 operator&(Vector512 a, Vector512 b) {
  return {_mm512_and_si512(a.bits, b.bits)};
}
Vector512 operator|(Vector512 a, Vector512 b) {
  return {_mm512_or_si512(a.bits, b.bits)};
}
Vector512 operator^(Vector512 a, Vector512 b) {
  return {_mm512_xor_si512(a.bits, b.bits)};
}
Vector512 select(Vector512 mask, Vector512 a, Vector512 b) {
  return {_mm512_ternarylogic_epi64(mask.bits, a.bits, b.bits, 0xCA)};
}
Vector512 look_up(Vector512 table, Vector512 index) {
  return {_mm512_shuffle_epi8(table.bits, index.bits)};
}
Vector512 sum(Vector512 a, Vector512 b, Vector512 c) {
  return {_mm512_ternarylogic_epi64(a.bits, b.bits, c.bits, 0x96)};
}
Vector512 carry(Vector512 a, Vector512 b, Vector512 c) {
  return {_mm512_ternarylogic_epi64(a.bits, b.bits, c.bits, 0xE8)};
}
Vector512 or_and(Vector512 a, Vector512 b, Vector512 c) {
  return {_mm512_ternarylogic_epi64(a.bits, b.bits, c.bits, 0xF8)};
}
std::uint64_t any(Vector512 a) {
  return _mm512_test_epi8_mask(a.bits, a.bits);
}

}  // namespace
}  // namespace dl::link

#include "link/kernels/marker_search_lanes.h"

namespace dl::link {

std::size_t find_marker_avx512(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to) {
  return find_marker<Vector512>(pattern, bytes, from, to);
}

}  // namespace dl::link
#endif
