// Properties of the whole chain: what the encoder sends comes back whole, and no input whatever makes it crash or its
// ledgers disagree.
#include "link/link_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frame_encoder.h"
#include "link/frames/aos_frame.h"
#include "link/packets/space_packet.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

constexpr const char* kMeteor = "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu";

std::size_t random_packet_size(std::mt19937& random) {
  switch (below(random, 12)) {
    case 0:
      return kMinPacketBytes;
    case 1:
      return kMaxPacketBytes;
    case 2:
      return 880 + below(random, 8);  // about one zone
    case 3:
      return 1 + below(random, 60000) + kPacketHeaderBytes;
    default:
      return 7 + below(random, 600);
  }
}

std::vector<Profile> profiles() {
  Profile five = snpp_profile();  // as NOAA-21 sends
  five.interleave = 5;
  five.insert_zone_bytes = 9;
  five.trailer_bytes = 4;
  five.cadu_size_bytes = 4 + 5 * 255;
  Profile uncoded = snpp_profile();
  uncoded.code = ReedSolomonCode::none;
  uncoded.randomizer = Randomizer::none;
  return {snpp_profile(), meteor_profile(), small_profile(), five, uncoded};
}

TEST(LinkPipeline, PacketsOfAnySizeComeBackInOrderFromEveryKindOfLink) {
  std::mt19937 random(71);
  for (const Profile& profile : profiles()) {
    FrameEncoder encoder(profile);
    encoder.set_counter(3, 0xFFFFF0);  // wraps on the way
    Bytes cadus;
    Bytes sent;
    std::size_t count = 0;
    for (; count < 80; ++count) {
      SpacePacketHeader header;
      header.apid = 100;
      header.sequence_count = static_cast<std::uint16_t>(16300 + count);
      Bytes packet;
      append_space_packet(header, random_bytes(random, random_packet_size(random) - kPacketHeaderBytes), packet);
      append(sent, packet);
      encoder.add_packet(3, packet, cadus);
      if (below(random, 5) == 0) encoder.add_idle_frame(cadus);
      if (below(random, 7) == 0) encoder.complete_frame(3, cadus);
    }
    encoder.complete_frame(3, cadus);
    const Outcome received = run(profile, cadus);
    EXPECT_THAT(received.report.imbalances(), ::testing::IsEmpty());
    EXPECT_EQ(received.packets, sent) << profile.name;
    EXPECT_EQ(received.list.size(), count);
    EXPECT_EQ(received.gaps(), 0U);
    EXPECT_EQ(received.report.packets().lost().bytes, 0U);
    EXPECT_EQ(received.report.sync.lost().bytes, 0U);
  }
}

TEST(LinkPipeline, GarbageNeverCrashesAndAlwaysAddsUp) {
  std::mt19937 random(72);
  for (int round = 0; round < 60; ++round) {
    for (const Profile& profile : profiles()) {
      Bytes garbage = random_bytes(random, below(random, 20000));
      // Markers, so that the stages behind see garbage too.
      for (std::size_t i = 0; i < 20 && garbage.size() > 8; ++i) {
        const std::size_t at = below(random, garbage.size() - 4);
        const Bytes marker = {0x1A, 0xCF, 0xFC, 0x1D};
        std::copy(marker.begin(), marker.end(), garbage.begin() + static_cast<std::ptrdiff_t>(at));
      }
      const Outcome outcome = run(profile, garbage, [&] { return 1 + below(random, 3000); });
      ASSERT_THAT(outcome.report.imbalances(), ::testing::IsEmpty());
      EXPECT_EQ(outcome.report.sync.bytes_in, garbage.size());
    }
  }
}

TEST(LinkPipeline, FramesOfRandomContentNeverCrashAndAlwaysAddUp) {
  std::mt19937 random(73);
  for (const Profile& profile : profiles()) {
    const CaduEncoder encoder(profile);
    Bytes cadus;
    for (int i = 0; i < 800; ++i) {
      Bytes frame = random_bytes(random, profile.frame_size_bytes());
      AosHeader header;
      header.scid = static_cast<std::uint8_t>(profile.scid);
      header.vcid = static_cast<std::uint8_t>(below(random, 3));
      header.counter = static_cast<std::uint32_t>(below(random, 2) == 0 ? i : static_cast<int>(below(random, 100)));
      write_aos_header(header, frame);
      // Pointers that lie inside the zone more often than not, and packet headers that pass.
      const std::size_t zone = kAosHeaderBytes + profile.insert_zone_bytes + kMPduHeaderBytes;
      frame[zone - 2] = static_cast<Byte>(below(random, 4) == 0 ? 7 : 0);
      for (std::size_t at = zone; at < frame.size(); at += 1 + below(random, 40)) frame[at] &= 0x1F;
      encoder.encode(frame, cadus);
    }
    const Outcome outcome = run(profile, cadus);
    EXPECT_THAT(outcome.report.imbalances(), ::testing::IsEmpty());
    EXPECT_EQ(outcome.report.sync.units_out, 800U);
  }
}

