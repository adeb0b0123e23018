#include "decoders/jpss_ephemeris/ephemeris_packet.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <optional>

#include "link/packets/space_packet.h"

namespace dl::decoders::jpss_ephemeris {

namespace {

constexpr UtcTime kEpoch = std::chrono::sys_days(std::chrono::year(1958) / 1 / 1);
constexpr std::size_t kTimeOffset = link::kPacketHeaderBytes;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kSpacecraftOffset = kTimeOffset + kTimeBytes;
constexpr std::size_t kEphemerisTimeOffset = kSpacecraftOffset + 1;
constexpr std::size_t kPositionOffset = kEphemerisTimeOffset + kTimeBytes;
constexpr std::size_t kVelocityOffset = kPositionOffset + 12;
constexpr double kMetre_km = 1e-3;

// Days, milliseconds of the day, microseconds of the millisecond. 86400999 ms: a leap second's last.
std::optional<UtcTime> read_time(ByteView bytes, std::size_t offset) {
  const std::uint32_t milliseconds = read_u32(bytes, offset + 2);
  const std::uint16_t microseconds = read_u16(bytes, offset + 6);
  if (milliseconds >= 86401000 || microseconds >= 1000) return std::nullopt;
  return kEpoch + std::chrono::days(read_u16(bytes, offset)) + Milliseconds(milliseconds) + Microseconds(microseconds);
}

void append_time(Bytes& out, UtcTime time) {
  const auto since = time - kEpoch;
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const auto millisecond = std::chrono::floor<Milliseconds>(since - day);
  append_u16(out, static_cast<std::uint16_t>(day.count()));
  append_u32(out, static_cast<std::uint32_t>(millisecond.count()));
  append_u16(out, static_cast<std::uint16_t>((since - day - millisecond).count()));
}

calibrate::Vector3 read_vector_km(ByteView bytes, std::size_t offset) {
  const auto number = [&](std::size_t i) {
    return kMetre_km * static_cast<double>(std::bit_cast<float>(read_u32(bytes, offset + 4 * i)));
  };
  return {number(0), number(1), number(2)};
}

void append_vector(Bytes& out, const calibrate::Vector3& km) {
  for (const double number : {km.x, km.y, km.z}) {
    append_u32(out, std::bit_cast<std::uint32_t>(static_cast<float>(number / kMetre_km)));
  }
}

bool is_finite(const calibrate::Vector3& v) {
  return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z);
}

}  // namespace

tl::expected<calibrate::EphemerisSample, DropReason> decode_ephemeris_packet(ByteView packet, std::uint8_t spacecraft) {
  if (packet.size() != kPacketBytes) return tl::unexpected(DropReason::packet_length);
  if (packet[kSpacecraftOffset] != spacecraft) return tl::unexpected(DropReason::frame_scid);
  const auto sent = read_time(packet, kTimeOffset);
  const auto valid = read_time(packet, kEphemerisTimeOffset);
  if (!sent || !valid || std::chrono::abs(*sent - *valid) > kLargestTimeDifference) {
    return tl::unexpected(DropReason::packet_time);
  }
  calibrate::EphemerisSample sample;
  sample.time = *valid;
  sample.state = {read_vector_km(packet, kPositionOffset), read_vector_km(packet, kVelocityOffset)};
  if (!is_finite(sample.state.position_km) || !is_finite(sample.state.velocity_km_s)) {
    return tl::unexpected(DropReason::decoder_refused);
  }
  sample.origin.assign(packet.begin() + link::kPacketHeaderBytes, packet.end());
  return sample;
}

Bytes encode_ephemeris_packet(UtcTime time, const calibrate::StateVector& earth_fixed, std::uint8_t spacecraft,
                              std::uint16_t sequence_count) {
  Bytes data;
  append_time(data, time);
  data.push_back(spacecraft);
  append_time(data, time);
  append_vector(data, earth_fixed.position_km);
  append_vector(data, earth_fixed.velocity_km_s);
  append_time(data, time);
  for (int i = 0; i < 4; ++i) append_u32(data, std::bit_cast<std::uint32_t>(i == 3 ? 1.0F : 0.0F));
  link::SpacePacketHeader header;
  header.has_secondary_header = true;
  header.apid = kApid;
  header.sequence_count = sequence_count;
  Bytes packet;
  link::append_space_packet(header, data, packet);
  return packet;
}

}  // namespace dl::decoders::jpss_ephemeris
