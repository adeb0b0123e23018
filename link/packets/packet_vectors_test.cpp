// Frames with packets as others made them: vectors/tm-aos-cadu-hex, whose expected.json has the figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frames/aos_frame.h"
#include "link/frames/tm_frame.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// One frame a line.
std::vector<Bytes> frames_of(ByteView text) {
  std::vector<Bytes> frames;
  Bytes frame;
  unsigned digits = 0;
  unsigned value = 0;
  for (const Byte byte : text) {
    if (byte == '\n') {
      if (!frame.empty()) frames.push_back(std::move(frame));
      frame.clear();
      continue;
    }
    const int digit = byte >= '0' && byte <= '9' ? byte - '0' : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
    if (digit < 0) continue;
    value = value << 4U | static_cast<unsigned>(digit);
    if (++digits % 2 == 0) frame.push_back(static_cast<Byte>(value));
  }
  if (!frame.empty()) frames.push_back(std::move(frame));
  return frames;
}

Bytes joined(const std::vector<Bytes>& frames) {
  Bytes all;
  for (const Bytes& frame : frames) append(all, frame);
  return all;
}

Profile frames_profile(FrameKind kind, std::size_t frame_bytes, std::uint16_t scid) {
  Profile profile;
  profile.form = InputForm::frames;
  profile.marker_bits = 0;
  profile.randomizer = Randomizer::none;
  profile.code = ReedSolomonCode::none;
  profile.cadu_size_bytes = static_cast<unsigned>(frame_bytes);
  profile.frame_kind = kind;
  profile.frame_version = kind == FrameKind::tm ? kTmVersion : kAosVersion;
  profile.scid = scid;
  profile.operational_control = true;
  profile.encapsulation_packets = true;
  return profile;
}

Profile tm_profile(const std::vector<Bytes>& frames) {
  return frames_profile(FrameKind::tm, frames.at(0).size(), parse_tm_header(frames.at(0)).scid);
}

Profile aos_profile(const std::vector<Bytes>& frames) {
  return frames_profile(FrameKind::aos, frames.at(0).size(), parse_aos_header(frames.at(0)).scid);
}

TEST(PacketVectors, SegmentedPacketsInTmFrames) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_tm_segmentation_mixed.hex");
  const std::vector<Bytes> frames = frames_of(text);
  ASSERT_EQ(frames.size(), 9U);
  const Outcome outcome = run(tm_profile(frames), joined(frames));
  EXPECT_THAT(outcome.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(outcome.list.size(), 10U);
  EXPECT_EQ(outcome.packets.size(), 9945U);
  EXPECT_EQ(outcome.packets_sha256(), "d85a6539333ccf026c2bfcf83edba0eaee262ce01ac6c0d086f8421ee9c9d501");
}

TEST(PacketVectors, MissingTmFrameCostsOnePacket) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_tm_segmentation_mixed.hex");
  std::vector<Bytes> frames = frames_of(text);
  ASSERT_EQ(frames.size(), 9U);
  const Profile profile = tm_profile(frames);
  frames.erase(frames.begin() + 2);
  const Outcome outcome = run(profile, joined(frames));
  EXPECT_THAT(outcome.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(outcome.frames_lost(), 1U);
  EXPECT_EQ(outcome.list.size(), 9U);
  EXPECT_EQ(outcome.dropped(DropReason::packet_cut_by_gap), 1U);
}

// Of both files: thirteen, of which the last three are idle.
void expect_encapsulation_packets(const Profile& profile, ByteView input, std::vector<std::size_t>& sizes) {
  LinkPipeline pipeline(profile, IdlePackets::put_out);
  PacketBatch batch;
  std::vector<unsigned> header_bytes;
  std::vector<unsigned> protocols;
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) {
      constexpr unsigned kHeaderBytes[] = {1, 2, 4, 8};
      EXPECT_EQ(packet.kind, PacketKind::encapsulation);
      sizes.push_back(packet.bytes.size());
      header_bytes.push_back(kHeaderBytes[packet.bytes[0] & 3U]);
      protocols.push_back(packet.apid);
    }
    batch.clear();
  };
  pipeline.push(input, kReceived, batch);
  collect();
  pipeline.flush(batch);
  collect();
  const LinkReport report = pipeline.report();
  EXPECT_THAT(report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(report.packets().lost().bytes, 0U);
  ASSERT_EQ(sizes.size(), 13U);
  EXPECT_THAT(header_bytes, ::testing::ElementsAre(4, 4, 4, 4, 2, 4, 4, 4, 4, 4, 1, 4, 8));
  EXPECT_THAT(protocols, ::testing::ElementsAre(7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0));
}

TEST(PacketVectors, EncapsulationPacketsInTmFrames) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_tm_encapsulation.hex");
  const std::vector<Bytes> frames = frames_of(text);
  ASSERT_EQ(frames.size(), 11U);
  std::vector<std::size_t> sizes;
  expect_encapsulation_packets(tm_profile(frames), joined(frames), sizes);
  ASSERT_GT(sizes.size(), 5U);
  EXPECT_EQ(sizes[5], 1104U);
}

TEST(PacketVectors, EncapsulationPacketsInAosFrames) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_aos_1_encapsulation.hex");
  const std::vector<Bytes> frames = frames_of(text);
  ASSERT_EQ(frames.size(), 11U);
  std::vector<std::size_t> sizes;
  expect_encapsulation_packets(aos_profile(frames), joined(frames), sizes);
}

}  // namespace
}  // namespace dl::link::testing
