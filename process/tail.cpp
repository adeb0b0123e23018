#include "process/tail.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::process {

Result<void> Tail::refresh() {
  if (reader_) return reader_->refresh();
  DL_TRY(auto reader, recording::RecordingReader::open(directory_));
  reader_.emplace(std::move(reader));
  return {};
}

// The stretch to step over that holds or follows `position_`, if any: the one that begins first.
std::optional<Tail::SteppedOver> Tail::next_stepped_over() const {
  std::optional<SteppedOver> next;
  const auto consider = [&](std::uint64_t offset, std::uint64_t end, DropReason reason) {
    if (end > position_ && (!next || offset < next->offset)) next = SteppedOver{offset, end, reason};
  };
  for (const auto& stretch : reader_->missing()) consider(stretch.offset, stretch.end(), DropReason::torn_recording);
  for (const auto& stretch : quarantine_) {
    consider(stretch.offset, stretch.offset + stretch.size, DropReason::quarantined);
  }
  return next;
}

Result<std::size_t> Tail::read_block() {
  if (!has_more()) return 0;
  DL_CHECK(refresh());
  const std::uint64_t readable = std::min(recorded_bytes_, reader_->size_bytes());
  if (position_ >= readable) {
    if (!ended_) return 0;
    return fail(ErrorKind::io, fmt::format("the recording '{}' has {} bytes, downlinkd said {}", directory_.string(),
                                           reader_->size_bytes(), recorded_bytes_));
  }
  const std::optional<SteppedOver> stretch = next_stepped_over();
  const bool inside = stretch && stretch->offset <= position_;
  std::uint64_t end = readable;
  if (stretch) end = std::min(end, inside ? stretch->end : stretch->offset);
  // Blocks end on a fixed grid, so that a crash is found at the same place whatever arrived when.
  end = std::min(end, (position_ / kBlockBytes + 1) * kBlockBytes);
  block_.resize(static_cast<std::size_t>(end - position_));
  DL_TRY(const std::size_t count, reader_->read(position_, block_));
  block_.resize(count);
  block_done_ = 0;
  block_reason_.reset();
  if (inside) block_reason_ = stretch->reason;
  return count;
}

Tail::Piece Tail::next_piece() {
  Piece piece;
  piece.bytes = ByteView(block_).subspan(block_done_);
  if (piece.bytes.empty()) return piece;
  piece.reason = block_reason_;
  const Arrival arrival = arrivals_.at(reader_->chunks(), position_);
  if (!piece.reason)
    piece.bytes = piece.bytes.first(std::min<std::uint64_t>(piece.bytes.size(), arrival.end - position_));
  piece.received_at = arrival.received_at;
  piece.station = arrival.station;
  received_up_to_ = std::max(received_up_to_, arrival.received_at);
  block_done_ += piece.bytes.size();
  position_ += piece.bytes.size();
  return piece;
}

void Tail::rewind() {
  position_ = 0;
  block_.clear();
  block_done_ = 0;
  arrivals_ = {};
  received_up_to_ = {};
}

Result<UtcTime> Tail::next_received_at() {
  DL_CHECK(refresh());
  return arrivals_.at(reader_->chunks(), position_).received_at;
}

}  // namespace dl::process
