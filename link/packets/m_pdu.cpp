#include "link/packets/m_pdu.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "link/frames/aos_frame.h"

namespace dl::link {
namespace {

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](Byte byte) { return byte == 0; });
}

bool has_packet_version(ByteView header) {
  return header[0] >> 5 == 0;
}

void merge_worst(FrameQuality& sum, const FrameQuality& other) {
  sum.marker_bit_errors = std::max(sum.marker_bit_errors, other.marker_bit_errors);
  sum.symbols_corrected = std::max(sum.symbols_corrected, other.symbols_corrected);
  sum.flywheel = sum.flywheel || other.flywheel;
}

}  // namespace

MPduReassembler::MPduReassembler(const Profile& profile, std::uint8_t vcid, IdlePackets idle)
    : zone_start_(kAosHeaderBytes + profile.insert_zone_bytes + kMPduHeaderBytes),
      trailer_bytes_(profile.trailer_bytes),
      vcid_(vcid),
      idle_(idle),
      sequences_(profile.sequence_count) {}

void MPduReassembler::push(const Frame& frame, PacketBatch& out) {
  assert(frame.bytes.size() > zone_start_ + trailer_bytes_);
  losses_.bytes_in += frame.bytes.size();
  losses_.drop(DropReason::overhead, 0, zone_start_ + trailer_bytes_);
  const ByteView zone = ByteView(frame.bytes).subspan(zone_start_, frame.bytes.size() - zone_start_ - trailer_bytes_);
  const std::uint16_t pointer = read_u16(frame.bytes, zone_start_ - kMPduHeaderBytes) & 0x7FF;

  if (frame.gap_before) drop_held(DropReason::packet_cut_by_gap);
  if (in_packet()) merge_worst(held_packet_.quality, frame.quality);

  if (pointer == kMPduIdleDataOnly) {
    drop_mismatched();
    losses_.drop(DropReason::idle, 0, zone.size());
  } else if (pointer == kMPduNoPacketStart) {
    continue_through(zone, out);
  } else if (pointer < zone.size()) {
    continue_to_pointer(zone.first(pointer), out);
    begin_packets(zone.subspan(pointer), frame, out);
  } else {
    drop_mismatched();
    losses_.drop(DropReason::packet_header, 0, zone.size());
  }
}

void MPduReassembler::flush() {
  drop_held(DropReason::packet_cut_by_end);
}

// A zone in which no packet begins belongs to the packet in progress from end to end.
void MPduReassembler::continue_through(ByteView zone, PacketBatch& out) {
  if (!in_packet()) {
    losses_.drop(DropReason::no_packet_start, 0, zone.size());
    return;
  }
  held_.insert(held_.end(), zone.begin(), zone.end());
  const std::size_t size = held_packet_size();
  if (size != 0 && !has_packet_version(held_)) {
    drop_held(DropReason::packet_header);
    return;
  }
  if (size == 0 || held_.size() < size) return;
  if (!all_zero(ByteView(held_).subspan(size))) {
    drop_mismatched();
    return;
  }
  put_out_held(size, out);
}

// Another packet begins behind `leading`: the packet in progress must end there.
void MPduReassembler::continue_to_pointer(ByteView leading, PacketBatch& out) {
  if (!in_packet()) {
    losses_.drop(DropReason::no_packet_start, 0, leading.size());
    return;
  }
  held_.insert(held_.end(), leading.begin(), leading.end());
  const std::size_t size = held_packet_size();
  const bool ends_here =
      size != 0 && has_packet_version(held_) && held_.size() >= size && all_zero(ByteView(held_).subspan(size));
  if (ends_here) {
    put_out_held(size, out);
  } else {
    drop_mismatched();
  }
}

void MPduReassembler::begin_packets(ByteView bytes, const Frame& frame, PacketBatch& out) {
  while (!bytes.empty()) {
    if (bytes.size() < kPacketHeaderBytes) {
      hold(bytes, frame);
      return;
    }
    if (all_zero(bytes.first(kPacketHeaderBytes)) && all_zero(bytes)) {
      losses_.drop(DropReason::idle, 0, bytes.size());
      return;
    }
    if (!has_packet_version(bytes)) {
      ++losses_.units_in;
      losses_.drop(DropReason::packet_header, 1, bytes.size());
      return;
    }
    const std::size_t size = parse_space_packet_header(bytes).packet_size_bytes();
    if (bytes.size() < size) {
      hold(bytes, frame);
      return;
    }
    ++losses_.units_in;
    put_out(bytes.first(size), packet_of(frame), out);
    bytes = bytes.subspan(size);
  }
}

void MPduReassembler::hold(ByteView bytes, const Frame& frame) {
  ++losses_.units_in;
  held_.assign(bytes.begin(), bytes.end());
  held_packet_ = packet_of(frame);
}

void MPduReassembler::put_out(ByteView bytes, Packet packet, PacketBatch& out) {
  const SpacePacketHeader header = parse_space_packet_header(bytes);
  packet.vcid = vcid_;
  packet.apid = header.apid;
  packet.sequence_flags = header.sequence_flags;
  packet.sequence_count = header.sequence_count;
  packet.has_secondary_header = header.has_secondary_header;
  packet.bytes = bytes;
  if (header.apid == kIdleApid) {
    losses_.drop(DropReason::idle, 1, bytes.size());
    if (idle_ == IdlePackets::swallowed) return;
  } else {
    sequences_.take(packet);
    ++losses_.units_out;
    losses_.bytes_out += bytes.size();
  }
  out.add(std::move(packet));
}

// What is held behind the packet's end is padding.
void MPduReassembler::put_out_held(std::size_t size_bytes, PacketBatch& out) {
  losses_.drop(DropReason::idle, 0, held_.size() - size_bytes);
  put_out(ByteView(held_).first(size_bytes), held_packet_, out);
  held_.clear();
}

void MPduReassembler::drop_held(DropReason reason) {
  if (in_packet()) losses_.drop(reason, 1, held_.size());
  held_.clear();
}

void MPduReassembler::drop_mismatched() {
  if (!in_packet()) return;
  // Fewer zero bytes than a header has: padding that looked like the first bytes of one.
  if (held_.size() < kPacketHeaderBytes && all_zero(held_)) {
    drop_held(DropReason::idle);
    return;
  }
  ++pointer_mismatches_;
  drop_held(DropReason::packet_header);
}

std::size_t MPduReassembler::held_packet_size() const {
  if (held_.size() < kPacketHeaderBytes) return 0;
  return parse_space_packet_header(held_).packet_size_bytes();
}

Packet MPduReassembler::packet_of(const Frame& frame) {
  Packet packet;
  packet.quality = frame.quality;
  packet.received_at = frame.received_at;
  packet.input_offset = frame.input_offset;
  return packet;
}

}  // namespace dl::link
