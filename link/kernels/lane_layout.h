// The arithmetic behind the vector kernels that is the same for all of them: Good and Thomas's map of 255 = 3 x 5 x 17.
//
// A power p below 255 is p = 85 a + 51 b + 15 c (mod 255) for exactly one a < 3, b < 5, c < 17, and then
//   alpha^(e p) = w3^(e a) w5^(e b) w17^(e c)   with w3 = alpha^85, w5 = alpha^51, w17 = alpha^15.
// So a value of a polynomial at alpha^e is a sum over c of sums over b of sums over a, and the inner sums serve many e.
#pragma once

#include <array>
#include <cstdint>

#include "link/coding/dual_basis.h"
#include "link/coding/galois_field.h"
#include "link/coding/reed_solomon.h"

namespace dl::link {

inline constexpr unsigned kBetaStep = 11;          // beta = alpha^11
inline constexpr unsigned kBetaStepInverse = 116;  // 11 * 116 = 1 (mod 255)
static_assert(kBetaStep * kBetaStepInverse % gf::kOrder == 1);

// [a][b][c]: an index of a symbol in its codeword, the highest power of x first.
using GoodThomasMap = std::array<std::array<std::array<std::uint8_t, 17>, 5>, 3>;

constexpr unsigned good_thomas_power(unsigned a, unsigned b, unsigned c) {
  return (85 * a + 51 * b + 15 * c) % gf::kOrder;
}

// Where the symbol stands whose power of x is (a, b, c).
constexpr GoodThomasMap make_symbol_map() {
  GoodThomasMap map{};
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 5; ++b)
      for (unsigned c = 0; c < 17; ++c) map[a][b][c] = static_cast<std::uint8_t>(254 - good_thomas_power(a, b, c));
  return map;
}

// Which symbol is wrong when the error locator is zero at alpha^q, q = (a, b, c): the one of X = beta^power with
// 1 / X = alpha^q.
constexpr GoodThomasMap make_locator_map() {
  GoodThomasMap map{};
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 5; ++b)
      for (unsigned c = 0; c < 17; ++c) {
        const unsigned power = (gf::kOrder - good_thomas_power(a, b, c)) * kBetaStepInverse % gf::kOrder;
        map[a][b][c] = static_cast<std::uint8_t>(254 - power);
      }
  return map;
}

inline constexpr GoodThomasMap kSymbolMap = make_symbol_map();
inline constexpr GoodThomasMap kLocatorMap = make_locator_map();

// The scale that Forney's formula, with the upper half of the evaluator, gives the error at a symbol: X^-(first root +
// parity symbols), as a power of alpha.
inline unsigned forney_scale_power(const CodeblockShape& shape, unsigned index) {
  const unsigned power = 254 - index;
  const unsigned exponent = shape.first_root() + shape.parity_symbols();
  return (gf::kOrder - kBetaStep * power % gf::kOrder) * exponent % gf::kOrder;
}

// One output of the syndromes' last step: the sum over c of row[c] * w17^(exponent * c).
struct SyndromeTerm {
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t exponent = 0;
};

constexpr SyndromeTerm syndrome_term(unsigned root) {
  const unsigned e = kBetaStep * root;
  return {static_cast<std::uint8_t>(e % 3), static_cast<std::uint8_t>(e % 5), static_cast<std::uint8_t>(e % 17)};
}

// Symbols as they are sent, times a constant of the field: no change of basis is ever needed.
constexpr std::uint8_t multiply_as_sent(Basis basis, std::uint8_t symbol, std::uint8_t constant) {
  if (basis == Basis::conventional) return gf::multiply(symbol, constant);
  return kBasisTables.to_dual[gf::multiply(kBasisTables.to_conventional[symbol], constant)];
}

}  // namespace dl::link
