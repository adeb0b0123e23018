#include "link/frame_encoder.h"

#include <algorithm>
#include <cassert>

#include "link/coding/frame_error_control.h"
#include "link/coding/header_error_control.h"
#include "link/coding/randomizer.h"
#include "link/frame.h"
#include "link/frames/aos_frame.h"
#include "link/frames/tm_frame.h"
#include "link/frames/uslp_frame.h"
#include "link/packets/space_packet.h"

namespace dl::link {
namespace {

constexpr std::size_t kOperationalControlBytes = 4;
constexpr std::size_t kUslpDataFieldHeaderBytes = 3;

std::size_t zone_start(const Profile& profile) {
  const std::size_t insert = profile.insert_zone_bytes;
  switch (profile.frame_kind) {
    case FrameKind::tm:
      return kTmHeaderBytes + insert;
    case FrameKind::uslp:
      return kUslpHeaderBytes + FrameEncoder::kUslpCounterBytes + insert + kUslpDataFieldHeaderBytes;
    default:
      return kAosHeaderBytes + (profile.header_error_control ? kAosHeaderErrorControlBytes : 0) + insert +
             kMPduHeaderBytes;
  }
}

std::size_t trailers_size(const Profile& profile) {
  return profile.trailer_bytes + (profile.operational_control ? kOperationalControlBytes : 0) +
         (profile.frame_error_control ? kFrameErrorControlBytes : 0);
}

// Of TM and M_PDU, which have the same two codes.
std::uint16_t pointer_of_11_bits(std::uint16_t first_header) {
  static_assert(kTmNoPacketStart == kMPduNoPacketStart && kTmIdleDataOnly == kMPduIdleDataOnly);
  if (first_header == kNoPacketStart) return kMPduNoPacketStart;
  return first_header == kIdleDataOnly ? kMPduIdleDataOnly : first_header;
}

}  // namespace

CaduEncoder::CaduEncoder(const Profile& profile) : profile_(profile) {
  assert(profile.cadu_bits() % 8 == 0 && profile.marker_bits % 8 == 0);
  if (profile.code != ReedSolomonCode::none) {
    reed_solomon_.emplace(
        CodeblockShape{profile.code, profile.basis, profile.interleave, profile.virtual_fill_bytes, profile.code_use});
  }
  const bool inside = profile.randomizer_place == RandomizerPlace::inside_code;
  mask_ = randomizer_mask(profile.randomizer, profile.randomizer_offset_bytes,
                          inside ? profile.frame_size_bytes() : profile.codeblock_size_bytes());
}

void CaduEncoder::encode(ByteView frame, Bytes& out) const {
  assert(frame.size() == profile_.frame_size_bytes());
  for (unsigned bits = profile_.marker_bits; bits > 0; bits -= 8) {
    out.push_back(static_cast<Byte>(profile_.marker >> (bits - 8)));
  }
  const std::size_t start = out.size();
  out.insert(out.end(), frame.begin(), frame.end());
  out.resize(start + profile_.codeblock_size_bytes());
  const std::span<Byte> codeblock = std::span<Byte>(out).subspan(start);
  const bool inside = profile_.randomizer_place == RandomizerPlace::inside_code;
  if (inside) add_mask(codeblock.first(frame.size()), mask_);
  if (reed_solomon_) reed_solomon_->encode(codeblock);
  if (!inside) add_mask(codeblock, mask_);
}

FrameEncoder::FrameEncoder(const Profile& profile)
    : profile_(profile),
      cadu_encoder_(profile),
      zone_start_(zone_start(profile)),
      zone_size_(profile.frame_size_bytes() - zone_start_ - trailers_size(profile)) {
  assert(!profile.has_minor_frames());
}

void FrameEncoder::add_packet(std::uint8_t vcid, ByteView packet, Bytes& out) {
  assert(!packet.empty());
  Channel& to = channel(vcid);
  if (!to.first_header) to.first_header = to.zone.size();
  while (!packet.empty()) {
    const std::size_t count = std::min(packet.size(), zone_size_ - to.zone.size());
    to.zone.insert(to.zone.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(count));
    packet = packet.subspan(count);
    if (to.zone.size() < zone_size_) return;
    const auto first_header = to.first_header ? static_cast<std::uint16_t>(*to.first_header) : kNoPacketStart;
    put_out(vcid, first_header, to.zone, out);
    to.zone.clear();
    to.first_header.reset();
  }
}

void FrameEncoder::complete_frame(std::uint8_t vcid, Bytes& out) {
  Channel& to = channel(vcid);
  // An idle packet that runs over into the next frame by a few bytes makes that frame a started one.
  while (!to.zone.empty()) {
    const std::size_t size = std::max(kMinPacketBytes, zone_size_ - to.zone.size());
    SpacePacketHeader header;
    header.apid = kIdleApid;
    header.sequence_count = to.idle_sequence_count++;
    Bytes idle;
    append_space_packet(header, Bytes(size - kPacketHeaderBytes, 0), idle);
    add_packet(vcid, idle, out);
  }
}

void FrameEncoder::add_idle_frame(Bytes& out) {
  std::uint8_t vcid = profile_.idle_vcids.empty() ? 63 : profile_.idle_vcids.front();
  if (profile_.frame_kind == FrameKind::tm) vcid = std::min(vcid, kTmMaxVcid);
  put_out(vcid, kIdleDataOnly, Bytes(zone_size_, 0), out);
}

void FrameEncoder::set_counter(std::uint8_t vcid, std::uint32_t counter) {
  channel(vcid).counter = counter & counter_mask();
}

std::uint32_t FrameEncoder::counter_mask() const {
  if (profile_.frame_kind == FrameKind::tm) return 0xFF;
  static_assert(kUslpCounterBytes == 3);
  return kAosCounterMask;
}

FrameEncoder::Channel& FrameEncoder::channel(std::uint8_t vcid) {
  assert(vcid < channels_.size());
  if (!channels_[vcid]) channels_[vcid] = std::make_unique<Channel>();
  return *channels_[vcid];
}

void FrameEncoder::put_out(std::uint8_t vcid, std::uint16_t first_header, ByteView zone, Bytes& out) {
  Channel& from = channel(vcid);
  Bytes frame(profile_.frame_size_bytes());
  write_headers(vcid, from.counter, first_header, frame);
  std::copy(zone.begin(), zone.end(), frame.begin() + static_cast<std::ptrdiff_t>(zone_start_));
  write_trailers(frame);
  from.counter = (from.counter + 1) & counter_mask();
  ++master_counter_;
  cadu_encoder_.encode(frame, out);
}

void FrameEncoder::write_headers(std::uint8_t vcid, std::uint32_t counter, std::uint16_t first_header,
                                 std::span<Byte> frame) {
  if (profile_.frame_kind == FrameKind::tm) {
    write_tm_header({.version = profile_.frame_version,
                     .scid = profile_.scid,
                     .vcid = vcid,
                     .has_operational_control = profile_.operational_control,
                     .master_counter = master_counter_,
                     .counter = static_cast<std::uint8_t>(counter),
                     .first_header_pointer = pointer_of_11_bits(first_header)},
                    frame);
    return;
  }
  if (profile_.frame_kind == FrameKind::uslp) {
    write_uslp_header({.version = profile_.frame_version,
                       .scid = profile_.scid,
                       .vcid = vcid,
                       .frame_size_bytes = static_cast<std::uint32_t>(frame.size()),
                       .sequence_controlled = false,
                       .has_operational_control = profile_.operational_control,
                       .counter_bytes = kUslpCounterBytes,
                       .counter = counter},
                      frame);
    const bool idle = first_header == kIdleDataOnly;
    write_uslp_data_field_header({.rule = UslpRule::packets_spanning_frames,
                                  .protocol = idle ? kUslpIdleProtocol : kUslpPacketsProtocol,
                                  .pointer = idle ? kUslpNoPointer : first_header},
                                 frame.subspan(zone_start_ - kUslpDataFieldHeaderBytes));
    return;
  }
  write_aos_header({.version = profile_.frame_version, .scid = profile_.scid, .vcid = vcid, .counter = counter}, frame);
  if (profile_.header_error_control) write_header_error_control(frame);
  const std::uint16_t pointer = pointer_of_11_bits(first_header);
  frame[zone_start_ - 2] = static_cast<Byte>(pointer >> 8);
  frame[zone_start_ - 1] = static_cast<Byte>(pointer);
}

void FrameEncoder::write_trailers(std::span<Byte> frame) const {
  const std::size_t check = profile_.frame_error_control ? kFrameErrorControlBytes : 0;
  if (profile_.operational_control) {
    const std::size_t start = frame.size() - check - kOperationalControlBytes;
    for (unsigned i = 0; i < kOperationalControlBytes; ++i) {
      frame[start + i] = static_cast<Byte>(operational_control_ >> (24 - 8 * i));
    }
  }
  if (profile_.frame_error_control) write_frame_error_control(frame);
}

}  // namespace dl::link
