#include "link/frames/frame_check.h"

#include "link/coding/frame_error_control.h"
#include "link/coding/header_error_control.h"
#include "link/frames/aos_frame.h"
#include "link/frames/hrpt_frame.h"
#include "link/frames/tm_frame.h"
#include "link/frames/uslp_frame.h"

namespace dl::link {
namespace {

constexpr std::size_t kOperationalControlBytes = 4;

// The version of a frame of unknown kind: two bits, and four where these are the first two of USLP's.
std::uint8_t version_of(ByteView frame) {
  const auto version = static_cast<std::uint8_t>(frame[0] >> 6);
  return version == kUslpVersion >> 2 ? static_cast<std::uint8_t>(frame[0] >> 4) : version;
}

std::size_t header_bytes(FrameKind kind) {
  return kind == FrameKind::uslp ? kUslpTruncatedHeaderBytes : kAosHeaderBytes;
}

}  // namespace

FrameCheck::FrameCheck(const Profile& profile)
    : profile_(profile), proved_by_code_(profile.code != ReedSolomonCode::none || profile.frame_error_control) {
  for (const std::uint8_t vcid : profile.idle_vcids) idle_.set(vcid % kVirtualChannels);
  for (const auto& row : profile.services) services_[row.vcid % kVirtualChannels] = row.service;
}

void FrameCheck::check(FrameBatch& batch) {
  for (Frame& frame : batch.frames()) {
    follow_input(frame);
    if (frame.dropped) continue;
    frame.dropped = judge(frame);
    ++losses_.units_in;
    losses_.bytes_in += frame.bytes.size();
    if (!frame.dropped) {
      ++losses_.units_out;
      losses_.bytes_out += frame.bytes.size();
      continue;
    }
    losses_.drop(*frame.dropped, 1, frame.bytes.size());
    if (is_loss(*frame.dropped)) ++breaks_;
  }
}

// Only in a stream of bits does the place of a frame show that none was lost before it.
void FrameCheck::follow_input(const Frame& frame) {
  if (frame.dropped) ++breaks_;
  if (profile_.form != InputForm::bits) return;
  const std::uint64_t least = profile_.cadu_bits() / 8;
  const std::uint64_t most = (profile_.cadu_bits() + 7) / 8;
  if (last_input_offset_) {
    const std::uint64_t step = frame.input_offset - *last_input_offset_;
    // A slip of the bit clock that was followed moves the marker by a byte at most.
    if (step + 1 < least || step > most + 1) ++breaks_;
  }
  last_input_offset_ = frame.input_offset;
}

FrameCheck::Verdict FrameCheck::judge(Frame& frame) {
  frame.breaks_before = breaks_;
  if (profile_.has_minor_frames()) return read_minor_frame(frame);
  if (frame.bytes.size() < header_bytes(profile_.frame_kind)) return DropReason::frame_header;
  if (profile_.frame_kind == FrameKind::aos && profile_.header_error_control) {
    if (frame.bytes.size() < kHeaderErrorControlEnd) return DropReason::frame_header;
    if (!correct_header(frame.bytes)) return DropReason::header_error_control;
  }
  if (profile_.frame_error_control && !frame_error_control_is_right(frame.bytes)) return DropReason::fecf_bad;
  const std::uint8_t version = version_of(frame.bytes);
  if (version != profile_.frame_version) return foreign_version(version, frame);
  switch (profile_.frame_kind) {
    case FrameKind::tm:
      return read_tm(frame);
    case FrameKind::uslp:
      return read_uslp(frame);
    default:
      return read_aos(frame);
  }
}

FrameCheck::Verdict FrameCheck::foreign_version(std::uint8_t version, const Frame& frame) {
  static_assert(kTmHeaderBytes == kAosHeaderBytes);
  if (frame.bytes.size() < kAosHeaderBytes) return DropReason::frame_version;
  std::optional<std::uint16_t> scid;
  if (version == kTmVersion) scid = parse_tm_header(frame.bytes).scid;
  if (version == kAosVersion) scid = parse_aos_header(frame.bytes).scid;
  if (version == kUslpVersion) scid = static_cast<std::uint16_t>(read_u24(frame.bytes, 0) >> 4);
  if (scid) ++other_spacecraft_[{version, *scid}];
  return DropReason::frame_version;
}

FrameCheck::Verdict FrameCheck::check_identity(std::uint8_t version, const Frame& frame) {
  if (frame.scid != profile_.scid) {
    ++other_spacecraft_[{version, frame.scid}];
    return DropReason::frame_scid;
  }
  if (frame.quality.station == StationVerdict::erred && !proved_by_code_) return DropReason::station_erred;
  if (idle_[frame.vcid]) return DropReason::idle;
  return std::nullopt;
}

// What lies between the header, with the insert zone, and the fields at the end. Empty when nothing does.
std::span<Byte> FrameCheck::between(const Frame& frame, std::size_t header_bytes, bool operational_control) const {
  const std::size_t start = header_bytes;
  const std::size_t end = profile_.trailer_bytes + (operational_control ? kOperationalControlBytes : 0) +
                          (profile_.frame_error_control ? kFrameErrorControlBytes : 0);
  if (start + end >= frame.bytes.size()) return {};
  return frame.bytes.subspan(start, frame.bytes.size() - start - end);
}

FrameCheck::Verdict FrameCheck::read_tm(Frame& frame) {
  const TmHeader header = parse_tm_header(frame.bytes);
  frame.scid = header.scid;
  frame.vcid = header.vcid;
  frame.counter_bits = kTmCounterBits;
  frame.counter = header.counter;
  frame.master_counter = header.master_counter;
  if (const Verdict verdict = check_identity(header.version, frame)) return verdict;
  std::size_t start = kTmHeaderBytes + profile_.insert_zone_bytes;
  if (header.has_secondary_header) {
    if (frame.bytes.size() <= start) return DropReason::frame_header;
    const auto secondary = tm_secondary_header_size(ByteView(frame.bytes).subspan(start));
    if (!secondary) return DropReason::frame_header;
    start += *secondary;
  }
  frame.data_field = between(frame, start, header.has_operational_control);
  if (frame.data_field.empty()) return DropReason::frame_header;
  frame.passed_through = header.carries_no_packets || services_[frame.vcid] != VirtualChannelService::packets;
  if (frame.passed_through) return std::nullopt;
  frame.first_header_pointer = header.first_header_pointer;
  if (header.first_header_pointer == kTmNoPacketStart) frame.first_header_pointer = kNoPacketStart;
  if (header.first_header_pointer == kTmIdleDataOnly) frame.first_header_pointer = kIdleDataOnly;
  return std::nullopt;
}

FrameCheck::Verdict FrameCheck::read_aos(Frame& frame) {
  const AosHeader header = parse_aos_header(frame.bytes, profile_.extended_scid);
  frame.scid = header.scid;
  frame.vcid = header.vcid;
  frame.counter_bits = header.counter_bits();
  frame.counter = header.counter;
  if (const Verdict verdict = check_identity(header.version, frame)) return verdict;
  const std::size_t start =
      kAosHeaderBytes + (profile_.header_error_control ? kAosHeaderErrorControlBytes : 0) + profile_.insert_zone_bytes;
  return read_aos_zone(frame, between(frame, start, profile_.operational_control));
}

FrameCheck::Verdict FrameCheck::read_aos_zone(Frame& frame, std::span<Byte> zone) const {
  const VirtualChannelService service = services_[frame.vcid];
  frame.passed_through = service != VirtualChannelService::packets;
  if (service == VirtualChannelService::access) {
    frame.data_field = zone;
    return zone.empty() ? Verdict(DropReason::frame_header) : std::nullopt;
  }
  static_assert(kMPduHeaderBytes == kBPduHeaderBytes);
  if (zone.size() <= kMPduHeaderBytes) return DropReason::frame_header;
  const std::uint16_t field = read_u16(zone, 0);
  frame.data_field = zone.subspan(kMPduHeaderBytes);
  if (service == VirtualChannelService::packets) {
    const std::uint16_t pointer = field & 0x7FF;
    frame.first_header_pointer = pointer;
    if (pointer == kMPduNoPacketStart) frame.first_header_pointer = kNoPacketStart;
    if (pointer == kMPduIdleDataOnly) frame.first_header_pointer = kIdleDataOnly;
    return std::nullopt;
  }
  const std::uint16_t last_valid_bit = field & 0x3FFF;
  if (last_valid_bit == kBPduAllValid) return std::nullopt;
  if (last_valid_bit == kBPduIdleDataOnly) {
    frame.first_header_pointer = kIdleDataOnly;
    return std::nullopt;
  }
  if (last_valid_bit / 8U >= frame.data_field.size()) return DropReason::frame_header;
  frame.data_field = frame.data_field.first(last_valid_bit / 8U + 1);
  return std::nullopt;
}

FrameCheck::Verdict FrameCheck::read_uslp(Frame& frame) {
  const auto header = parse_uslp_header(frame.bytes);
  if (!header) return DropReason::frame_header;
  frame.scid = header->scid;
  frame.vcid = header->vcid;
  frame.map_id = header->map_id;
  frame.sequence_controlled = header->sequence_controlled;
  frame.counter_bits = static_cast<std::uint8_t>(8 * std::min(header->counter_bytes, 4U));
  frame.counter = static_cast<std::uint32_t>(header->counter);
  if (const Verdict verdict = check_identity(header->version, frame)) return verdict;
  if (!header->truncated && header->frame_size_bytes != frame.bytes.size()) return DropReason::frame_header;
  // Protocol control commands are for the machines at the ends of the link and carry none of the spacecraft's data.
  if (header->protocol_control_command) return DropReason::idle;
  const std::size_t insert_zone = header->truncated ? 0 : profile_.insert_zone_bytes;
  const std::span<Byte> field = between(frame, header->size_bytes() + insert_zone, header->has_operational_control);
  return read_uslp_zone(frame, field, services_[frame.vcid] == VirtualChannelService::packets);
}

FrameCheck::Verdict FrameCheck::read_uslp_zone(Frame& frame, std::span<Byte> field, bool packets) {
  const auto header = parse_uslp_data_field_header(field);
  if (!header || field.size() <= header->size_bytes()) return DropReason::frame_header;
  frame.data_field = field.subspan(header->size_bytes());
  if (header->protocol == kUslpIdleProtocol) {
    frame.first_header_pointer = kIdleDataOnly;
    return std::nullopt;
  }
  frame.passed_through = !packets || header->protocol != kUslpPacketsProtocol;
  switch (header->rule) {
    case UslpRule::packets_spanning_frames:
      if (header->pointer != kUslpNoPointer) frame.first_header_pointer = header->pointer;
      return std::nullopt;
    case UslpRule::access_start:
    case UslpRule::access_continued:
      frame.passed_through = true;
      if (header->pointer == kUslpNoPointer) return std::nullopt;
      if (header->pointer >= frame.data_field.size()) return DropReason::frame_header;
      frame.data_field = frame.data_field.first(header->pointer + std::size_t{1});
      return std::nullopt;
    case UslpRule::octet_stream:
      frame.passed_through = true;
      return std::nullopt;
    case UslpRule::segment_start:
    case UslpRule::unsegmented:
      frame.first_header_pointer = 0;
      return std::nullopt;
    case UslpRule::segment_continued:
    case UslpRule::segment_last:
      return std::nullopt;
  }
  return std::nullopt;
}

FrameCheck::Verdict FrameCheck::read_minor_frame(Frame& frame) {
  frame.data_field = between(frame, profile_.insert_zone_bytes, false);
  if (frame.data_field.empty()) return DropReason::frame_header;
  frame.scid = profile_.scid;
  if (profile_.frame_kind == FrameKind::hrpt) {
    if (frame.data_field.size() != kHrptFrameBytes) return DropReason::frame_header;
    frame.scid = parse_hrpt_header(frame.data_field).spacecraft_address;
  }
  if (frame.scid != profile_.scid && profile_.scid_known) {
    ++other_spacecraft_[{profile_.frame_version, frame.scid}];
    return DropReason::frame_scid;
  }
  if (frame.quality.station == StationVerdict::erred && !proved_by_code_) return DropReason::station_erred;
  frame.vcid = 0;
  frame.counter_bits = 0;
  frame.counter = 0;
  frame.passed_through = true;
  return std::nullopt;
}

std::vector<ScidCount> FrameCheck::other_spacecraft() const {
  std::vector<ScidCount> counts;
  counts.reserve(other_spacecraft_.size());
  for (const auto& [id, frames] : other_spacecraft_) counts.push_back({id.first, id.second, frames});
  return counts;
}

}  // namespace dl::link
