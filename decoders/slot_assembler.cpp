#include "decoders/slot_assembler.h"

#include <algorithm>
#include <cassert>

#include "calibrate/calibrated_granule.h"

namespace dl::decoders {
namespace {

constexpr Seconds kMaxTimeStep{60};
constexpr Seconds kMaxGapInPass{900};
// A line that is due this close to the edge of a slot may come in either: neither misses it.
constexpr Milliseconds kEdge{10};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

bool close_in_time(UtcTime a, UtcTime b) {
  return std::chrono::abs(a - b) <= kMaxTimeStep;
}

}  // namespace

bool SlotLine::received() const {
  return std::any_of(parts.begin(), parts.end(), [](const Bytes& part) { return !part.empty(); });
}

void SlotAssembler::count_packet(std::size_t size_bytes) {
  ++packets_.units_in;
  packets_.bytes_in += size_bytes;
}

void SlotAssembler::drop_packet(DropReason reason, std::uint64_t packets, std::size_t size_bytes) {
  packets_.drop(reason, packets, size_bytes);
}

void SlotAssembler::drop_line(DropReason reason, const LineArrival& arrival) {
  drop(reason, arrival);
  ++lines_.units_in;
  lines_.drop(reason, 1, 0);
}

Result<void> SlotAssembler::push(LineArrival arrival, const Close& close) {
  assert(arrival.part < parts_ && !arrival.data.empty());
  if (last_time_ && close_in_time(arrival.time, *last_time_)) {
    if (doubted_) drop(DropReason::packet_time, *doubted_);
    doubted_.reset();
    return place(std::move(arrival), close);
  }
  if (doubted_ && close_in_time(arrival.time, doubted_->time)) {
    LineArrival believed = std::move(*doubted_);
    doubted_.reset();
    if (last_time_) believed.flags |= calibrate::kLineTimeJump;
    DL_CHECK(place(std::move(believed), close));
    return place(std::move(arrival), close);
  }
  if (doubted_) drop(DropReason::packet_time, *doubted_);
  doubted_ = std::move(arrival);
  return {};
}

Result<void> SlotAssembler::place(LineArrival arrival, const Close& close) {
  const UtcTime time = arrival.time;
  const std::size_t size_bytes = arrival.packet.size();
  const UtcTime slot = floor_to(time, slot_length_);
  const bool a_little_back = open_ && slot < open_->start && last_time_ && close_in_time(time, *last_time_);
  if (closed_.contains(slot) || a_little_back) {
    drop_line(DropReason::late_packet, arrival);
    return {};
  }
  if (!open_ || open_->start != slot) DL_CHECK(change_slot(slot, time, close));
  last_time_ = time;
  if (!add(arrival)) {
    drop_line(DropReason::duplicate_packet, arrival);
    return {};
  }
  packets_.units_out += arrival.packets;
  packets_.bytes_out += size_bytes;
  return {};
}

Result<void> SlotAssembler::change_slot(UtcTime slot, UtcTime time, const Close& close) {
  const bool next_slot = open_ && slot == open_->start + slot_length_;
  if (open_) {
    if (!next_slot && time > *last_time_ && time - *last_time_ <= kMaxGapInPass) {
      const std::int64_t periods =
          floor_divide((time - *last_time_).count() * rate_.lines_in_period * 2 + rate_.period_us, 2 * rate_.period_us);
      const std::uint64_t missing = periods < 2 ? 0 : static_cast<std::uint64_t>(periods - 1);
      lines_.units_in += missing;
      lines_.drop(DropReason::missing_line, missing, 0);
    }
    DL_CHECK(close_slot(next_slot, close));
  }
  open_.emplace(slot, next_slot);
  return {};
}

std::int64_t SlotAssembler::place_of(UtcTime time) const {
  const std::int64_t twice = 2 * rate_.lines_in_period * (time - open_->first_time).count();
  return std::max<std::int64_t>(0, open_->first_place + floor_divide(twice + rate_.period_us, 2 * rate_.period_us));
}

UtcTime SlotAssembler::time_of(std::int64_t place) const {
  const std::int64_t lines = place - open_->first_place;
  return open_->first_time + Microseconds(floor_divide(lines * rate_.period_us, rate_.lines_in_period));
}

bool SlotAssembler::add(LineArrival& arrival) {
  Open& open = *open_;
  if (open.lines.empty()) {
    open.first_time = arrival.time;
    const Microseconds into_slot = std::max(Microseconds(0), arrival.time - open.start - Microseconds(kEdge));
    open.first_place = into_slot.count() * rate_.lines_in_period / rate_.period_us;
  }
  const std::int64_t place = place_of(arrival.time);
  auto [found, is_new] = open.lines.try_emplace(place);
  SlotLine& line = found->second;
  if (is_new) {
    line.time = arrival.time;
    line.parts.resize(parts_);
  }
  if (!line.parts[arrival.part].empty()) return false;
  line.flags |= arrival.flags;
  if (arrival.quality.symbols_corrected > 0) line.flags |= calibrate::kLineRsCorrected;
  if (arrival.gap_before) line.flags |= calibrate::kLineGapBefore;
  open.hash.update(arrival.packet);
  open.packets += arrival.packets;
  open.symbols_corrected += arrival.quality.symbols_corrected;
  if (arrival.gap_before) ++open.gaps;
  line.parts[arrival.part] = std::move(arrival.data);
  return true;
}

Result<void> SlotAssembler::close_slot(bool to_slot_end, const Close& close) {
  Open& open = *open_;
  LineSlot slot;
  slot.start = open.start;
  slot.packets_sha256 = to_hex(open.hash.finish());
  slot.packets = open.packets;
  slot.symbols_corrected = open.symbols_corrected;
  slot.gaps = open.gaps;

  const std::int64_t first = open.follows_slot ? 0 : open.lines.begin()->first;
  std::int64_t last = open.lines.rbegin()->first;
  while (to_slot_end && time_of(last + 1) + kEdge < open.start + slot_length_) ++last;
  for (std::int64_t place = first; place <= last; ++place) {
    ++lines_.units_in;
    if (const auto found = open.lines.find(place); found != open.lines.end()) {
      ++lines_.units_out;
      const auto& parts = found->second.parts;
      const bool whole = std::none_of(parts.begin(), parts.end(), [](const Bytes& part) { return part.empty(); });
      if (!whole) found->second.flags |= calibrate::kLinePartial;
      slot.lines.push_back(std::move(found->second));
      continue;
    }
    lines_.drop(DropReason::missing_line, 1, 0);
    slot.lines.push_back(
        {time_of(place), calibrate::kLineMissing | calibrate::kLineTimeInterpolated, std::vector<Bytes>(parts_)});
  }
  closed_.insert(open.start);
  open_.reset();
  return close(slot);
}

Result<void> SlotAssembler::flush(const Close& close) {
  if (doubted_) {
    LineArrival last = std::move(*doubted_);
    doubted_.reset();
    // The only line of the pass has nothing that contradicts it.
    if (last_time_) {
      drop(DropReason::packet_time, last);
    } else {
      DL_CHECK(place(std::move(last), close));
    }
  }
  if (!open_) return {};
  return close_slot(false, close);
}

}  // namespace dl::decoders
