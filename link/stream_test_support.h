// What the tests of this folder share: profiles of the recordings, damage, and a run of the whole chain.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/sha256.h"
#include "link/link_pipeline.h"
#include "link/packet.h"
#include "link/profile.h"
#include "link/test_data.h"

namespace dl::link::testing {

inline Profile meteor_profile() {
  Profile profile;
  profile.name = "meteor-m2-lrpt";
  profile.randomizer = Randomizer::none;
  profile.basis = Basis::conventional;
  profile.insert_zone_bytes = 2;
  profile.sequence_count = SequenceCount::across_apids;
  return profile;
}

inline Profile snpp_profile() {
  Profile profile;
  profile.name = "suomi-npp";
  profile.scid = 157;
  return profile;
}

// Small frames that are quick to search and check: one codeword of 60 data symbols.
inline Profile small_profile() {
  Profile profile;
  profile.name = "small";
  profile.scid = 77;
  profile.interleave = 1;
  profile.virtual_fill_bytes = 163;
  profile.cadu_size_bytes = 4 + 255 - 163;
  return profile;
}

struct Outcome {
  LinkReport report;
  Bytes packets;             // back to back
  std::vector<Packet> list;  // without bytes
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const {
    return report.sync.dropped(reason).units + report.coding.dropped(reason).units +
           report.headers.dropped(reason).units + report.frames().dropped(reason).units +
           report.packets().dropped(reason).units;
  }
  [[nodiscard]] std::uint64_t frames_lost() const {
    std::uint64_t sum = 0;
    for (const auto& channel : report.virtual_channels) sum += channel.counts.frames_lost;
    return sum;
  }
  [[nodiscard]] std::uint64_t gaps() const {
    std::uint64_t sum = 0;
    for (const auto& channel : report.virtual_channels) sum += channel.counts.gaps;
    return sum;
  }
  [[nodiscard]] std::string packets_sha256() const { return sha256_hex(packets); }
};

// `next_size` gives the size of each push.
inline Outcome run(const Profile& profile, ByteView input, const std::function<std::size_t()>& next_size) {
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  Outcome result;
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) {
      result.packets.insert(result.packets.end(), packet.bytes.begin(), packet.bytes.end());
      result.list.push_back(packet);
      result.list.back().bytes = {};
    }
    batch.clear();
  };
  while (!input.empty()) {
    const std::size_t size = std::min(std::max<std::size_t>(next_size(), 1), input.size());
    pipeline.push(input.first(size), kReceived, batch);
    input = input.subspan(size);
    collect();
  }
  pipeline.flush(batch);
  collect();
  result.report = pipeline.report();
  return result;
}

inline Outcome run(const Profile& profile, ByteView input) {
  return run(profile, input, [] { return std::size_t{65536}; });
}

inline Bytes inverted(Bytes bytes) {
  for (Byte& byte : bytes) byte = static_cast<Byte>(~byte);
  return bytes;
}

// The stream as a sequence of bits: for slips at any bit.
using Bits = std::vector<bool>;
inline Bits to_bits(ByteView bytes) {
  Bits bits;
  bits.reserve(bytes.size() * 8);
  for (const Byte byte : bytes)
    for (int i = 7; i >= 0; --i) bits.push_back(((byte >> i) & 1) != 0);
  return bits;
}
// The last byte is filled with zero bits.
inline Bytes to_bytes(const Bits& bits) {
  Bytes bytes((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (bits[i]) bytes[i / 8] = static_cast<Byte>(bytes[i / 8] | 0x80 >> (i % 8));
  return bytes;
}

}  // namespace dl::link::testing
