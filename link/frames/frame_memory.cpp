#include "link/frames/frame_memory.h"

#include <utility>

namespace dl::link {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
constexpr std::size_t kFirstSlots = 1024;

std::uint64_t key_of(std::uint32_t first, std::uint32_t second) {
  const std::uint64_t key = (std::uint64_t{first} << 32) | second;
  return key == kEmpty ? key - 1 : key;
}

// Counters run in sequence, and a CRC is as good as random: their low bits spread them well.
std::size_t first_slot(std::uint32_t first, std::size_t slots) {
  return first & (slots - 1);
}

}  // namespace

FrameMemory::Answer FrameMemory::Generation::look_up(std::uint32_t first, std::uint32_t second) const {
  if (slots.empty()) return Answer::unknown;
  Answer answer = Answer::unknown;
  for (std::size_t i = first_slot(first, slots.size()); slots[i] != kEmpty; i = (i + 1) & (slots.size() - 1)) {
    if (slots[i] == key_of(first, second)) return Answer::same;
    if (slots[i] >> 32 == first) answer = Answer::other;
  }
  return answer;
}

void FrameMemory::Generation::insert(std::uint64_t key) {
  if (4 * (used + 1) > 3 * slots.size()) grow();
  std::size_t i = first_slot(static_cast<std::uint32_t>(key >> 32), slots.size());
  while (slots[i] != kEmpty) i = (i + 1) & (slots.size() - 1);
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
