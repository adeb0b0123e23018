#include "link/frames/frame_memory.h"

#include <utility>

namespace dl::link {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};  // no counter of 24 bits makes this
constexpr std::size_t kFirstSlots = 1024;

std::uint64_t key_of(std::uint32_t counter, std::uint32_t crc) {
  return (std::uint64_t{counter} << 32) | crc;
}

// Counters run in sequence: their low bits spread them perfectly.
std::size_t first_slot(std::uint32_t counter, std::size_t slots) {
  return counter & (slots - 1);
}

}  // namespace

FrameMemory::Answer FrameMemory::Generation::look_up(std::uint32_t counter, std::uint32_t crc) const {
  if (slots.empty()) return Answer::unknown;
  Answer answer = Answer::unknown;
  for (std::size_t i = first_slot(counter, slots.size()); slots[i] != kEmpty; i = (i + 1) & (slots.size() - 1)) {
    if (slots[i] == key_of(counter, crc)) return Answer::same;
    if (slots[i] >> 32 == counter) answer = Answer::other_content;
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

FrameMemory::Answer FrameMemory::look_up(std::uint32_t counter, std::uint32_t crc) const {
  const Answer recent = recent_.look_up(counter, crc);
  if (recent == Answer::same) return recent;
  const Answer old = old_.look_up(counter, crc);
  return old == Answer::unknown ? recent : old;
}

void FrameMemory::remember(std::uint32_t counter, std::uint32_t crc) {
  if (recent_.used >= kGenerationFrames) {
    has_forgotten_ = has_forgotten_ || old_.used > 0;
    old_ = std::exchange(recent_, {});
  }
  recent_.insert(key_of(counter, crc));
}

}  // namespace dl::link
