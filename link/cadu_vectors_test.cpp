// CADUs made by another implementation: interleave 4, dual basis, not randomized, OCF of 4 bytes behind the packet
// zone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frames/aos_frame.h"
#include "link/frames/tm_frame.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

unsigned hex_value(Byte digit) {
  return digit <= '9' ? digit - '0' : (static_cast<unsigned>(digit) | 0x20U) - 'a' + 10;
}

Bytes from_hex_lines(ByteView text) {
  Bytes digits;
  for (const Byte character : text)
    if (std::isxdigit(character) != 0) digits.push_back(character);
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<Byte>(hex_value(digits[i]) << 4 | hex_value(digits[i + 1])));
  }
  return bytes;
}

// Figures: expected.json beside the vectors.
TEST(CaduVectors, AosFramesGiveThePacketsThatTheirMakersState) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_aos_1.hex");
  const Bytes cadus = from_hex_lines(text);
  ASSERT_EQ(cadus.size(), 30U * 1024);
  Profile profile;
  profile.randomizer = Randomizer::none;
  profile.trailer_bytes = 4;
  // The SCID is not stated with the vectors: it is that of the first frame.
  profile.scid = parse_aos_header(ByteView(cadus).subspan(4)).scid;
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  std::array<Bytes, 2> by_channel;
  std::array<int, 2> packets{};
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) {
      ASSERT_LT(packet.vcid, 2);
      EXPECT_EQ(packet.apid, 200);
      append(by_channel[packet.vcid], packet.bytes);
      ++packets[packet.vcid];
    }
    batch.clear();
  };
  pipeline.push(cadus, kReceived, batch);
  collect();
  pipeline.flush(batch);
  collect();
  const LinkReport report = pipeline.report();
  EXPECT_THAT(report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(report.codewords.by_symbols_corrected[0], 120U);
  EXPECT_EQ(report.headers.dropped(DropReason::idle).units, 13U);
  EXPECT_EQ(packets[0], 23);
  EXPECT_EQ(packets[1], 13);
  EXPECT_EQ(sha256_hex(by_channel[0]), "f897408dc154d669fa8766dacb279e386150c6e7df9a941e2bd2428bc97d652d");
  EXPECT_EQ(sha256_hex(by_channel[1]), "8f179a5f02f658d76b4d13ca779ca9591a2f239c2152d899b87bd2f7c0402de3");
}

TEST(CaduVectors, TmFramesOfUserDataArePassedThrough) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_tm_user_data.hex");
  const Bytes cadus = from_hex_lines(text);
  ASSERT_EQ(cadus.size(), 30U * 1279);
  Profile profile;
  profile.cadu_size_bytes = 1279;
  profile.interleave = 5;
  profile.randomizer = Randomizer::none;
  profile.frame_kind = FrameKind::tm;
  profile.frame_version = kTmVersion;
  profile.scid = parse_tm_header(ByteView(cadus).subspan(4)).scid;
  profile.idle_vcids = {};
  profile.services = {{0, VirtualChannelService::access}, {1, VirtualChannelService::access}};
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  Bytes frames;
  const auto collect = [&] {
    for (const Frame& frame : pipeline.frames()) {
      append(frames, frame.bytes);
      EXPECT_EQ(frame.data_field.size(), 1105U);
    }
    for (const Packet& packet : batch.packets()) {
      EXPECT_EQ(packet.kind, PacketKind::frame_data);
      EXPECT_EQ(packet.bytes.size(), 1105U);
    }
    batch.clear();
  };
  pipeline.push(cadus, kReceived, batch);
  collect();
  pipeline.flush(batch);
  collect();
  EXPECT_EQ(sha256_hex(frames), "7d38858533551dc577d19feee1643c68a36fbcae3349d7e2116911ff78fa4a12");
  const LinkReport report = pipeline.report();
  EXPECT_THAT(report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(report.codewords.by_symbols_corrected[0], 150U);
  ASSERT_EQ(report.virtual_channels.size(), 3U);
  for (const VirtualChannelReport& channel : report.virtual_channels) EXPECT_EQ(channel.counts.frames, 10U);
}

}  // namespace
}  // namespace dl::link::testing