// One random damage of the kinds that links and receivers do.
Bytes mutated(Bytes stream, std::mt19937& random) {
  const std::size_t at = below(random, stream.size());
  const std::size_t size = std::min(below(random, 6000), stream.size() - at);
  const auto from = stream.begin() + static_cast<std::ptrdiff_t>(at);
  const auto to = from + static_cast<std::ptrdiff_t>(size);
  switch (below(random, 7)) {
    case 0:
      stream.erase(from, to);
      break;
    case 1:
      stream.insert(from, size, static_cast<Byte>(random()));
      break;
    case 2: {
      const Bytes copy(from, to);
      stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(below(random, stream.size())), copy.begin(),
                    copy.end());
      break;
    }
    case 3:
      for (auto byte = from; byte != to; ++byte) *byte = static_cast<Byte>(~*byte);
      break;
    case 4:
      for (int i = 0; i < 500; ++i) stream[below(random, stream.size())] ^= static_cast<Byte>(1U << below(random, 8));
      break;
    case 5: {
      Bits bits = to_bits(stream);
      bits.erase(bits.begin() + static_cast<std::ptrdiff_t>(below(random, bits.size())));
      stream = to_bytes(bits);
      break;
    }
    default:
      stream.resize(at);
      break;
  }
  return stream;
}

TEST(LinkPipeline, MutatedRecordingsNeverCrashAndAlwaysAddUpHoweverTheyAreChopped) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(74);
  for (int round = 0; round < 60; ++round) {
    const std::size_t start = below(random, 500) * 1024;
    Bytes stream(cadus.begin() + static_cast<std::ptrdiff_t>(start),
                 cadus.begin() + static_cast<std::ptrdiff_t>(start + 100 * 1024));
    const std::size_t damages = 1 + below(random, 6);
    for (std::size_t i = 0; i < damages && stream.size() > 10000; ++i) stream = mutated(std::move(stream), random);
    const Outcome outcome = run(meteor_profile(), stream);
    ASSERT_THAT(outcome.report.imbalances(), ::testing::IsEmpty()) << "round " << round;
    ASSERT_EQ(outcome.report.sync.bytes_in, stream.size());
    const Outcome chopped = run(meteor_profile(), stream, [&] { return 1 + below(random, 4000); });
    ASSERT_EQ(chopped.packets, outcome.packets) << "round " << round;
    ASSERT_EQ(chopped.report.sync.units_out, outcome.report.sync.units_out);
  }
}

TEST(LinkPipeline, QuarantinedStretchCostsItsFramesOnly) {
  DL_RECORDING(cadus, kMeteor);
  LinkPipeline pipeline(meteor_profile());
  PacketBatch batch;
  pipeline.push(ByteView(cadus).first(100 * 1024), kReceived, batch);
  pipeline.skip(10 * 1024, DropReason::quarantined, batch);
  pipeline.push(ByteView(cadus).subspan(110 * 1024), kReceived, batch);
  pipeline.flush(batch);
  const LinkReport report = pipeline.report();
  EXPECT_THAT(report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(report.sync.bytes_in, cadus.size());
  EXPECT_EQ(report.virtual_channels[0].counts.frames, 876U);
  EXPECT_EQ(report.virtual_channels[0].counts.frames_lost, 12U);
}

TEST(LinkPipeline, ImbalanceIsSaidInWords) {
  LinkReport report;
  report.sync.bytes_in = 5;
  EXPECT_FALSE(report.balanced());
  EXPECT_THAT(report.imbalances(), ::testing::ElementsAre(::testing::HasSubstr("sync: bytes in")));
}

}  // namespace
}  // namespace dl::link::testing
