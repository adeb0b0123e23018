// The decoder on real bits; tests/oracle/msu_mr_picture_test.cpp compares the pixels with another program's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <utility>

#include "core/file.h"
#include "decoders/msu_mr/decoder.h"
#include "decoders/msu_mr/msu_mr_test_packets.h"
#include "link/link_pipeline.h"

namespace dl::decoders::msu_mr {
namespace {

link::Profile meteor_link() {
  link::Profile profile = testing::meteor_context({}).profile;
  profile.randomizer = link::Randomizer::none;
  profile.basis = link::Basis::conventional;
  profile.insert_zone_bytes = 2;
  profile.sequence_count = link::SequenceCount::across_apids;
  return profile;
}

std::optional<Bytes> recording() {
  const char* data = std::getenv("DOWNLINKD_TEST_DATA");
  auto cadus =
      read_file(std::filesystem::path(data == nullptr ? "" : data) / "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu");
  if (!cadus) return std::nullopt;
  return std::move(*cadus);
}

constexpr const char* kMissing = "no meteor_m2_lrpt.cadu under DOWNLINKD_TEST_DATA/data/meteor-m2-lrpt";
const UtcTime kReceived = *parse_utc("2025-11-12T09:02:36Z");

// Owns the bytes of its packets, which otherwise live as long as the frames they came in.
link::PacketBatch packets_of(const Bytes& cadus) {
  link::LinkPipeline link(meteor_link());
  link::PacketBatch batch;
  link::PacketBatch packets;
  link.push(cadus, kReceived, batch);
  for (const link::Packet& packet : batch.packets()) packets.add(packet);
  batch.clear();
  link.flush(batch);
  for (const link::Packet& packet : batch.packets()) packets.add(packet);
  return packets;
}

TEST(MsuMrRecording, GivesOneGranuleWithEveryLossMasked) {
  const auto cadus = recording();
  if (!cadus) GTEST_SKIP() << kMissing;
  const link::PacketBatch batch = packets_of(*cadus);
  const PassContext context = testing::meteor_context(kReceived);
  const auto decoder = std::move(*Decoder::create(context));
  testing::CollectingSink sink;
  for (const link::Packet& packet : batch.packets()) ASSERT_TRUE(decoder->push(packet, sink));
  ASSERT_TRUE(decoder->flush(sink));

  // data/README.md: 1126 + 1124 + 1133 image packets, 82 strips.
  EXPECT_EQ(decoder->losses().units_in, 3383U);
  EXPECT_EQ(decoder->losses().units_out, 3383U);
  EXPECT_EQ(decoder->line_losses().units_in, 656U);
  EXPECT_EQ(decoder->line_losses().units_out, 656U);
  ASSERT_EQ(sink.granules.size(), 1U);
  const auto& granule = sink.granules[0];
  EXPECT_EQ(granule.line_count, 656U);
  ASSERT_EQ(granule.bands.size(), 3U);
  EXPECT_EQ(format_utc(granule.slot_start), "2025-11-12T09:00:00Z");
  EXPECT_EQ(format_utc(granule.lines.front().time), "2025-11-12T09:02:36.536Z");
  EXPECT_EQ(format_utc(granule.lines[648].time), "2025-11-12T09:04:16.256Z");
  EXPECT_EQ(granule.provenance.gaps, 1U);

  // 8 packets in the gap, 29 before the recording begins, 24 after it ends; 14 blocks of 64 pixels each.
  std::size_t masked = 0;
  for (std::size_t band = 0; band < 3; ++band) {
    for (std::size_t i = 0; i < granule.quality[band].size(); ++i) {
      const bool none = granule.bands[band].values[i] == calibrate::kNoData;
      ASSERT_EQ(none, granule.quality[band][i] == calibrate::kPixelNoData);
      masked += none ? 1 : 0;
    }
  }
  EXPECT_EQ(masked, 61U * 14 * 64);
  // The gap cuts strip 60 of channel 1: blocks 70 to 181.
  const std::size_t line = 60 * 8;
  EXPECT_TRUE(granule.lines[line].flags & calibrate::kLinePartial);
  EXPECT_TRUE(granule.lines[line].flags & calibrate::kLineGapBefore);
  const auto& first_band = granule.bands[0].values;
  EXPECT_NE(first_band[line * 1568 + 70 * 8 - 1], calibrate::kNoData);
  EXPECT_EQ(first_band[line * 1568 + 70 * 8], calibrate::kNoData);
  EXPECT_EQ(first_band[line * 1568 + 182 * 8 - 1], calibrate::kNoData);
  EXPECT_NE(first_band[line * 1568 + 182 * 8], calibrate::kNoData);
  EXPECT_EQ(granule.lines[line + 8].flags, calibrate::kLineUncalibrated);
}

TEST(MsuMrRecording, DamagedPacketsAreDecodedOrCountedAndCostNoOthers) {
  const auto cadus = recording();
  if (!cadus) GTEST_SKIP() << kMissing;
  const link::PacketBatch batch = packets_of(*cadus);
  const PassContext context = testing::meteor_context(kReceived);
  const auto decoder = std::move(*Decoder::create(context));
  testing::CollectingSink sink;
  std::minstd_rand engine(7);
  const auto random = [&] { return static_cast<unsigned>(engine()) >> 8U; };
  std::size_t damaged = 0;
  for (link::Packet packet : batch.packets()) {
    Bytes bytes(packet.bytes.begin(), packet.bytes.end());
    if (random() % 4 == 0 && is_image_apid(packet.apid)) {
      ++damaged;
      for (unsigned k = 1 + random() % 8; k > 0; --k) {
        bytes[20 + random() % (bytes.size() - 20)] = static_cast<Byte>(random());
      }
      if (random() % 8 == 0) bytes.resize(20 + random() % (bytes.size() - 20));
    }
    packet.bytes = bytes;
    ASSERT_TRUE(decoder->push(packet, sink));
  }
  ASSERT_TRUE(decoder->flush(sink));
  const LossLedger& losses = decoder->losses();
  EXPECT_TRUE(losses.balanced());
  EXPECT_EQ(losses.units_in, 3383U);
  EXPECT_EQ(losses.units_in, losses.units_out + losses.lost().units);
  EXPECT_GE(losses.units_out, 3383U - damaged);
  // The length of the code betrays most of the damage; the rest shows as wrong greys. Reed-Solomon stands before both.
  EXPECT_GT(losses.lost().units, damaged * 7 / 10);
  ASSERT_EQ(sink.granules.size(), 1U);
  EXPECT_EQ(sink.granules[0].line_count, 656U);
}

}  // namespace
}  // namespace dl::decoders::msu_mr
