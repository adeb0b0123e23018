#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "link/kernels/marker_search.h"

// Behind every include whose functions are not this file's own: what a header defines must run on any machine.
#pragma GCC target("avx2")

namespace dl::link {
namespace {

struct Vector256 {
  static constexpr std::size_t kLanes = 32;
  __m256i bits;

  static Vector256 load(const Byte* from) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))}; }
  void store(Byte* to) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bits); }
  static Vector256 all(std::uint8_t value) { return {_mm256_set1_epi8(static_cast<char>(value))}; }
  static Vector256 table(const std::array<std::uint8_t, 16>& values) {
    return {_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values.data())))};
  }
  template <int kBits>
  [[nodiscard]] Vector256 shifted_left() const {
    return {_mm256_slli_epi16(bits, kBits)};
  }
  template <int kBits>
  [[nodiscard]] Vector256 shifted_right() const {
    return {_mm256_srli_epi16(bits, kBits)};
  }
};

Vector256 operator&(Vector256 a, Vector256 b) {
  return {_mm256_and_si256(a.bits, b.bits)};
}
Vector256 operator|(Vector256 a, Vector256 b) {
  return {_mm256_or_si256(a.bits, b.bits)};
}
Vector256 operator^(Vector256 a, Vector256 b) {
  return {_mm256_xor_si256(a.bits, b.bits)};
}
Vector256 select(Vector256 mask, Vector256 a, Vector256 b) {
  return {_mm256_or_si256(_mm256_and_si256(mask.bits, a.bits), _mm256_andnot_si256(mask.bits, b.bits))};
}
Vector256 look_up(Vector256 table, Vector256 index) {
  return {_mm256_shuffle_epi8(table.bits, index.bits)};
}
Vector256 sum(Vector256 a, Vector256 b, Vector256 c) {
  return a ^ b ^ c;
}
Vector256 carry(Vector256 a, Vector256 b, Vector256 c) {
  return (a & b) | ((a ^ b) & c);
}
Vector256 or_and(Vector256 a, Vector256 b, Vector256 c) {
  return a | (b & c);
}
std::uint64_t any(Vector256 a) {
  const __m256i none = _mm256_cmpeq_epi8(a.bits, _mm256_setzero_si256());
  return static_cast<std::uint32_t>(~_mm256_movemask_epi8(none));
}

}  // namespace
}  // namespace dl::link

#include "link/kernels/marker_search_lanes.h"

namespace dl::link {

std::size_t find_marker_avx2(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to) {
  return find_marker<Vector256>(pattern, bytes, from, to);
}

}  // namespace dl::link
#endif
