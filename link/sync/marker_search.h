// Finds the attached sync marker in a bit stream: at any bit position, upright or inverted, with bit errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/kernel_choice.h"
#include "link/kernels/marker_search.h"

namespace dl::link {

class MarkerSearch {
 public:
  struct Match {
    std::size_t bit = 0;
    unsigned errors = 0;
    bool inverted = false;
  };

  // `marker` right-aligned, `marker_bits` 16 to 64, `errors` the bit errors that a match may have. `kernel` is one that
  // this machine can run.
  MarkerSearch(std::uint64_t marker, unsigned marker_bits, unsigned errors, Kernel kernel = kernel_choice());

  // The first match that starts at `from` or later and before `to`, both bit positions, and is all within `bytes`. Of
  // the polarity that fits better.
  [[nodiscard]] std::optional<Match> find(ByteView bytes, std::size_t from, std::size_t to) const;

 private:
  MarkerPattern pattern_;
  MarkerSearchKernel find_;
};

}  // namespace dl::link
