// The decoder on real bits; tests/oracle/msu_mr_picture_test.cpp compares the pixels with another program's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

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

TEST(MsuMrRecording, GivesOneGranuleWithEveryLossMasked) {
  const char* data = std::getenv("DOWNLINKD_TEST_DATA");
  const auto cadus =
      read_file(std::filesystem::path(data == nullptr ? "" : data) / "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu");
  if (!cadus) GTEST_SKIP() << "no meteor_m2_lrpt.cadu under DOWNLINKD_TEST_DATA/data/meteor-m2-lrpt";
  const UtcTime received = *parse_utc("2025-11-12T09:02:36Z");
  link::LinkPipeline link(meteor_link());
  link::PacketBatch batch;
  link.push(*cadus, received, batch);
  link.flush(batch);

  const PassContext context = testing::meteor_context(received);
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

}  // namespace
}  // namespace dl::decoders::msu_mr
