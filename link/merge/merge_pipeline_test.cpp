// Two or three receptions of one recording, each damaged in its own way, against the recording itself.
#include "link/merge/merge_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/frame_encoder.h"
#include "link/packets/space_packet.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// By virtual channel, back to back: what comes first of two channels may differ.
using ChannelPackets = std::array<Bytes, 64>;

struct Merged {
  LinkReport report;
  ChannelPackets packets;
};

ChannelPackets packets_of(const Profile& profile, const Bytes& cadus) {
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  ChannelPackets packets;
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) append(packets[packet.vcid], packet.bytes);
    batch.clear();
  };
  pipeline.push(cadus, kReceived, batch);
  collect();
  pipeline.flush(batch);
  collect();
  return packets;
}

Merged merge(const Profile& profile, const std::vector<Bytes>& inputs, std::size_t block_bytes = 65536) {
  MergePipeline pipeline(std::vector<Profile>(inputs.size(), profile));
  PacketBatch batch;
  Merged result;
  const auto collect = [&] {
    for (const Packet& packet : batch.packets()) append(result.packets[packet.vcid], packet.bytes);
    batch.clear();
  };
  std::vector<std::size_t> done(inputs.size());
  for (std::size_t input = pipeline.next_input(); input < inputs.size(); input = pipeline.next_input()) {
    const ByteView rest = ByteView(inputs[input]).subspan(done[input]);
    if (rest.empty()) {
      pipeline.end(input, batch);
    } else {
      const std::size_t size = std::min(block_bytes, rest.size());
      pipeline.push(input, rest.first(size), kReceived, batch);
      done[input] += size;
    }
    collect();
  }
  pipeline.flush(batch);
  collect();
  result.report = pipeline.report();
  EXPECT_THAT(result.report.imbalances(), ::testing::IsEmpty());
  return result;
}

// Frames of three virtual channels, whose counters all begin anew in front of one of the packets.
Bytes some_cadus(const Profile& profile, std::mt19937& random, std::size_t packets,
                 std::optional<std::size_t> reset = std::nullopt) {
  constexpr std::uint32_t kCountersBefore = 5'000;
  FrameEncoder encoder(profile);
  for (std::uint8_t vcid = 0; vcid < 3 && reset; ++vcid) encoder.set_counter(vcid, kCountersBefore * (vcid + 1U));
  Bytes cadus;
  std::array<std::uint16_t, 3> counts{};
  for (std::size_t i = 0; i < packets; ++i) {
    for (std::uint8_t vcid = 0; vcid < 3 && i == reset; ++vcid) encoder.set_counter(vcid, 0);
    const auto vcid = static_cast<std::uint8_t>(below(random, 3));
    SpacePacketHeader header;
    header.apid = static_cast<std::uint16_t>(100 + vcid);
    header.sequence_count = counts[vcid]++;
    Bytes packet;
    append_space_packet(header, random_bytes(random, 100 + below(random, 1500)), packet);
    encoder.add_packet(vcid, packet, cadus);
  }
  for (std::uint8_t vcid = 0; vcid < 3; ++vcid) encoder.complete_frame(vcid, cadus);
  return cadus;
}

// The stream behind so many bits of noise, with frames destroyed where `lost` says so, and symbols wrong elsewhere.
Bytes received(const Bytes& cadus, std::size_t cadu_bytes, std::mt19937& random, std::size_t noise_bits,
               const std::function<bool(std::size_t)>& lost, bool upside_down) {
  Bytes damaged = cadus;
  for (std::size_t frame = 0; frame * cadu_bytes < cadus.size(); ++frame) {
    const std::size_t start = frame * cadu_bytes;
    if (lost(frame)) {
      for (std::size_t i = 4; i < cadu_bytes; ++i) damaged[start + i] = static_cast<Byte>(random());
    } else {
      for (int i = 0; i < 12; ++i)
        damaged[start + 4 + below(random, cadu_bytes - 4)] ^= static_cast<Byte>(1 + random() % 255);
    }
  }
  if (upside_down) damaged = inverted(damaged);
  Bits bits;
  for (std::size_t i = 0; i < noise_bits; ++i) bits.push_back(below(random, 2) == 0);
  const Bits stream = to_bits(damaged);
  bits.insert(bits.end(), stream.begin(), stream.end());
  return to_bytes(bits);
}

TEST(MergePipeline, TwoDamagedReceptionsGiveThePacketsOfTheUndamagedPass) {
  std::mt19937 random(111);
  const Profile profile = snpp_profile();
  const Bytes cadus = some_cadus(profile, random, 300);
  const ChannelPackets truth = packets_of(profile, cadus);
  // Losses in bursts of 1 to 20 frames, which never strike both.
  std::vector<bool> strikes_first(cadus.size() / profile.cadu_size_bytes + 1);
  for (std::size_t i = 0; i < strikes_first.size();) {
    const bool first = below(random, 2) == 0;
    for (std::size_t burst = 1 + below(random, 20); burst > 0 && i < strikes_first.size(); --burst)
      strikes_first[i++] = first;
  }
  const Bytes a = received(
      cadus, profile.cadu_size_bytes, random, 1234, [&](std::size_t i) { return strikes_first[i]; }, false);
  const Bytes b = received(
      cadus, profile.cadu_size_bytes, random, 77, [&](std::size_t i) { return !strikes_first[i]; }, true);
  const Merged merged = merge(profile, {a, b});
  EXPECT_TRUE(merged.packets == truth);
  EXPECT_EQ(merged.report.packets().lost().bytes, 0U);
  EXPECT_GT(merged.report.merge_counts[0].frames_unique, 10U);
  EXPECT_GT(merged.report.merge_counts[1].frames_unique, 10U);
  EXPECT_EQ(merged.report.inputs[1].sync.bytes_in, b.size());
  EXPECT_TRUE(merge(profile, {b, a}).packets == truth);
  EXPECT_TRUE(merge(profile, {a, b}, 777).packets == truth);
}

