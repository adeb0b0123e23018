#include "decoders/packet_archive/archive.h"

#include <algorithm>

#include <fmt/format.h>

#include "decoders/minor_frame.h"
#include "decoders/packet_archive/outline.h"
#include "link/packets/packet_checksum.h"
#include "link/packets/time_code.h"
#include "link/packets/tip_splitter.h"

namespace dl::decoders::packet_archive {
namespace {

using calibrate::ArchivedPacket;
using link::PacketKind;

constexpr std::uint32_t kSpacePacketCounter = 1U << 14;

bool close_in_time(UtcTime a, UtcTime b) {
  return std::chrono::abs(a - b) <= kMaxTimeStep;
}

// The packet's own header, the counter of the minor frame, and the instrument's octets.
Bytes tip_record(const link::Packet& packet, std::span<const std::uint8_t> octets) {
  if (octets.empty()) return {packet.bytes.begin(), packet.bytes.end()};
  const ByteView frame = link::read_tip_packet(packet.bytes).frame;
  Bytes record(packet.bytes.begin(), packet.bytes.begin() + link::kTipPacketHeaderBytes);
  append_u16(record, minor_frame_counter(packet));
  for (const std::uint8_t octet : octets) record.push_back(frame[octet]);
  return record;
}

bool is_verified(const link::Packet& packet, const Definition& definition) {
  if (packet.kind == PacketKind::tip_frame) return true;
  return link::checksum_is_right(packet.bytes, link::PacketChecksum::xor_16) ||
         (definition.may_end_in_crc_16 && link::checksum_is_right(packet.bytes, link::PacketChecksum::crc_16));
}

std::string_view checksum_name(const Definition& definition, bool tip) {
  if (tip) return "parity of the HRPT words";
  return definition.may_end_in_crc_16 ? "xor_16 or crc_16 over the packet" : "xor_16 over the packet";
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::create(const Definition& definition, const PassContext& context) {
  if (!context.profile.packet_time && !context.profile.has_minor_frames()) {
    return fail(ErrorKind::config,
                fmt::format("the link profile '{}' does not say how packets tell their time: packets "
                            "of '{}' need [packets.time]",
                            context.profile.name, definition.id));
  }
  return std::unique_ptr<Archive>(new Archive(definition, context));
}

std::optional<UtcTime> Archive::time_of(const link::Packet& packet) const {
  if (packet.kind == PacketKind::tip_frame) {
    return minor_frame_time(packet, context_.started_at);
  }
  if (packet.kind != PacketKind::space || !packet.has_secondary_header || !context_.profile.packet_time) return {};
  return link::read_time(packet.data(), *context_.profile.packet_time, context_.started_at);
}

ArchivedPacket Archive::archived(const link::Packet& packet, UtcTime time) const {
  ArchivedPacket out;
  out.time = time;
  out.vcid = packet.vcid;
  out.apid = packet.apid;
  out.sequence_flags = packet.sequence_flags;
  out.verified = is_verified(packet, definition_);
  if (packet.kind == PacketKind::tip_frame) {
    out.sequence_count = minor_frame_counter(packet);
    out.bytes = tip_record(packet, definition_.tip_octets);
  } else {
    out.sequence_count = packet.sequence_count;
    out.bytes.assign(packet.bytes.begin(), packet.bytes.end());
  }
  const PacketRow* row = find_packet_row(definition_, packet.apid);
  out.length_unexpected = row != nullptr && row->size_bytes != 0 && row->size_bytes != out.bytes.size();
  return out;
}

Result<Accepted> Archive::push(const link::Packet& packet, GranuleSink& sink) {
  const std::optional<UtcTime> time = time_of(packet);
  if (!time) return Accepted::no;
  const std::size_t size = packet.bytes.size();
  ++packets_.units_in;
  packets_.bytes_in += size;
  Arrival arrival{archived(packet, *time), packet.quality.symbols_corrected, size};
  if (packet.kind == PacketKind::tip_frame &&
      arrival.packet.sequence_count >= minor_frames_in_major_frame(packet.apid)) {
    drop(DropReason::decoder_refused, size);
  } else if (!arrival.packet.verified) {
    reject(std::move(arrival));
  } else {
    DL_CHECK(take(std::move(arrival), sink));
  }
  return Accepted::yes;
}

void Archive::reject(Arrival arrival) {
  drop(DropReason::packet_checksum, arrival.size_bytes);
  if (rejected_bytes_ + arrival.size_bytes > kMaxRejectedBytes) return;
  rejected_bytes_ += arrival.size_bytes;
  rejected_.push_back(std::move(arrival));
}

Result<void> Archive::take(Arrival arrival, GranuleSink& sink) {
  const UtcTime time = arrival.packet.time;
  if (last_time_ && close_in_time(time, *last_time_)) return place(std::move(arrival), sink);
  if (doubted_ && close_in_time(time, doubted_->packet.time)) {
    Arrival believed = std::move(*doubted_);
    doubted_.reset();
    // Another time, as the playback of a recorder has it: what was open does not go on.
    while (!open_.empty()) DL_CHECK(close_first(sink));
    DL_CHECK(place(std::move(believed), sink));
    return place(std::move(arrival), sink);
  }
  if (doubted_) drop(DropReason::packet_time, doubted_->size_bytes);
  doubted_ = std::move(arrival);
  return {};
}

Result<void> Archive::place(Arrival arrival, GranuleSink& sink) {
  const UtcTime time = arrival.packet.time;
  const UtcTime start = floor_to(time, definition_.slot_length);
  if (closed_.contains(start)) {
    drop(DropReason::late_packet, arrival.size_bytes);
    return {};
  }
  last_time_ = time;
  const std::size_t size = arrival.size_bytes;
  const std::size_t kept = arrival.packet.bytes.size();
  if (!open_.try_emplace(start, start).first->second.add(std::move(arrival.packet), arrival.symbols_corrected)) {
    drop(DropReason::duplicate_packet, size);
    return {};
  }
  ++packets_.units_out;
  packets_.bytes_out += size;
  held_bytes_ += kept;
  while (held_bytes_ > kMaxHeldBytes) DL_CHECK(close_first(sink));
  return close_before(time - kLateness, sink);
}

Result<void> Archive::close_before(UtcTime time, GranuleSink& sink) {
  while (!open_.empty() && open_.begin()->first + definition_.slot_length <= time) DL_CHECK(close_first(sink));
  return {};
}

Result<void> Archive::close_first(GranuleSink& sink) {
  Slot slot = std::move(open_.begin()->second);
  open_.erase(open_.begin());
  held_bytes_ -= slot.size_bytes();
  closed_.insert(slot.start());
  std::erase_if(rejected_, [&](Arrival& arrival) {
    if (floor_to(arrival.packet.time, definition_.slot_length) != slot.start()) return false;
    rejected_bytes_ -= arrival.size_bytes;
    slot.add(std::move(arrival.packet), arrival.symbols_corrected);
    return true;
  });
  if (!last_closed_ || *last_closed_ + definition_.slot_length != slot.start()) last_counts_.clear();
  last_closed_ = slot.start();

  calibrate::PacketGranule granule;
  granule.platform = context_.profile.platform;
  granule.instrument = definition_.id;
  granule.title = definition_.title;
  granule.slot_start = slot.start();
  granule.slot_length = definition_.slot_length;
  const bool tip = context_.profile.has_minor_frames();
  granule.checksum = checksum_name(definition_, tip);
  const std::uint32_t counter_range =
      tip ? minor_frames_in_major_frame(definition_.packets.back().first_apid) : kSpacePacketCounter;
  std::move(slot).finish(counter_range, last_counts_, granule);
  for (const ArchivedPacket& packet : granule.packets) {
    const PacketRow* row = find_packet_row(definition_, packet.apid);
    if (row != nullptr) granule.kinds[packet.apid] = row->kind;
  }
  add_outline(granule, definition_.swath, *context_.orbits);
  return sink.accept_packets(std::move(granule));
}

Result<void> Archive::flush(GranuleSink& sink) {
  if (doubted_) {
    Arrival last = std::move(*doubted_);
    doubted_.reset();
    // The only packet of the pass has nothing that contradicts it.
    if (last_time_) {
      drop(DropReason::packet_time, last.size_bytes);
    } else {
      DL_CHECK(place(std::move(last), sink));
    }
  }
  while (!open_.empty()) DL_CHECK(close_first(sink));
  return {};
}

}  // namespace dl::decoders::packet_archive
