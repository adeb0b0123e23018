// Image packets made up for tests: every block of a packet has one grey.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "decoders/instrument.h"
#include "link/packet.h"

namespace dl::decoders::msu_mr::testing {

// Most significant bit first.
class BitWriter {
 public:
  void put(std::string_view bits) {
    for (const char bit : bits) {
      if (count_++ % 8 == 0) bytes_.push_back(0);
      if (bit == '1') bytes_.back() = static_cast<Byte>(bytes_.back() | (0x80U >> ((count_ - 1) % 8)));
    }
  }
  void put(unsigned value, unsigned count) {
    for (unsigned i = count; i-- > 0;) put((value >> i) & 1U ? "1" : "0");
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::size_t count_ = 0;
};

// T.81 table K.3.
inline void put_dc(BitWriter& out, int difference) {
  static constexpr const char* kCodes[] = {"00", "010", "011", "100", "101", "110", "1110", "11110"};
  unsigned length = 0;
  while ((difference < 0 ? -difference : difference) >> length != 0) ++length;
  out.put(kCodes[length]);
  out.put(static_cast<unsigned>(difference >= 0 ? difference : difference + (1 << length) - 1), length);
}

inline constexpr const char* kEndOfBlockCode = "1010";

// 14 blocks of one even grey, at quality 50, where a DC step is two greys.
inline Bytes coded_grey(int grey) {
  BitWriter out;
  for (unsigned block = 0; block < kBlocksPerPacket; ++block) {
    put_dc(out, block == 0 ? (grey - 128) / 2 : 0);
    out.put(kEndOfBlockCode);
  }
  return out.bytes();
}

inline Bytes packet_bytes(unsigned channel, std::uint32_t time_ms, unsigned packet_in_strip, const Bytes& coded,
                          std::uint16_t day = 0) {
  Bytes bytes;
  append_u16(bytes, static_cast<std::uint16_t>(0x0800U | (kFirstApid + channel - 1)));
  append_u16(bytes, 0);
  append_u16(bytes, static_cast<std::uint16_t>(14 + coded.size() - 1));
  append_u16(bytes, day);
  append_u32(bytes, time_ms);
  append_u16(bytes, 0);
  bytes.push_back(static_cast<Byte>(packet_in_strip * kBlocksPerPacket));
  bytes.insert(bytes.end(), {0, 0, 0xFF, 0xF0, 50});
  bytes.insert(bytes.end(), coded.begin(), coded.end());
  return bytes;
}

// A view: `bytes` must outlive the packet.
inline link::Packet as_packet(const Bytes& bytes) {
  link::Packet packet;
  packet.vcid = 5;
  packet.apid = static_cast<std::uint16_t>(read_u16(bytes, 0) & 0x7FFU);
  packet.bytes = bytes;
  return packet;
}

// Meteor-M2: Moscow time, no date.
inline PassContext meteor_context(UtcTime started_at) {
  PassContext context;
  context.profile.name = "meteor-m2-lrpt";
  context.profile.platform = "meteor-m2";
  context.profile.packet_time = link::PacketTime{.day_is_valid = false, .utc_offset_s = -10800};
  context.started_at = started_at;
  return context;
}

class CollectingSink final : public GranuleSink {
 public:
  Result<void> accept(calibrate::CalibratedGranule granule) override {
    granules.push_back(std::move(granule));
    return {};
  }
  std::vector<calibrate::CalibratedGranule> granules;
};

}  // namespace dl::decoders::msu_mr::testing
