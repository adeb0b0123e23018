// Finds the attached sync marker in a bit stream: at any bit position, upright or inverted, with bit errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.h"

namespace dl::link {

class MarkerSearch {
 public:
  struct Match {
    std::size_t bit = 0;
    unsigned errors = 0;
    bool inverted = false;
  };

  // `marker` right-aligned, `marker_bits` 16 to 64, `errors` the bit errors that a match may have.
  MarkerSearch(std::uint64_t marker, unsigned marker_bits, unsigned errors);

  // The first match that starts at `from` or later and before `to`, both bit positions, and is all within `bytes`.
  [[nodiscard]] std::optional<Match> find(ByteView bytes, std::size_t from, std::size_t to) const;

  // The match at exactly this position, of the polarity that fits better.
  [[nodiscard]] std::optional<Match> match_at(ByteView bytes, std::size_t bit) const;

 private:
  std::uint64_t marker_;
  unsigned bits_;
  unsigned errors_;
  // A sieve: for the value of one whole byte (markers under 24 bits) or two of them in the stream, bit s is set if
  // they can be the inside of a marker that starts s bits into the byte before.
  std::size_t sieve_bytes_;
  std::vector<std::uint8_t> sieve_;
};

}  // namespace dl::link
