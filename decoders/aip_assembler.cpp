#include "decoders/aip_assembler.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "link/packets/tip_splitter.h"

namespace dl::decoders {
namespace {

// Time codes are whole milliseconds.
constexpr Milliseconds kTimeTolerance{50};
constexpr std::uint16_t kMaxDayOfYear = 366;
// A unit that sends anything completes a packet in a major frame.
constexpr std::uint64_t kMaxFrames = 2 * kAipFrames;
constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;

bool is_fill(std::uint16_t word) {
  return (word & 1) != 0 && (word & 0xFF) != 0xFF && word >> 8 != 0xFF;
}

link::FrameQuality worst(const link::FrameQuality& a, const link::FrameQuality& b) {
  return {std::max(a.marker_bit_errors, b.marker_bit_errors), std::max(a.symbols_corrected, b.symbols_corrected),
          a.flywheel || b.flywheel, std::max(a.station, b.station)};
}

}  // namespace

AipAssembler::AipAssembler(std::span<const AipUnit> units, UtcTime reference)
    : units_(units), reference_(reference), open_(units.size()) {}

bool AipAssembler::follows(std::size_t counter, UtcTime time) const {
  return last_counter_ && counter == (*last_counter_ + 1) % kAipFrames &&
         std::chrono::abs(time - last_time_ - kMinorFramePeriod) <= kTimeTolerance;
}

void AipAssembler::begin_anew(DropReason reason, AipOutput& out) {
  if (frame_count_ > 0) {
    const bool begun = std::any_of(open_.begin(), open_.end(), [](const Open& open) { return open.begun; });
    out.drops.push_back({begun ? reason : DropReason::no_packet_start, frame_count_, frames_.size()});
  }
  for (Open& open : open_) open = {};
  frames_.clear();
  frame_count_ = 0;
  quality_ = {};
}

void AipAssembler::push(const link::Packet& packet, AipOutput& out) {
  assert(packet.kind == link::PacketKind::tip_frame && packet.apid == link::kAipApid);
  const link::TipPacket tip = link::read_tip_packet(packet.bytes);
  if (tip.day_of_year < 1 || tip.day_of_year > kMaxDayOfYear || tip.millisecond_of_day >= kMillisecondsPerDay) {
    out.drops.push_back({DropReason::packet_time, 1, packet.bytes.size()});
    return;
  }
  const std::size_t counter = minor_frame_counter(packet);
  if (counter >= kAipFrames) {
    out.drops.push_back({DropReason::decoder_refused, 1, packet.bytes.size()});
    return;
  }
  const UtcTime time = minor_frame_time(packet, reference_);
  if (!follows(counter, time)) {
    gap_before_ = gap_before_ || last_counter_.has_value();
    begin_anew(DropReason::packet_cut_by_gap, out);
  }
  if (frame_count_ == kMaxFrames) begin_anew(DropReason::decoder_refused, out);
  last_counter_ = counter;
  last_time_ = time;
  gap_before_ = gap_before_ || packet.gap_before;
  frames_.reserve(kAipFrames * link::kTipPacketBytes);
  frames_.insert(frames_.end(), packet.bytes.begin(), packet.bytes.end());
  ++frame_count_;
  quality_ = worst(quality_, packet.quality);
  const UtcTime major_frame = time - kMinorFramePeriod * static_cast<std::int64_t>(counter);
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    take(unit, counter, major_frame, tip.frame.subspan(units_[unit].first_octet, units_[unit].octets), out);
  }
}

void AipAssembler::flush(AipOutput& out) {
  begin_anew(DropReason::packet_cut_by_end, out);
  last_counter_.reset();
}

void AipAssembler::take(std::size_t unit, std::size_t counter, UtcTime major_frame, ByteView octets, AipOutput& out) {
  if (units_[unit].layout == AipLayout::fixed_places) {
    take_place(unit, counter, major_frame, octets, out);
    return;
  }
  for (std::size_t at = 0; at + 1 < octets.size(); at += 2) take_word(unit, major_frame, read_u16(octets, at), out);
}

void AipAssembler::take_word(std::size_t unit, UtcTime major_frame, std::uint16_t word, AipOutput& out) {
  if (is_fill(word)) return;
  Open& open = open_[unit];
  const bool synchronisation = word == kAipSynchronisation;
  // Within a packet it says that the one before was cut.
  if (synchronisation) open = {true, major_frame, {}};
  if (!open.begun) return;
  if (!synchronisation && open.data.size() == 2 && word >> 8 != 0xFF) {
    open = {};
    return;
  }
  append_u16(open.data, word);
  complete_if_whole(unit, out);
}

void AipAssembler::take_place(std::size_t unit, std::size_t counter, UtcTime major_frame, ByteView octets,
                              AipOutput& out) {
  const AipUnit& layout = units_[unit];
  Open& open = open_[unit];
  const std::size_t first = counter * layout.octets;
  for (std::size_t index = 0; index < layout.places.size(); ++index) {
    const std::size_t begin = layout.places[index];
    const std::size_t end = begin + layout.science_bytes;
    if (end <= first || begin >= first + layout.octets) continue;
    if (begin >= first) {
      const auto part = static_cast<std::int64_t>(index);
      const auto of = static_cast<std::int64_t>(layout.places.size());
      open = {true, major_frame + Microseconds(kAipMajorFramePeriod) * part / of, {}};
    }
    if (!open.begun) continue;
    const std::size_t from = std::max(begin, first) - first;
    const std::size_t to = std::min(end - first, layout.octets);
    open.data.insert(open.data.end(), octets.begin() + static_cast<std::ptrdiff_t>(from),
                     octets.begin() + static_cast<std::ptrdiff_t>(to));
    complete_if_whole(unit, out);
  }
}

void AipAssembler::complete_if_whole(std::size_t unit, AipOutput& out) {
  Open& open = open_[unit];
  if (open.data.size() < units_[unit].science_bytes) return;
  out.science.push_back({unit, open.time, std::move(open.data), std::move(frames_), frame_count_, quality_,
                         std::exchange(gap_before_, false)});
  open = {};
  frames_ = {};
  frame_count_ = 0;
  quality_ = {};
}

}  // namespace dl::decoders
