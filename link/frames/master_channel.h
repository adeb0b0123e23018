// The master channel counter of TM frames: one count of 8 bits over all virtual channels of a spacecraft
// (CCSDS 132.0-B 4.1.2.5). What is lost is seen here once, whichever channel it was of; a loss of exactly 256 frames,
// or a multiple of it, is invisible here as in a virtual channel of so short a counter.
#pragma once

#include <cstdint>
#include <optional>

namespace dl::link {

class MasterChannel {
 public:
  struct Counts {
    std::uint64_t frames = 0;
    std::uint64_t gaps = 0;
    std::uint64_t frames_lost = 0;  // in the gaps, of whatever virtual channel; modulo 256 in each gap
  };

  // From the last frame taken to this one: 1 when none is missing, 0 for the same once more. 1 before the first.
  [[nodiscard]] std::uint8_t steps_to(std::uint8_t counter) const {
    return last_ ? static_cast<std::uint8_t>(counter - *last_) : std::uint8_t{1};
  }

  // A frame that is neither a repetition nor late, idle ones included.
  void take(std::uint8_t counter) {
    const std::uint8_t steps = steps_to(counter);
    ++counts_.frames;
    last_ = counter;
    if (steps == 1) return;
    ++counts_.gaps;
    counts_.frames_lost += static_cast<std::uint8_t>(steps - 1);
  }

  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  std::optional<std::uint8_t> last_;
  Counts counts_;
};

}  // namespace dl::link
