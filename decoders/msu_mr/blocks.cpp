#include "decoders/msu_mr/blocks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/bit_reader.h"
#include "decoders/msu_mr/huffman.h"

namespace dl::decoders::msu_mr {

namespace {

constexpr std::size_t kSize = kBlockSize;
using Coefficients = std::array<double, kSize * kSize>;  // [vertical][horizontal] frequency

// ITU-T T.81 table K.1, quality 50.
constexpr std::array<std::uint8_t, kSize* kSize> kQuantisation = {16, 11, 10, 16, 24,  40,  51,  61,   //
                                                                  12, 12, 14, 19, 26,  58,  60,  55,   //
                                                                  14, 13, 16, 24, 40,  57,  69,  56,   //
                                                                  14, 17, 22, 29, 51,  87,  80,  62,   //
                                                                  18, 22, 37, 56, 68,  109, 103, 77,   //
                                                                  24, 35, 55, 64, 81,  104, 113, 92,   //
                                                                  49, 64, 78, 87, 103, 121, 120, 101,  //
                                                                  72, 92, 95, 98, 112, 100, 103, 99};

// ITU-T T.81 figure A.6: where the k-th coefficient of the zigzag stands.
constexpr std::array<std::uint8_t, kSize* kSize> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// cos(k pi / 16), k = 0 to 8: literals, so that the last bit does not depend on the machine's mathematical library.
constexpr std::array<double, 9> kCosine = {1.0,
                                           0.98078528040323044913,
                                           0.92387953251128675613,
                                           0.83146961230254523708,
                                           0.70710678118654752440,
                                           0.55557023301960222474,
                                           0.38268343236508977173,
                                           0.19509032201612826785,
                                           0.0};

constexpr double cosine(std::size_t sixteenths) {
  const std::size_t k = sixteenths % 32;
  const std::size_t half = k > 16 ? 32 - k : k;
  return half > 8 ? -kCosine[16 - half] : kCosine[half];
}

// basis[x][u] = C(u) / 2 * cos((2x + 1) u pi / 16) (T.81 A.3.3).
constexpr std::array<std::array<double, kSize>, kSize> make_basis() {
  std::array<std::array<double, kSize>, kSize> basis{};
  for (std::size_t x = 0; x < kSize; ++x) {
    for (std::size_t u = 0; u < kSize; ++u) {
      basis[x][u] = (u == 0 ? kCosine[4] : 1.0) / 2 * cosine((2 * x + 1) * u);
    }
  }
  return basis;
}
constexpr auto kBasis = make_basis();

// The table at a quality, by the rule of the Independent JPEG Group; never below 1.
std::array<double, kSize * kSize> quantiser(unsigned quality) {
  const unsigned scale_percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  std::array<double, kSize * kSize> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = std::max(1U, (kQuantisation[i] * scale_percent + 50) / 100);
  }
  return table;
}

Block inverse_transform(const Coefficients& coefficients) {
  Coefficients by_line{};  // [line][horizontal frequency]
  for (std::size_t y = 0; y < kSize; ++y) {
    for (std::size_t u = 0; u < kSize; ++u) {
      double sum = 0;
      for (std::size_t v = 0; v < kSize; ++v) sum += kBasis[y][v] * coefficients[v * kSize + u];
      by_line[y * kSize + u] = sum;
    }
  }
  Block block{};
  for (std::size_t y = 0; y < kSize; ++y) {
    for (std::size_t x = 0; x < kSize; ++x) {
      double sum = 0;
      for (std::size_t u = 0; u < kSize; ++u) sum += kBasis[x][u] * by_line[y * kSize + u];
      constexpr double kLevelShift = 128;
      block[y * kSize + x] = static_cast<std::uint8_t>(std::clamp(std::floor(sum + kLevelShift + 0.5), 0.0, 255.0));
    }
  }
  return block;
}

}  // namespace

std::optional<Blocks> decode_blocks(ByteView coded, unsigned quality) {
  const auto table = quantiser(quality);
  BitReader bits(coded);
  Blocks blocks{};
  std::int32_t dc = 0;
  for (Block& block : blocks) {
    const auto zigzag = read_block(bits);
    if (!zigzag) return std::nullopt;
    dc += (*zigzag)[0];
    Coefficients coefficients{};
    coefficients[0] = dc * table[0];
    for (std::size_t i = 1; i < zigzag->size(); ++i) {
      coefficients[kZigzag[i]] = (*zigzag)[i] * table[kZigzag[i]];
    }
    block = inverse_transform(coefficients);
  }
  constexpr std::size_t kLongestFill_bits = 15;
  if (bits.remaining_bits() > kLongestFill_bits) return std::nullopt;
  return blocks;
}

}  // namespace dl::decoders::msu_mr
