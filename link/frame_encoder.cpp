#include "link/frame_encoder.h"

#include <algorithm>
#include <cassert>

#include "link/coding/randomizer.h"
#include "link/frames/aos_frame.h"
#include "link/packets/m_pdu.h"
#include "link/packets/space_packet.h"

namespace dl::link {

CaduEncoder::CaduEncoder(const Profile& profile) : profile_(profile) {
  if (profile.code == ReedSolomonCode::rs_255_223) {
    reed_solomon_.emplace(profile.basis, profile.interleave, profile.virtual_fill_bytes);
  }
}

void CaduEncoder::encode(ByteView frame, Bytes& out) const {
  assert(frame.size() == profile_.frame_size_bytes());
  for (unsigned shift = profile_.marker_bits; shift > 0; shift -= 8) {
    out.push_back(static_cast<Byte>(profile_.marker >> (shift - 8)));
  }
  const std::size_t start = out.size();
  out.insert(out.end(), frame.begin(), frame.end());
  out.resize(start + profile_.cadu_size_bytes - profile_.marker_bits / 8);
  const std::span<Byte> codeblock = std::span<Byte>(out).subspan(start);
  if (reed_solomon_) reed_solomon_->encode(codeblock);
  if (profile_.randomizer == Randomizer::ccsds_255) apply_randomizer(codeblock);
}

FrameEncoder::FrameEncoder(const Profile& profile)
    : profile_(profile),
      cadu_encoder_(profile),
      zone_start_(kAosHeaderBytes + profile.insert_zone_bytes + kMPduHeaderBytes),
      zone_size_(profile.frame_size_bytes() - zone_start_ - profile.trailer_bytes) {}

void FrameEncoder::add_packet(std::uint8_t vcid, ByteView packet, Bytes& out) {
  assert(packet.size() >= kMinPacketBytes && packet.size() <= kMaxPacketBytes);
  Channel& to = channel(vcid);
  if (!to.first_header) to.first_header = to.zone.size();
  while (!packet.empty()) {
    const std::size_t count = std::min(packet.size(), zone_size_ - to.zone.size());
    to.zone.insert(to.zone.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(count));
    packet = packet.subspan(count);
    if (to.zone.size() < zone_size_) return;
    const auto pointer = to.first_header ? static_cast<std::uint16_t>(*to.first_header) : kMPduNoPacketStart;
    put_out(vcid, pointer, to.zone, out);
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
  assert(!profile_.idle_vcids.empty());
  put_out(profile_.idle_vcids.front(), kMPduIdleDataOnly, Bytes(zone_size_, 0), out);
}

void FrameEncoder::set_counter(std::uint8_t vcid, std::uint32_t counter) {
  channel(vcid).counter = counter & kAosCounterMask;
}

FrameEncoder::Channel& FrameEncoder::channel(std::uint8_t vcid) {
  assert(vcid < channels_.size());
  if (!channels_[vcid]) channels_[vcid] = std::make_unique<Channel>();
  return *channels_[vcid];
}

void FrameEncoder::put_out(std::uint8_t vcid, std::uint16_t first_header_pointer, ByteView zone, Bytes& out) {
  Channel& from = channel(vcid);
  Bytes frame(profile_.frame_size_bytes());
  AosHeader header;
  header.version = profile_.frame_version;
  header.scid = static_cast<std::uint8_t>(profile_.scid);
  header.vcid = vcid;
  header.counter = from.counter;
  write_aos_header(header, frame);
  frame[zone_start_ - 2] = static_cast<Byte>(first_header_pointer >> 8);
  frame[zone_start_ - 1] = static_cast<Byte>(first_header_pointer);
  std::copy(zone.begin(), zone.end(), frame.begin() + static_cast<std::ptrdiff_t>(zone_start_));
  from.counter = (from.counter + 1) & kAosCounterMask;
  cadu_encoder_.encode(frame, out);
}

}  // namespace dl::link
