#include "link/frame.h"

#include <algorithm>

namespace dl::link {

std::span<Byte> FrameBatch::add(const Frame& frame, std::size_t size_bytes) {
  if (arena_size_ - used_ < size_bytes) grow(used_ + size_bytes);
  const std::span<Byte> room(arena_.get() + used_, size_bytes);
  used_ += size_bytes;
  frames_.push_back(frame);
  frames_.back().bytes = room;
  return room;
}

void FrameBatch::clear() {
  frames_.clear();
  used_ = 0;
}

// The frames that are there move with their bytes.
void FrameBatch::grow(std::size_t size_bytes) {
  const std::size_t size = std::max(size_bytes, 2 * arena_size_);
  auto arena = std::make_unique_for_overwrite<Byte[]>(size);
  std::copy_n(arena_.get(), used_, arena.get());
  for (Frame& frame : frames_) {
    frame.bytes = std::span<Byte>(arena.get() + (frame.bytes.data() - arena_.get()), frame.bytes.size());
  }
  arena_ = std::move(arena);
  arena_size_ = size;
}

}  // namespace dl::link
