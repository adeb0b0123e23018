// Remembers which frames a virtual channel has passed on: counter and CRC-32C of the content. The first of a pair finds
// the place, so it should be the one that tells frames apart: a long counter, or of frames that share a few counters
// the CRC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dl::link {

// Grows as it fills; holds the last 2^19 to 2^20 frames in two generations of which the older is dropped whole.
// 8 bytes a slot, at most half of the slots in use.
class FrameMemory {
 public:
  static constexpr std::size_t kGenerationFrames = std::size_t{1} << 19;

  enum class Answer {
    unknown,  // nothing with this first
    same,     // this pair
    other,    // this first, only with another second
  };

  [[nodiscard]] Answer look_up(std::uint32_t first, std::uint32_t second) const;
  void remember(std::uint32_t first, std::uint32_t second);

  // Some frame has been forgotten: "unknown" no longer proves that it was never there.
  [[nodiscard]] bool has_forgotten() const { return has_forgotten_; }

 private:
  // Open addressing by the first, so that all pairs with it lie in one probe run.
  struct Generation {
    std::vector<std::uint64_t> slots;  // first and second, kEmpty where free; the size is a power of two
    std::size_t used = 0;
    [[nodiscard]] Answer look_up(std::uint32_t first, std::uint32_t second) const;
    void insert(std::uint64_t key);
    void grow();
  };

  Generation recent_;
  Generation old_;
  bool has_forgotten_ = false;
};

}  // namespace dl::link