TEST(MergePipeline, ResetOfTheSpacecraftCostsWhatItCostsTheUndamagedPass) {
  std::mt19937 random(116);
  const Profile profile = snpp_profile();
  for (int round = 0; round < 8; ++round) {
    const Bytes cadus = some_cadus(profile, random, 200, 50 + below(random, 100));
    const ChannelPackets truth = packets_of(profile, cadus);
    const std::size_t burst = 1 + below(random, 9);
    const Bytes a = received(
        cadus, profile.cadu_size_bytes, random, 17, [&](std::size_t i) { return i > 12 && i / burst % 2 == 0; }, false);
    const Bytes b = received(
        cadus, profile.cadu_size_bytes, random, 333, [&](std::size_t i) { return i > 12 && i / burst % 2 == 1; },
        false);
    EXPECT_TRUE(merge(profile, {a, b}).packets == truth) << "bursts of " << burst;
    EXPECT_TRUE(merge(profile, {b, a}, 777).packets == truth) << "bursts of " << burst;
  }
}

TEST(MergePipeline, ThreeReceptionsOfThirdsAreTheWhole) {
  std::mt19937 random(112);
  const Profile profile = snpp_profile();
  const Bytes cadus = some_cadus(profile, random, 200);
  const ChannelPackets truth = packets_of(profile, cadus);
  std::vector<Bytes> inputs;
  for (std::size_t third = 0; third < 3; ++third) {
    inputs.push_back(received(
        cadus, profile.cadu_size_bytes, random, 300 * third + 5, [&](std::size_t i) { return i / 5 % 3 != third; },
        third == 1));
  }
  EXPECT_TRUE(merge(profile, inputs).packets == truth);
}

TEST(MergePipeline, FrameThatBothLostIsLostAndOnlyThat) {
  std::mt19937 random(113);
  const Profile profile = snpp_profile();
  const Bytes cadus = some_cadus(profile, random, 200);
  const auto lost = [](std::size_t frame) { return frame == 20; };
  const Bytes alone = received(cadus, profile.cadu_size_bytes, random, 0, lost, false);
  const Bytes other = received(
      cadus, profile.cadu_size_bytes, random, 99, [](std::size_t i) { return i % 2 == 0; }, false);
  const Merged merged = merge(profile, {alone, other});
  EXPECT_TRUE(merged.packets == packets_of(profile, alone));
  EXPECT_GT(merged.report.merge.dropped(DropReason::weaker_copy).units, 50U);
}

TEST(MergePipeline, EmptyInputChangesNothing) {
  DL_RECORDING(cadus, "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu");
  const ChannelPackets truth = packets_of(meteor_profile(), cadus);
  EXPECT_TRUE(merge(meteor_profile(), {cadus, {}}).packets == truth);
  EXPECT_TRUE(merge(meteor_profile(), {{}, cadus}).packets == truth);
}

TEST(MergePipeline, HalvesOfARealRecordingAreTheWhole) {
  DL_RECORDING(cadus, "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu");
  std::mt19937 random(114);
  const ChannelPackets truth = packets_of(meteor_profile(), cadus);
  const Bytes a = received(
      cadus, 1024, random, 17, [](std::size_t i) { return i / 7 % 2 == 0; }, false);
  const Bytes b = received(
      cadus, 1024, random, 4242, [](std::size_t i) { return i / 7 % 2 == 1; }, true);
  const Merged merged = merge(meteor_profile(), {a, b});
  EXPECT_TRUE(merged.packets == truth);
  EXPECT_EQ(merged.report.virtual_channels[0].counts.frames_lost, 2U);
}

TEST(MergePipeline, DamageOfAnyKindAddsUp) {
  std::mt19937 random(115);
  const Profile profile = small_profile();
  const Bytes cadus = some_cadus(profile, random, 30);
  for (int round = 0; round < 40; ++round) {
    std::vector<Bytes> inputs(2 + below(random, 2), cadus);
    for (Bytes& input : inputs) {
      for (std::size_t i = below(random, 20); i > 0; --i) {
        const auto at = static_cast<std::ptrdiff_t>(below(random, input.size() - 500));
        if (below(random, 2) == 0) {
          input.erase(input.begin() + at, input.begin() + at + static_cast<std::ptrdiff_t>(below(random, 400)));
        } else {
          const Bytes again(input.begin(), input.begin() + at);
          input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(random, input.size())), again.begin(),
                       again.end());
          if (input.size() > 4 * cadus.size()) input.resize(2 * cadus.size());
        }
      }
    }
    merge(profile, inputs, 1 + below(random, 5000));
  }
}

}  // namespace
}  // namespace dl::link::testing
