#include "link/packets/packet_reassembler.h"

#include <algorithm>
#include <cassert>

namespace dl::link {
namespace {

using State = PacketExtent::State;

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](Byte byte) { return byte == 0; });
}

// Good is better than nothing said, and that is better than erred.
StationVerdict worse(StationVerdict a, StationVerdict b) {
  for (const StationVerdict bad : {StationVerdict::erred, StationVerdict::none}) {
    if (a == bad || b == bad) return bad;
  }
  return StationVerdict::good;
}

void merge_worst(FrameQuality& sum, const FrameQuality& other) {
  sum.marker_bit_errors = std::max(sum.marker_bit_errors, other.marker_bit_errors);
  sum.symbols_corrected = std::max(sum.symbols_corrected, other.symbols_corrected);
  sum.flywheel = sum.flywheel || other.flywheel;
  sum.station = worse(sum.station, other.station);
}

}  // namespace

PacketReassembler::PacketReassembler(const Profile& profile, std::uint8_t vcid, IdlePackets idle)
    : vcid_(vcid),
      encapsulation_(profile.encapsulation_packets),
      idle_(idle),
      checksums_(profile.checksums),
      sequences_(profile.sequence_count) {}

void PacketReassembler::push(const Frame& frame, PacketBatch& out) {
  losses_.bytes_in += frame.bytes.size();
  losses_.drop(DropReason::overhead, 0, frame.bytes.size() - frame.data_field.size());
  if (frame.passed_through) {
    pass_through(frame, out);
    return;
  }
  const ByteView field = frame.data_field;
  const std::uint16_t pointer = frame.first_header_pointer;
  if (frame.gap_before) drop_held(DropReason::packet_cut_by_gap);
  if (pointer == kIdleDataOnly) {
    losses_.drop(DropReason::idle, 0, field.size());
    return;
  }
  if (in_packet()) merge_worst(held_packet_.quality, frame.quality);
  if (pointer == kNoPacketStart) {
    continue_through(field, out);
  } else if (pointer < field.size()) {
    continue_to_pointer(field.first(pointer), out);
    begin_packets(field.subspan(pointer), frame, out);
  } else {
    ++pointer_mismatches_;
    drop_held(DropReason::packet_header);
    losses_.drop(DropReason::packet_header, 0, field.size());
  }
}

void PacketReassembler::flush() {
  drop_held(DropReason::packet_cut_by_end);
}

void PacketReassembler::pass_through(const Frame& frame, PacketBatch& out) {
  if (frame.data_field.empty() || frame.first_header_pointer == kIdleDataOnly) {
    losses_.drop(DropReason::idle, 0, frame.data_field.size());
    return;
  }
  ++losses_.units_in;
  Packet packet = packet_of(frame);
  packet.kind = PacketKind::frame_data;
  packet.gap_before = frame.gap_before;
  packet.bytes = frame.data_field;
  put_out(packet, out);
}

// A field in which no packet begins belongs to the packet in progress from end to end.
void PacketReassembler::continue_through(ByteView field, PacketBatch& out) {
  if (!in_packet()) {
    losses_.drop(DropReason::no_packet_start, 0, field.size());
    return;
  }
  const ByteView rest = complete_header(field);
  if (held_extent_.state == State::incomplete) return;
  if (held_extent_.state == State::good && held_.size() + rest.size() < held_extent_.size_bytes) {
    held_.insert(held_.end(), rest.begin(), rest.end());
    return;
  }
  complete_held(rest, out);
}

// Another packet begins behind `leading`: the packet in progress must end there.
void PacketReassembler::continue_to_pointer(ByteView leading, PacketBatch& out) {
  if (!in_packet()) {
    losses_.drop(DropReason::no_packet_start, 0, leading.size());
    return;
  }
  complete_held(complete_header(leading), out);
}

