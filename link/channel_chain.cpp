#include "link/channel_chain.h"

#include <algorithm>

namespace dl::link {
namespace {

void add(VirtualChannel::Counts& sum, const VirtualChannel::Counts& other) {
  if (other.frames == 0) return;
  if (sum.frames == 0) {
    sum = other;
    return;
  }
  // Of two counts in one channel the expedited one names its ends.
  sum.frames += other.frames;
  sum.gaps += other.gaps;
  sum.frames_lost += other.frames_lost;
  sum.counter_resets += other.counter_resets;
  sum.frozen_frames += other.frozen_frames;
  sum.idle_frames += other.idle_frames;
  sum.flywheel_frames += other.flywheel_frames;
  sum.frames_with_corrections += other.frames_with_corrections;
  sum.symbols_corrected += other.symbols_corrected;
  sum.marker_bit_errors += other.marker_bit_errors;
}

void add(std::vector<ApidReport>& sum, const std::vector<ApidReport>& other) {
  for (const ApidReport& row : other) {
    const auto place = std::lower_bound(sum.begin(), sum.end(), row, [](const ApidReport& a, const ApidReport& b) {
      return std::pair(a.kind, a.apid) < std::pair(b.kind, b.apid);
    });
    if (place == sum.end() || place->kind != row.kind || place->apid != row.apid) {
      sum.insert(place, row);
      continue;
    }
    place->counts.packets += row.counts.packets;
    place->counts.bytes += row.counts.bytes;
    place->counts.gaps += row.counts.gaps;
    place->counts.packets_missing += row.counts.packets_missing;
    place->counts.repeats += row.counts.repeats;
    place->counts.backward_steps += row.counts.backward_steps;
  }
}

}  // namespace

std::uint64_t VirtualChannelReport::discarded_fragments() const {
  return packets.dropped(DropReason::packet_cut_by_gap).units + packets.dropped(DropReason::packet_cut_by_end).units +
         packets.dropped(DropReason::packet_header).units;
}

ChannelChain::ChannelChain(const Profile& profile, std::uint8_t vcid, IdlePackets idle)
    : profile_(profile),
      vcid_(vcid),
      idle_(idle),
      counters_{VirtualChannel(profile.form == InputForm::bits), VirtualChannel(profile.form == InputForm::bits)} {
  if (profile.frame_kind == FrameKind::hrpt) tip_.emplace();
}

void ChannelChain::push(Frame& frame, std::uint8_t master_steps, PacketBatch& out) {
  counters_[frame.sequence_controlled ? 1 : 0].take(frame, master_steps);
  if (frame.dropped) return;
  MapStream& to = stream(frame.map_id);
  if (frame.gap_before) {
    for (const auto& other : streams_) other->gap_pending = true;
  }
  frame.gap_before = frame.gap_before || to.gap_pending;
  to.gap_pending = false;
  to.packets.push(frame, out);
  if (tip_) tip_->push(frame, out);
}

void ChannelChain::flush() {
  for (const auto& stream : streams_) stream->packets.flush();
}

std::uint64_t ChannelChain::breaks() const {
  std::uint64_t sum = 0;
  for (const VirtualChannel& counter : counters_) sum += counter.counts().gaps + counter.counts().counter_resets;
  return sum;
}

ChannelChain::MapStream& ChannelChain::stream(std::uint8_t map_id) {
  for (const auto& stream : streams_) {
    if (stream->map_id == map_id) return *stream;
  }
  streams_.push_back(std::make_unique<MapStream>(MapStream{map_id, false, PacketReassembler(profile_, vcid_, idle_)}));
  return *streams_.back();
}

VirtualChannelReport ChannelChain::report() const {
  VirtualChannelReport report;
  report.vcid = vcid_;
  for (const VirtualChannel& counter : counters_) {
    add(report.counts, counter.counts());
    report.frames.merge(counter.losses());
  }
  for (const auto& stream : streams_) {
    report.pointer_mismatches += stream->packets.pointer_mismatches();
    report.packets.merge(stream->packets.losses());
    add(report.apids, stream->packets.sequences().rows());
  }
  if (tip_) {
    report.tip_frames = tip_->losses();
    add(report.apids, tip_->sequences().rows());
  }
  return report;
}

}  // namespace dl::link
