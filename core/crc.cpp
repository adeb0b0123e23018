#include "core/crc.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base64.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dl {
namespace {

constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78;

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kCrc32cPolynomial : 0);
    table[i] = value;
  }
  return table;
}

// [k][b]: what byte b, with k bytes behind it, adds to the CRC. Sixteen bytes at a time need no more than sixteen
// independent look-ups.
constexpr std::size_t kCrc16Slices = 16;
using Crc16Tables = std::array<std::array<std::uint16_t, 256>, kCrc16Slices>;

constexpr Crc16Tables make_crc16_tables() {
  Crc16Tables tables{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned value = i << 8;
    for (std::size_t k = 0; k < kCrc16Slices; ++k) {
      for (int bit = 0; bit < 8; ++bit) value = ((value << 1) ^ ((value & 0x8000) != 0 ? 0x1021U : 0U)) & 0xFFFF;
      tables[k][i] = static_cast<std::uint16_t>(value);
    }
  }
  return tables;
}

// Product of two polynomials modulo CRC-32C's, all in reflected order: bit 31 is x^0.
constexpr std::uint32_t multiply_modulo(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 0x80000000U; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kCrc32cPolynomial : 0);
  }
  return product;
}

constexpr auto kCrc32cTable = make_crc32c_table();
constexpr auto kCrc16Tables = make_crc16_tables();

std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t state) {
  for (const Byte byte : bytes) state = (state >> 8) ^ kCrc32cTable[(state ^ byte) & 0xFF];
  return state;
}

#if defined(__x86_64__)
// The instruction takes three cycles and can start every cycle: three parts at once, then shifted into place. Part
// sizes are multiples of 8 bytes.
constexpr std::size_t kMaxPartWords = 64;
constexpr std::size_t kMinSizeInParts = 3 * 8 * 4;

// x^(8n) modulo the polynomial by repeated squaring; n at least 1.
constexpr std::uint32_t power_of_x8(std::uint64_t n) {
  std::uint32_t power = 0x00800000U;   // x^8
  std::uint32_t result = 0x80000000U;  // 1
  for (; n != 0; n >>= 1) {
    if ((n & 1) != 0) result = multiply_modulo(result, power);
    power = multiply_modulo(power, power);
  }
  return result;
}

// [w]: x^(64 w - 33). Its product without carry with a CRC, taken through the instruction (which multiplies by x^32,
// and the bit order by x), is the CRC with 8 w zero bytes behind it.
constexpr std::array<std::uint32_t, 2 * kMaxPartWords + 1> make_shifts() {
  std::array<std::uint32_t, 2 * kMaxPartWords + 1> shifts{};
  for (std::size_t words = 1; words < shifts.size(); ++words) {
    // x^(64 w - 33) = x^(64 w - 40) x^7
    shifts[words] = multiply_modulo(power_of_x8(8 * words - 5), 0x01000000U);
  }
  return shifts;
}
constexpr auto kShifts = make_shifts();

std::uint64_t load_word(const Byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

__attribute__((target("sse4.2,pclmul"))) std::uint32_t shifted(std::uint64_t crc, std::size_t words) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(crc)),
                                               _mm_cvtsi64_si128(static_cast<long long>(kShifts[words])), 0);
  return static_cast<std::uint32_t>(_mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product))));
}

__attribute__((target("sse4.2,pclmul"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t state) {
  const Byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t first = state;
  while (left >= kMinSizeInParts) {
    const std::size_t words = std::min(left / 24, kMaxPartWords);
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < words; ++i) {
      first = _mm_crc32_u64(first, load_word(at + 8 * i));
      second = _mm_crc32_u64(second, load_word(at + 8 * (words + i)));
      third = _mm_crc32_u64(third, load_word(at + 8 * (2 * words + i)));
    }
    first = shifted(first, 2 * words) ^ shifted(second, words) ^ third;
    at += 24 * words;
    left -= 24 * words;
  }
  for (; left >= 8; at += 8, left -= 8) first = _mm_crc32_u64(first, load_word(at));
  state = static_cast<std::uint32_t>(first);
  for (; left > 0; ++at, --left) state = _mm_crc32_u8(state, *at);
  return state;
}
#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool has_instructions = __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
  if (has_instructions) return ~crc32c_sse42(bytes, ~crc);
#endif
  return ~crc32c_portable(bytes, ~crc);
}

std::uint32_t crc32c_combine(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t size_b_bytes) {
  // Appending n zero bytes multiplies by x^(8n); the inversions at start and end cancel.
  std::uint32_t power = 0x00800000U;  // x^8
  std::uint32_t shifted_a = crc_a;
  for (; size_b_bytes != 0; size_b_bytes >>= 1) {
    if ((size_b_bytes & 1) != 0) shifted_a = multiply_modulo(shifted_a, power);
    power = multiply_modulo(power, power);
  }
  return shifted_a ^ crc_b;
}

std::uint16_t crc16_ccitt(ByteView bytes, std::uint16_t crc) {
  while (bytes.size() >= kCrc16Slices) {
    const auto first = static_cast<Byte>(bytes[0] ^ (crc >> 8));
    const auto second = static_cast<Byte>(bytes[1] ^ crc);
    unsigned sum = kCrc16Tables[kCrc16Slices - 1][first] ^ kCrc16Tables[kCrc16Slices - 2][second];
    for (std::size_t i = 2; i < kCrc16Slices; ++i) sum ^= kCrc16Tables[kCrc16Slices - 1 - i][bytes[i]];
    crc = static_cast<std::uint16_t>(sum);
    bytes = bytes.subspan(kCrc16Slices);
  }
  for (const Byte byte : bytes) {
    crc = static_cast<std::uint16_t>((crc << 8) ^ kCrc16Tables[0][static_cast<std::size_t>((crc >> 8) ^ byte)]);
  }
  return crc;
}

std::string crc32c_base64(std::uint32_t crc) {
  Bytes bytes;
  append_u32(bytes, crc);
  return base64_encode(bytes);
}

}  // namespace dl
