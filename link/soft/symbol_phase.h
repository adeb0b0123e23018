// What a demodulator cannot know: which of the constellation's positions is which, where a pair of outputs begins, and
// where the puncture pattern does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "link/profile.h"
#include "link/soft/puncturing.h"

namespace dl::link {

// One way to read the symbols. The code does not change when all symbols are inverted (the bits are, which frame
// synchronisation sees), so that of the eight positions of a QPSK constellation, rotated and mirrored, four are left:
// as it is, one axis inverted, axes swapped, and both.
struct SymbolPhase {
  bool axes_swapped = false;
  bool second_inverted = false;   // after the swap
  unsigned pair_start = 0;        // 0 or 1: the first symbol of a constellation point has an even or odd number
  unsigned symbols_to_start = 0;  // to be passed over before a puncture period begins

  friend bool operator==(const SymbolPhase&, const SymbolPhase&) = default;
};

// All that the modulation allows and the code can tell apart, each once, the most likely first.
std::vector<SymbolPhase> symbol_phases(Modulation modulation, ConvolutionalRate rate);

// Reads `count` symbols, whole puncture periods, as `phase` says, and writes two per step, 0 where none was sent.
// `symbols` points to the first one, whose number is odd or even as `first_is_odd` says; the one before it and the one
// behind the last must be there.
class SymbolReader {
 public:
  SymbolReader(const PuncturePattern& pattern, bool second_output_inverted);

  void read(const std::int8_t* symbols, std::size_t count, bool first_is_odd, const SymbolPhase& phase,
            std::vector<std::int8_t>& out);

 private:
  PuncturePattern pattern_;
  bool second_output_inverted_;
  std::vector<std::int8_t> turned_;
};

}  // namespace dl::link
