// Which outputs of the rate 1/2 code are sent (CCSDS 131.0-B, puncture patterns of section 3.4), and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "link/profile.h"

namespace dl::link {

// Of one period: the input bits ("steps") it takes and, in the order in which they are sent, the outputs they give.
struct PuncturePattern {
  struct Sent {
    unsigned step = 0;
    unsigned output = 0;  // 0: of G1, 1: of G2
  };
  unsigned steps = 1;
  std::vector<Sent> sent;

  [[nodiscard]] unsigned symbols() const { return static_cast<unsigned>(sent.size()); }
};

// Not for ConvolutionalRate::none.
PuncturePattern puncture_pattern(ConvolutionalRate rate);

}  // namespace dl::link
