// NOAA HRPT from the containers that stations keep it in to minor frames and the TIP and AIP frames inside.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frames/hrpt_words.h"
#include "link/link_pipeline.h"
#include "link/packets/tip_splitter.h"

namespace dl::link {
namespace {

constexpr std::uint8_t kNoaa19 = 15;

Profile hrpt_profile() {
  Profile profile;
  profile.frame_kind = FrameKind::hrpt;
  profile.frame_version = 0;
  profile.scid = kNoaa19;
  profile.idle_vcids = {};
  profile.marker = 0xA116FD719D83C95;
  profile.marker_bits = 60;
  profile.marker_errors_check = 3;
  profile.marker_errors_lock = 6;
  profile.cadu_size_bits = 110900;
  profile.cadu_size_bytes = 13863;
  profile.randomizer = Randomizer::none;
  profile.code = ReedSolomonCode::none;
  return profile;
}

std::vector<HrptWords> minor_frames(std::size_t count, std::uint8_t address = kNoaa19) {
  std::mt19937 random(3);
  std::vector<HrptWords> frames(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t word = 12; word < kHrptWords; ++word)
      frames[i].set(word, static_cast<std::uint16_t>(random() & 0x3FFU));
    HrptHeader header;
    header.number = static_cast<HrptMinorFrameNumber>(1 + i % 3);
    header.spacecraft_address = address;
    header.day_of_year = 166;
    header.millisecond_of_day = static_cast<std::uint32_t>(43'200'000 + i * 1000 / 6);
    frames[i].set_header(header);
    for (std::size_t place = 0; place < kHrptTipFrames; ++place) {
      TipFrame tip;
      for (Byte& byte : tip) byte = static_cast<Byte>(random());
      frames[i].set_tip(place, tip);
    }
  }
  return frames;
}

Bytes recording(const std::vector<HrptWords>& frames, HrptContainer container) {
  Bytes bytes;
  HrptFileWriter writer(container);
  for (const HrptWords& frame : frames) writer.add(frame, bytes);
  writer.finish(bytes);
  return bytes;
}

struct Received {
  std::vector<Packet> list;
  std::vector<Bytes> bytes;
  LinkReport report;

  [[nodiscard]] std::size_t count(PacketKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(list, kind, &Packet::kind));
  }
};

Received receive(const Bytes& input, std::size_t step) {
  LinkPipeline pipeline(hrpt_profile());
  Received received;
  PacketBatch batch;
  const auto take = [&] {
    for (const Packet& packet : batch.packets()) {
      received.list.push_back(packet);
      received.bytes.emplace_back(packet.bytes.begin(), packet.bytes.end());
    }
    batch.clear();
  };
  for (std::size_t at = 0; at < input.size(); at += step) {
    pipeline.push(ByteView(input).subspan(at, std::min(step, input.size() - at)), {}, batch);
    take();
  }
  pipeline.flush(batch);
  take();
  received.report = pipeline.report();
  EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(received.report.bytes_in(), input.size());
  return received;
}

TEST(HrptStream, EveryContainerGivesTheSamePackets) {
  const auto frames = minor_frames(9);
  const Received packed = receive(recording(frames, HrptContainer::packed), 4096);
  ASSERT_EQ(packed.count(PacketKind::frame_data), 9U);
  ASSERT_EQ(packed.count(PacketKind::tip_frame), 30U);
  std::size_t line = 0;
  for (std::size_t i = 0; i < packed.list.size(); ++i) {
    if (packed.list[i].kind != PacketKind::frame_data) continue;
    EXPECT_EQ(packed.bytes[i], frames[line++].frame_bytes());
  }
  for (const HrptContainer container : {HrptContainer::words_be, HrptContainer::words_le}) {
    const Received received = receive(recording(frames, container), 1000);
    EXPECT_EQ(received.bytes, packed.bytes);
    EXPECT_EQ(received.report.words.units_out, 9U * kHrptWords);
    for (std::size_t i = 0; i < received.list.size(); ++i) {
      if (received.list[i].kind != PacketKind::frame_data) continue;
      EXPECT_EQ(received.list[i].input_offset % (2 * kHrptWords), 0U);
    }
  }
}

TEST(HrptStream, FramesOfAnotherSpacecraftAreNamedAndNotUsed) {
  const Received received = receive(recording(minor_frames(6, 13), HrptContainer::packed), 5000);
  EXPECT_TRUE(received.list.empty());
  ASSERT_EQ(received.report.scids.size(), 1U);
  EXPECT_EQ(received.report.scids[0].scid, 13);
  EXPECT_EQ(received.report.scids[0].frames, 6U);
  EXPECT_EQ(received.report.headers.dropped(DropReason::frame_scid).units, 6U);
}

TEST(HrptStream, DamageAndLossReconcileHoweverTheInputIsCut) {
  std::mt19937 random(23);
  for (const HrptContainer container : {HrptContainer::packed, HrptContainer::words_be, HrptContainer::words_le}) {
    Bytes input = recording(minor_frames(12), container);
    for (int i = 0; i < 2000; ++i) {
      Byte& byte = input[5000 + random() % (input.size() - 5000)];
      byte = static_cast<Byte>(byte ^ 1U << random() % 8);
    }
    const auto half = static_cast<std::ptrdiff_t>(input.size() / 2);
    input.erase(input.begin() + half, input.begin() + half + 777);
    const Received whole = receive(input, input.size());
    EXPECT_GT(whole.report.tip_frames().dropped(DropReason::packet_checksum).units, 0U);
    EXPECT_EQ(whole.bytes, receive(input, 997).bytes);
  }
}

}  // namespace
}  // namespace dl::link
