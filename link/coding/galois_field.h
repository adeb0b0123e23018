// GF(256) of CCSDS 131.0-B section 4.3: x^8 + x^7 + x^2 + x + 1, primitive element alpha = x.
#pragma once

#include <array>
#include <cstdint>

namespace dl::link::gf {

inline constexpr unsigned kFieldPolynomial = 0x187;
inline constexpr unsigned kOrder = 255;  // of the multiplicative group

struct Tables {
  std::array<std::uint8_t, 2 * kOrder> exp{};  // alpha^i; twice over, so that a sum of two logarithms needs no modulo
  std::array<std::uint8_t, 256> log{};         // log[0] is never read
};

constexpr Tables make_tables() {
  Tables tables;
  unsigned value = 1;
  for (unsigned i = 0; i < kOrder; ++i) {
    tables.exp[i] = tables.exp[i + kOrder] = static_cast<std::uint8_t>(value);
    tables.log[value] = static_cast<std::uint8_t>(i);
    value <<= 1;
    if (value > 255) value ^= kFieldPolynomial;
  }
  return tables;
}

inline constexpr Tables kTables = make_tables();

// alpha^power, for any power.
constexpr std::uint8_t alpha_to(unsigned power) {
  return kTables.exp[power % kOrder];
}

constexpr std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  if (a == 0 || b == 0) return 0;
  return kTables.exp[static_cast<unsigned>(kTables.log[a]) + kTables.log[b]];
}

// `b` must not be 0.
constexpr std::uint8_t divide(std::uint8_t a, std::uint8_t b) {
  if (a == 0) return 0;
  return kTables.exp[static_cast<unsigned>(kTables.log[a]) + kOrder - kTables.log[b]];
}

// The sum of the conjugates a, a^2, a^4 … a^128: 0 or 1.
constexpr unsigned trace(std::uint8_t a) {
  std::uint8_t sum = 0;
  for (int i = 0; i < 8; ++i) {
    sum ^= a;
    a = multiply(a, a);
  }
  return sum;
}

}  // namespace dl::link::gf
