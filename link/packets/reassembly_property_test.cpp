// Properties of reassembly: packets cut anywhere, frames lost anywhere, and damage of any kind.
#include <gtest/gtest.h>

#include "link/packets/packet_reassembler.h"
#include "link/packets/packet_test_support.h"
#include "link/test_data.h"

namespace dl::link::testing {
namespace {

std::vector<Bytes> reassembled(const std::vector<Frame>& frames, const Profile& profile = {},
                               IdlePackets idle = IdlePackets::swallowed) {
  PacketReassembler packets(profile, 1, idle);
  PacketBatch batch;
  for (const Frame& frame : frames) packets.push(frame, batch);
  packets.flush();
  const LossLedger& losses = packets.losses();
  EXPECT_TRUE(losses.balanced());
  EXPECT_EQ(losses.units_in, losses.units_out + losses.all_dropped().units);
  std::vector<Bytes> out;
  for (const Packet& packet : batch.packets()) out.emplace_back(packet.bytes.begin(), packet.bytes.end());
  return out;
}

std::vector<Bytes> random_packets(std::mt19937& random, std::size_t count, std::size_t longest) {
  std::vector<Bytes> packets;
  for (std::size_t i = 0; i < count; ++i) {
    SpacePacketHeader header;
    header.apid = static_cast<std::uint16_t>(1 + below(random, 4));
    header.sequence_count = static_cast<std::uint16_t>(i);
    header.sequence_flags = static_cast<std::uint8_t>(below(random, 4));
    append_space_packet(header, random_bytes(random, 1 + below(random, longest)), packets.emplace_back());
  }
  return packets;
}

Bytes encapsulated(std::mt19937& random, unsigned length_code) {
  constexpr std::size_t kHeaderBytes[] = {1, 2, 4, 8};
  const std::size_t size = length_code == 0 ? 1 : kHeaderBytes[length_code] + below(random, 100);
  Bytes packet(size, 0x3C);
  // Protocol 2, or 0 (idle) where there is no length.
  packet[0] = static_cast<Byte>(0xE0U | (length_code == 0 ? 0U : 2U << 2U) | length_code);
  for (std::size_t i = 1; i < kHeaderBytes[length_code]; ++i) packet[i] = 0;
  if (length_code != 0) packet[kHeaderBytes[length_code] - 1] = static_cast<Byte>(size);
  return packet;
}

TEST(Reassembly, PacketsComeOutWholeWhereverFramesCutThem) {
  std::mt19937 random(91);
  const std::vector<Bytes> packets = random_packets(random, 40, 120);
  for (std::size_t field_bytes = 7; field_bytes < 400; ++field_bytes) {
    TestFrames frames;
    ASSERT_TRUE(reassembled(frames.cut(packets, field_bytes)) == packets) << field_bytes << " bytes a field";
  }
}

TEST(Reassembly, BothKindsOfPacketsComeOutWholeWhereverFramesCutThem) {
  std::mt19937 random(92);
  std::vector<Bytes> packets = random_packets(random, 30, 60);
  for (unsigned i = 0; i < 60; ++i) {
    packets.insert(packets.begin() + static_cast<std::ptrdiff_t>(below(random, packets.size())),
                   encapsulated(random, i % 4));
  }
  Profile profile;
  profile.encapsulation_packets = true;
  for (std::size_t field_bytes = 9; field_bytes < 200; ++field_bytes) {
    TestFrames frames;
    ASSERT_TRUE(reassembled(frames.cut(packets, field_bytes), profile, IdlePackets::put_out) == packets) << field_bytes;
  }
}

TEST(Reassembly, LostFrameCostsThePacketsThatItCarriedAndNoOthers) {
  std::mt19937 random(93);
  const std::vector<Bytes> packets = random_packets(random, 60, 150);
  constexpr std::size_t kFieldBytes = 97;
  TestFrames store;
  const std::vector<Frame> frames = store.cut(packets, kFieldBytes);
  for (std::size_t lost = 0; lost < frames.size(); ++lost) {
    std::vector<Frame> received = frames;
    received.erase(received.begin() + static_cast<std::ptrdiff_t>(lost));
    if (lost < received.size()) received[lost].gap_before = true;
    std::vector<Bytes> expected;
    std::size_t start = 0;
    for (const Bytes& packet : packets) {
      const bool touched = start < (lost + 1) * kFieldBytes && start + packet.size() > lost * kFieldBytes;
      if (!touched) expected.push_back(packet);
      start += packet.size();
    }
    ASSERT_TRUE(reassembled(received) == expected) << "frame " << lost;
  }
}

TEST(Reassembly, WrongPointerCostsThePacketsOfItsFrameAndTheOneInProgress) {
  std::mt19937 random(94);
  const std::vector<Bytes> packets = random_packets(random, 60, 150);
  constexpr std::size_t kFieldBytes = 211;
  TestFrames store;
  const std::vector<Frame> frames = store.cut(packets, kFieldBytes);
  for (std::size_t wrong = 0; wrong + 3 < frames.size(); ++wrong) {
    std::vector<Frame> received = frames;
    received[wrong].first_header_pointer = static_cast<std::uint16_t>(below(random, kFieldBytes + 20));
    const std::vector<Bytes> out = reassembled(received);
    // Whatever is made of that frame: what begins two frames later is right.
    std::size_t start = 0;
    std::size_t behind = 0;
    for (const Bytes& packet : packets) {
      behind += start >= (wrong + 2) * kFieldBytes ? 1 : 0;
      start += packet.size();
    }
    ASSERT_GE(out.size(), behind);
    ASSERT_TRUE(std::equal(packets.end() - static_cast<std::ptrdiff_t>(behind), packets.end(),
                           out.end() - static_cast<std::ptrdiff_t>(behind)))
        << "frame " << wrong;
  }
}

TEST(Reassembly, AnyDamageAddsUp) {
  std::mt19937 random(95);
  Profile profile;
  profile.encapsulation_packets = true;
  profile.checksums = {{{1}, PacketChecksum::crc_16}, {{2}, PacketChecksum::xor_8}};
  for (int round = 0; round < 300; ++round) {
    TestFrames store;
    std::vector<Frame> frames = store.cut(random_packets(random, 40, 300), 20 + below(random, 300));
    for (Frame& frame : frames) {
      switch (below(random, 8)) {
        case 0:
          frame.first_header_pointer = static_cast<std::uint16_t>(below(random, 400));
          break;
        case 1:
          frame.first_header_pointer = below(random, 2) == 0 ? kNoPacketStart : kIdleDataOnly;
          break;
        case 2:
          frame.gap_before = true;
          break;
        case 3:
          for (Byte& byte : frame.data_field) byte = below(random, 3) == 0 ? Byte{0} : static_cast<Byte>(random());
          break;
        case 4:
          frame.data_field = frame.data_field.first(below(random, frame.data_field.size()));
          break;
        default:
          break;
      }
    }
    reassembled(frames, profile, round % 2 == 0 ? IdlePackets::put_out : IdlePackets::swallowed);
  }
}

}  // namespace
}  // namespace dl::link::testing
