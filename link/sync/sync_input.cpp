#include "link/sync/sync_input.h"

#include <cassert>
#include <cstring>

namespace dl::link {

void SyncInput::arrive(std::size_t size_bytes, UtcTime received_at, StationVerdict station) {
  const bool as_before = first_arrival_ < arrivals_.size() && arrivals_.back().received_at == received_at &&
                         arrivals_.back().station == station;
  if (!as_before) arrivals_.push_back({arrived_, received_at, station});
  arrived_ += size_bytes;
}

void SyncInput::append(ByteView bytes) {
  if (held_end_ + bytes.size() > held_.size()) {
    const std::size_t live = held_end_ - held_begin_;
    if (live > 0) std::memmove(held_.data(), held_.data() + held_begin_, live);
    held_begin_ = 0;
    held_end_ = live;
    // Twice what is needed: each byte is moved once at most, however small the pushes.
    if (2 * (live + bytes.size()) > held_.size()) held_.resize(2 * (live + bytes.size()));
  }
  if (!bytes.empty()) std::memcpy(held_.data() + held_end_, bytes.data(), bytes.size());
  held_end_ += bytes.size();
  window_ = ByteView(held_).subspan(held_begin_, held_end_ - held_begin_);
}

void SyncInput::look_at(ByteView bytes, std::uint64_t offset) {
  held_begin_ = held_end_ = 0;
  window_ = bytes;
  begin_ = offset;
}

void SyncInput::keep_from(std::uint64_t offset) {
  assert(offset >= begin_ && offset <= end());
  const auto given_up = static_cast<std::size_t>(offset - begin_);
  begin_ = offset;
  if (held_end_ > held_begin_) {
    held_begin_ += given_up;
    window_ = window_.subspan(given_up);
  } else {
    append(window_.subspan(given_up));
  }
  while (first_arrival_ + 1 < arrivals_.size() && arrivals_[first_arrival_ + 1].offset <= offset) ++first_arrival_;
  if (2 * first_arrival_ >= arrivals_.size()) {
    arrivals_.erase(arrivals_.begin(), arrivals_.begin() + static_cast<std::ptrdiff_t>(first_arrival_));
    first_arrival_ = 0;
  }
}

void SyncInput::skip(std::uint64_t size_bytes) {
  assert(window_.empty());
  begin_ += size_bytes;
  arrived_ += size_bytes;
  arrivals_.clear();
  first_arrival_ = 0;
}

SyncInput::Stamp SyncInput::stamp(std::uint64_t first, std::uint64_t last) const {
  std::size_t at = first_arrival_;
  assert(at < arrivals_.size() && arrivals_[at].offset <= first);
  while (at + 1 < arrivals_.size() && arrivals_[at + 1].offset <= first) ++at;
  Stamp stamp{arrivals_[at].received_at, arrivals_[at].station};
  for (++at; at < arrivals_.size() && arrivals_[at].offset <= last; ++at) {
    if (arrivals_[at].station == stamp.station) continue;
    const bool erred = stamp.station == StationVerdict::erred || arrivals_[at].station == StationVerdict::erred;
    stamp.station = erred ? StationVerdict::erred : StationVerdict::none;
  }
  return stamp;
}

}  // namespace dl::link
