#include "link/frame.h"

namespace dl::link {

std::span<Byte> FrameBatch::add(const Frame& frame, std::size_t size_bytes) {
  const std::size_t offset = arena_.size();
  arena_.resize(offset + size_bytes);
  offsets_.push_back(offset);
  frames_.push_back(frame);
  frames_.back().bytes = std::span<Byte>(arena_).subspan(offset, size_bytes);
  return frames_.back().bytes;
}

void FrameBatch::clear() {
  frames_.clear();
  offsets_.clear();
  arena_.clear();
}

std::vector<Frame>& FrameBatch::frames() {
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    frames_[i].bytes = std::span<Byte>(arena_).subspan(offsets_[i], frames_[i].bytes.size());
  }
  return frames_;
}

}  // namespace dl::link
