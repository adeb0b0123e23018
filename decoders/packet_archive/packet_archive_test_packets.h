// What the tests of this folder share: packets with a right checksum, and a sink that keeps what it is given.
#pragma once

#include <cmath>
#include <memory>
#include <numbers>
#include <string_view>
#include <vector>

#include "decoders/packet_archive/archive.h"
#include "decoders/packet_archive/definition.h"
#include "link/packets/tip_splitter.h"

namespace dl::decoders::packet_archive::testing {

// Made up: the orbit of tools/downlink-sim.
inline constexpr std::string_view kMetopElements =
    "1 38771U 12049A   26132.25000000  .00000080  00000-0  56000-4 0  9996\n"
    "2 38771  98.6900 192.0000 0001200  90.0000 120.0000 14.21480000707001\n";

inline std::shared_ptr<calibrate::OrbitBook> metop_orbits() {
  return std::make_shared<calibrate::OrbitBook>(kMetopElements, 38771);
}

inline UtcTime at(std::string_view text) {
  return *parse_utc(text);
}

inline PassContext metop_context() {
  PassContext context;
  context.profile.name = "metop-b";
  context.profile.platform = "metop-b";
  context.profile.norad_id = 38771;
  context.profile.packet_time = link::PacketTime{.epoch_days_from_1970 = 10957};
  context.started_at = at("2026-05-12T08:54:00Z");
  return context;
}

struct Made {
  Bytes bytes;
  std::uint16_t symbols_corrected = 0;

  // Views `bytes`.
  [[nodiscard]] link::Packet packet() const {
    link::Packet packet;
    packet.apid = read_u16(bytes, 0) & 0x7FF;
    packet.sequence_flags = static_cast<std::uint8_t>(bytes[2] >> 6);
    packet.sequence_count = read_u16(bytes, 2) & 0x3FFF;
    packet.has_secondary_header = true;
    packet.quality.symbols_corrected = symbols_corrected;
    packet.bytes = bytes;
    return packet;
  }
};

// `size_bytes` is even, 16 at least; the last word makes the exclusive or of all words 0.
inline Made metop_packet(std::uint16_t apid, std::size_t count, UtcTime time, std::size_t size_bytes) {
  Made made;
  Bytes& bytes = made.bytes;
  append_u16(bytes, static_cast<std::uint16_t>(0x0800 | apid));
  append_u16(bytes, static_cast<std::uint16_t>(0xC000 | (count & 0x3FFF)));
  append_u16(bytes, static_cast<std::uint16_t>(size_bytes - 7));
  const auto since = time - at("2000-01-01");
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const auto millisecond = std::chrono::floor<Milliseconds>(since - day);
  append_u16(bytes, static_cast<std::uint16_t>(day.count()));
  append_u32(bytes, static_cast<std::uint32_t>(millisecond.count()));
  append_u16(bytes, static_cast<std::uint16_t>((since - day - millisecond).count()));
  while (bytes.size() < size_bytes - 2) bytes.push_back(static_cast<Byte>(bytes.size() * 13 + count * 7 + apid));
  std::uint16_t parity = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) parity ^= read_u16(bytes, i);
  append_u16(bytes, parity);
  return made;
}

inline PassContext noaa_context() {
  PassContext context;
  context.profile.name = "noaa-19-hrpt";
  context.profile.platform = "noaa-19";
  context.profile.frame_kind = link::FrameKind::hrpt;
  context.started_at = at("2009-12-31T23:58:00Z");
  return context;
}

// A packet of link/packets/tip_splitter.h; octet i of the minor frame is i but for the counter in 4 and 5.
inline Bytes tip_packet(std::uint8_t place, std::uint16_t day_of_year, std::uint32_t millisecond,
                        std::uint16_t counter) {
  Bytes bytes = {15, place};
  append_u16(bytes, day_of_year);
  append_u32(bytes, millisecond);
  for (std::size_t i = 0; i < link::kTipFrameBytes; ++i) bytes.push_back(static_cast<Byte>(i));
  bytes[link::kTipPacketHeaderBytes + 4] = static_cast<Byte>(0xA0 | counter >> 8);
  bytes[link::kTipPacketHeaderBytes + 5] = static_cast<Byte>(counter);
  return bytes;
}

class CollectingSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule) override {
    return fail(ErrorKind::unsupported, "an archive makes no images");
  }
  Result<void> accept_packets(calibrate::PacketGranule granule) override {
    granules.push_back(std::move(granule));
    return {};
  }
  std::vector<calibrate::PacketGranule> granules;
};

// `context` lives longer than the archive.
inline std::unique_ptr<Archive> archive_of(const Definition& definition, const PassContext& context) {
  return std::move(*Archive::create(definition, context));
}

inline void push_all(Archive& archive, const std::vector<Made>& packets, GranuleSink& sink) {
  for (const Made& made : packets) {
    if (archive.push(made.packet(), sink).value() != Accepted::yes) std::abort();
  }
  if (!archive.flush(sink)) std::abort();
}

// Over a sphere.
inline double distance_km(const calibrate::LonLat& a, const calibrate::LonLat& b) {
  const double to_rad = std::numbers::pi / 180;
  const double cosine = std::sin(a.latitude_deg * to_rad) * std::sin(b.latitude_deg * to_rad) +
                        std::cos(a.latitude_deg * to_rad) * std::cos(b.latitude_deg * to_rad) *
                            std::cos((a.longitude_deg - b.longitude_deg) * to_rad);
  return 6371 * std::acos(std::clamp(cosine, -1.0, 1.0));
}

}  // namespace dl::decoders::packet_archive::testing