// Takes over from `more` what the held packet's header lacks, and returns what is left of it.
ByteView PacketReassembler::complete_header(ByteView more) {
  while (held_extent_.state == State::incomplete && !more.empty()) {
    held_.push_back(more.front());
    more = more.subspan(1);
    held_extent_ = packet_extent(held_, encapsulation_);
  }
  return more;
}

// The held packet must end within `more`, and nothing but padding stand behind it.
void PacketReassembler::complete_held(ByteView more, PacketBatch& out) {
  if (all_zero(held_) && all_zero(more)) {
    // Padding that looked like the first bytes of a header.
    losses_.drop(DropReason::idle, 0, more.size());
    drop_held(DropReason::idle);
    return;
  }
  const std::size_t size = held_extent_.size_bytes;
  const bool ends_here =
      held_extent_.state == State::good && size >= held_.size() && size - held_.size() <= more.size();
  if (!ends_here || !all_zero(more.subspan(size - held_.size()))) {
    ++pointer_mismatches_;
    losses_.drop(DropReason::packet_header, 0, more.size());
    drop_held(DropReason::packet_header);
    return;
  }
  const ByteView rest = more.first(size - held_.size());
  losses_.drop(DropReason::idle, 0, more.size() - rest.size());
  const std::span<Byte> bytes = out.allocate(size);
  std::copy(rest.begin(), rest.end(), std::copy(held_.begin(), held_.end(), bytes.begin()));
  put_out(read_packet(bytes, held_extent_.kind, held_packet_), out);
  held_.clear();
}

void PacketReassembler::begin_packets(ByteView bytes, const Frame& frame, PacketBatch& out) {
  const Packet arrival = packet_of(frame);
  while (!bytes.empty()) {
    // Zero bytes to the end of the field. A packet of APID 0 may begin with some; only then all are looked at.
    if (bytes[0] == 0 && bytes.size() >= kPacketHeaderBytes && read_u32(bytes, 0) == 0 && all_zero(bytes)) {
      losses_.drop(DropReason::idle, 0, bytes.size());
      return;
    }
    const PacketExtent extent = packet_extent(bytes, encapsulation_);
    if (extent.state == State::bad) {
      ++losses_.units_in;
      losses_.drop(DropReason::packet_header, 1, bytes.size());
      return;
    }
    if (extent.state == State::incomplete || extent.size_bytes > bytes.size()) {
      hold(bytes, frame);
      held_extent_ = extent;
      return;
    }
    ++losses_.units_in;
    put_out(read_packet(bytes.first(extent.size_bytes), extent.kind, arrival), out);
    bytes = bytes.subspan(extent.size_bytes);
  }
}

void PacketReassembler::hold(ByteView bytes, const Frame& frame) {
  ++losses_.units_in;
  held_.assign(bytes.begin(), bytes.end());
  held_packet_ = packet_of(frame);
}

void PacketReassembler::put_out(Packet packet, PacketBatch& out) {
  if (packet.kind != PacketKind::frame_data && is_idle_packet(packet.bytes, packet.kind)) {
    losses_.drop(DropReason::idle, 1, packet.bytes.size());
    if (idle_ == IdlePackets::put_out) out.add_view(packet);
    return;
  }
  if (!checksums_.right(packet)) {
    losses_.drop(DropReason::packet_checksum, 1, packet.bytes.size());
    return;
  }
  sequences_.take(packet);
  ++losses_.units_out;
  losses_.bytes_out += packet.bytes.size();
  out.add_view(packet);
}

void PacketReassembler::drop_held(DropReason reason) {
  if (in_packet()) losses_.drop(reason, 1, held_.size());
  held_.clear();
}

Packet PacketReassembler::packet_of(const Frame& frame) const {
  Packet packet;
  packet.vcid = vcid_;
  packet.quality = frame.quality;
  packet.received_at = frame.received_at;
  packet.input_offset = frame.input_offset;
  return packet;
}

}  // namespace dl::link
