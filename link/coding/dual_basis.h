// Berlekamp's dual basis (CCSDS 131.0-B annex F): the form in which most spacecraft send Reed-Solomon symbols.
#pragma once

#include <array>
#include <cstdint>

#include "link/coding/galois_field.h"

namespace dl::link {

struct BasisTables {
  std::array<std::uint8_t, 256> to_dual{};
  std::array<std::uint8_t, 256> to_conventional{};
};

// The dual basis belongs to the basis 1, d, d^2 … d^7 with d = alpha^117, so the coordinate z_i of a symbol u is
// the trace of u * d^i; z_0 is sent first and stands in the most significant bit.
constexpr BasisTables make_basis_tables() {
  BasisTables tables;
  for (unsigned u = 0; u < 256; ++u) {
    unsigned z = 0;
    for (unsigned i = 0; i < 8; ++i) {
      z = (z << 1) | gf::trace(gf::multiply(static_cast<std::uint8_t>(u), gf::alpha_to(117 * i)));
    }
    tables.to_dual[u] = static_cast<std::uint8_t>(z);
    tables.to_conventional[z] = static_cast<std::uint8_t>(u);
  }
  return tables;
}

inline constexpr BasisTables kBasisTables = make_basis_tables();

}  // namespace dl::link
