#include "link/frames/frame_memory.h"

#include <utility>

namespace dl::link {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
constexpr std::size_t kFirstSlots = 64;
// Of one look-up, whatever was remembered. Chance comes to a few hundred; what collides more often is forgotten.
constexpr std::size_t kMostProbes = 1024;

std::uint64_t key_of(std::uint32_t first, std::uint32_t second) {
  const std::uint64_t key = (std::uint64_t{first} << 32) | second;
  return key == kEmpty ? key - 1 : key;
}

// Counters run in sequence: eight in a row share a cache line. The lines are spread, or a count that starts anew would
// fall on the long unbroken run of the one before it, and be looked for to its end each time.
std::size_t first_slot(std::uint32_t first, std::size_t slots) {
  constexpr std::uint64_t kOddFraction = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio (Knuth, vol. 3, 6.4)
  const std::uint64_t line = (std::uint64_t{first} >> 3) * kOddFraction >> 32;
  return static_cast<std::size_t>(line << 3 | (first & 7U)) & (slots - 1);
}

}  // namespace

FrameMemory::Answer FrameMemory::Generation::look_up(std::uint32_t first, std::uint32_t second) const {
  if (slots.empty()) return Answer::unknown;
  Answer answer = Answer::unknown;
  std::size_t i = first_slot(first, slots.size());
  for (std::size_t probe = 0; probe < kMostProbes && slots[i] != kEmpty; ++probe, i = (i + 1) & (slots.size() - 1)) {
    if (slots[i] == key_of(first, second)) return Answer::same;
    if (slots[i] >> 32 == first) answer = Answer::other;
  }
  return answer;
}

void FrameMemory::Generation::insert(std::uint64_t key) {
  if (2 * (used + 1) > slots.size()) grow();
  std::size_t i = first_slot(static_cast<std::uint32_t>(key >> 32), slots.size());
  for (std::size_t probe = 1; probe < kMostProbes && slots[i] != kEmpty; ++probe) i = (i + 1) & (slots.size() - 1);
  slots[i] = key;
  ++used;
}

void FrameMemory::Generation::grow() {
  std::vector<std::uint64_t> before(slots.empty() ? kFirstSlots : 2 * slots.size(), kEmpty);
  std::swap(before, slots);
  used = 0;
  for (const std::uint64_t key : before) {
    if (key != kEmpty) insert(key);
  }
}

FrameMemory::Answer FrameMemory::look_up(std::uint32_t first, std::uint32_t second) const {
  const Answer recent = recent_.look_up(first, second);
  if (recent == Answer::same) return recent;
  const Answer old = old_.look_up(first, second);
  return old == Answer::unknown ? recent : old;
}

void FrameMemory::remember(std::uint32_t first, std::uint32_t second) {
  if (recent_.used >= kGenerationFrames) {
    has_forgotten_ = has_forgotten_ || old_.used > 0;
    old_ = std::exchange(recent_, {});
  }
  recent_.insert(key_of(first, second));
}

}  // namespace dl::link
