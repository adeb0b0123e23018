#include "decoders/msu_mr/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "decoders/msu_mr/instrument.h"
#include "decoders/msu_mr/msu_mr_test_packets.h"
#include "decoders/registry.h"

namespace dl::decoders::msu_mr {
namespace {

using testing::as_packet;
using testing::coded_grey;
using testing::CollectingSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::meteor_context;
using testing::packet_bytes;

constexpr std::uint32_t kNoonMoscow_ms = 12 * 3600 * 1000;
const UtcTime kReception = *parse_utc("2025-11-12T09:02:30Z");

class MsuMrDecoder : public ::testing::Test {
 protected:
  MsuMrDecoder() { start(kReception); }

  void start(UtcTime started_at) {
    context_ = meteor_context(started_at);
    decoder_ = std::move(*Decoder::create(context_));
    sink_.granules.clear();
  }
  void push(const Bytes& bytes) { ASSERT_TRUE(decoder_->push(as_packet(bytes), sink_)); }
  void push_packet(unsigned channel, std::uint32_t time_ms, unsigned packet_in_strip, int grey = 100) {
    push(packet_bytes(channel, time_ms, packet_in_strip, coded_grey(grey)));
  }
  void push_strip(std::uint32_t time_ms, int grey = 100) {
    for (const unsigned channel : {1U, 2U, 5U}) {
      for (unsigned p = 0; p < kPacketsPerStrip; ++p) push_packet(channel, time_ms, p, grey);
    }
  }
  const calibrate::CalibratedGranule& only_granule() {
    EXPECT_TRUE(decoder_->flush(sink_));
    EXPECT_EQ(sink_.granules.size(), 1U);
    return sink_.granules.at(0);
  }

  PassContext context_;
  std::unique_ptr<Decoder> decoder_;
  CollectingSink sink_;
};

TEST_F(MsuMrDecoder, MakesBandsNamedAsTheChannelsOutOfThreeApids) {
  push_strip(kNoonMoscow_ms, 90);
  push_strip(kNoonMoscow_ms + 1232, 92);
  const auto& granule = only_granule();
  EXPECT_EQ(granule.platform, "meteor-m2");
  EXPECT_EQ(granule.instrument, "msu-mr");
  EXPECT_EQ(granule.level, "L1A");
  EXPECT_EQ(format_utc(granule.slot_start), "2025-11-12T09:00:00Z");
  EXPECT_EQ(granule.line_count, 16U);
  EXPECT_EQ(granule.pixel_count, 1568U);
  ASSERT_EQ(granule.bands.size(), 3U);
  EXPECT_EQ(granule.bands[0].name + granule.bands[1].name + granule.bands[2].name, "125");
  EXPECT_EQ(granule.bands[0].values.front(), 90);
  EXPECT_EQ(granule.bands[2].values.back(), 92);
  EXPECT_THAT(granule.bands[0].uncalibrated_reason, HasSubstr("counts"));
  EXPECT_EQ(granule.lines[3].time - granule.lines[0].time, 3 * kLineInterval);
  EXPECT_EQ(granule.lines[8].time - granule.lines[0].time, Milliseconds(1232));
  EXPECT_EQ(granule.lines[0].flags, calibrate::kLineUncalibrated);
  EXPECT_EQ(granule.provenance.packets, 84U);
  EXPECT_THAT(granule.quicklook_bands, ElementsAre("2", "2", "1"));
  EXPECT_THAT(granule.ungeolocated_reason, HasSubstr("no element set (TLE) was given"));
  EXPECT_FALSE(granule.quicklook_rotate_180);
}

TEST_F(MsuMrDecoder, AnOrbitGivesAnOutlineAndNorthUpButNoPositions) {
  // tle-catalogue/tle-2020-09-27.txt.
  const std::string elements =
      "METEOR-M 2\n1 40069U 14037A   20271.10206173 -.00000043  00000-0 -42512-6 0  9995\n"
      "2 40069  98.4943 304.7538 0005678 359.8115   0.3056 14.20675232322649\n";
  context_.profile.norad_id = 40069;
  context_.orbits = std::make_shared<calibrate::OrbitBook>(elements, 40069);
  const UtcTime ascending = *parse_utc("2020-09-27T02:40:00Z");
  context_.started_at = ascending;
  decoder_ = std::move(*Decoder::create(context_));
  push_strip((5 * 3600 + 40 * 60) * 1000);
  push_strip((5 * 3600 + 40 * 60) * 1000 + 1232);
  const auto& granule = only_granule();
  EXPECT_EQ(format_utc(granule.lines[0].time), "2020-09-27T02:40:00Z");
  EXPECT_EQ(granule.orbit_state, "ascending");
  EXPECT_TRUE(granule.quicklook_rotate_180);
  EXPECT_EQ(granule.absolute_orbit, 32264U);
  ASSERT_TRUE(granule.footprint);
  EXPECT_FALSE(granule.footprint->polygons.empty());
  EXPECT_FALSE(granule.tie_grid);
  EXPECT_THAT(granule.ungeolocated_reason, HasSubstr("alignment"));
  EXPECT_THAT(granule.provenance.flags, ::testing::Contains("geometry_experimental"));
  ASSERT_TRUE(granule.provenance.orbit);
  EXPECT_EQ(granule.provenance.orbit->name, "METEOR-M 2");
}

TEST_F(MsuMrDecoder, ALostPacketIsMaskedInItsBandAndItsLinesArePartial) {
  for (const unsigned channel : {1U, 2U, 5U}) {
    for (unsigned p = 0; p < kPacketsPerStrip; ++p) {
      if (channel == 2 && p == 5) continue;
      push_packet(channel, kNoonMoscow_ms, p);
    }
  }
  const auto& granule = only_granule();
  const std::size_t first = 5 * 112;
  EXPECT_EQ(granule.bands[1].values[first - 1], 100);
  EXPECT_EQ(granule.bands[1].values[first], calibrate::kNoData);
  EXPECT_EQ(granule.quality[1][first + 111], calibrate::kPixelNoData);
  EXPECT_EQ(granule.quality[1][first + 112], 0);
  EXPECT_EQ(granule.bands[0].values[first], 100);
  EXPECT_EQ(std::count(granule.quality[1].begin(), granule.quality[1].end(), calibrate::kPixelNoData), 112 * 8);
  EXPECT_TRUE(granule.lines[0].flags & calibrate::kLinePartial);
  EXPECT_THAT(granule.provenance.remarks, ::testing::Contains(HasSubstr("1 of 42 image packets are missing")));
}

TEST_F(MsuMrDecoder, StripsThatAJumpInTimeShowsToBeMissingAreFilled) {
  push_strip(kNoonMoscow_ms);
  push_strip(kNoonMoscow_ms + 3 * 1231);
  const auto& granule = only_granule();
  ASSERT_EQ(granule.line_count, 32U);
  for (std::size_t line = 8; line < 24; ++line) {
    EXPECT_TRUE(granule.lines[line].flags & calibrate::kLineMissing);
    EXPECT_TRUE(granule.lines[line].flags & calibrate::kLineTimeInterpolated);
    EXPECT_EQ(granule.bands[0].values[line * 1568], calibrate::kNoData);
  }
  EXPECT_EQ(granule.lines[8].time - granule.lines[0].time, Milliseconds(1231));
  EXPECT_EQ(decoder_->line_losses().units_in, 32U);
  EXPECT_EQ(decoder_->line_losses().units_out, 16U);
  EXPECT_EQ(decoder_->line_losses().dropped(DropReason::missing_line).units, 16U);
}

TEST_F(MsuMrDecoder, GranulesAreCutOnUtcSlotsAndFilledUpToTheBoundary) {
  const std::uint32_t boundary = kNoonMoscow_ms + 300 * 1000;
  push_strip(boundary - 4000);
  EXPECT_THAT(sink_.granules, IsEmpty());
  push_strip(boundary + 4000);
  ASSERT_EQ(sink_.granules.size(), 1U);
  ASSERT_TRUE(decoder_->flush(sink_));
  ASSERT_EQ(sink_.granules.size(), 2U);
  EXPECT_EQ(format_utc(sink_.granules[1].slot_start), "2025-11-12T09:05:00Z");
  // 8 s are 6.5 intervals, rounded to 6 or 7: the strips between are divided at the boundary.
  const std::size_t lines = sink_.granules[0].line_count + sink_.granules[1].line_count;
  EXPECT_TRUE(lines == 7 * 8 || lines == 8 * 8) << lines;
  EXPECT_EQ(decoder_->line_losses().units_in, lines);
  EXPECT_GT(sink_.granules[0].line_count, 8U);
  EXPECT_GT(sink_.granules[1].line_count, 8U);
}

TEST_F(MsuMrDecoder, ALongSilenceIsNotFilled) {
  push_strip(kNoonMoscow_ms);
  push_strip(kNoonMoscow_ms + 3600 * 1000);
  ASSERT_TRUE(decoder_->flush(sink_));
  ASSERT_EQ(sink_.granules.size(), 2U);
  EXPECT_EQ(sink_.granules[0].line_count, 8U);
  EXPECT_EQ(sink_.granules[1].line_count, 8U);
}

TEST_F(MsuMrDecoder, CountsDuplicateAndLatePackets) {
  push_strip(kNoonMoscow_ms);
  push_packet(1, kNoonMoscow_ms, 3);
  push_strip(kNoonMoscow_ms + 300 * 1000);
  push_packet(1, kNoonMoscow_ms + 1232, 3);
  push_packet(1, kNoonMoscow_ms + 1232, 3);
  const LossLedger& losses = decoder_->losses();
  EXPECT_EQ(losses.dropped(DropReason::duplicate_packet).units, 1U);
  EXPECT_EQ(losses.dropped(DropReason::late_packet).units, 2U);
  EXPECT_EQ(losses.units_in, 87U);
  EXPECT_EQ(losses.units_out, 84U);
  EXPECT_TRUE(losses.balanced());
}

TEST_F(MsuMrDecoder, ADamagedPacketIsCountedAndItsPixelsAreMasked) {
  push_packet(1, kNoonMoscow_ms, 0);
  push(packet_bytes(1, kNoonMoscow_ms, 1, Bytes(30, 0xFF)));
  EXPECT_EQ(decoder_->losses().dropped(DropReason::decoder_refused).units, 1U);
  EXPECT_TRUE(decoder_->losses().balanced());
  const auto& granule = only_granule();
  EXPECT_EQ(granule.bands[0].values[111], 100);
  EXPECT_EQ(granule.bands[0].values[112], calibrate::kNoData);
}

TEST_F(MsuMrDecoder, OneOddTimeNeitherClosesTheGranuleNorMakesTheRestLate) {
  push_packet(1, kNoonMoscow_ms, 0);
  push_packet(1, kNoonMoscow_ms + 3600 * 1000, 1);
  push_packet(1, kNoonMoscow_ms, 2);
  EXPECT_THAT(sink_.granules, IsEmpty());
  EXPECT_EQ(decoder_->losses().dropped(DropReason::packet_time).units, 1U);
  EXPECT_EQ(only_granule().line_count, 8U);
  EXPECT_EQ(decoder_->losses().units_out, 2U);
  EXPECT_TRUE(decoder_->losses().balanced());
}

TEST_F(MsuMrDecoder, OtherApidsAreNotAcceptedAndNotCounted) {
  Bytes bytes = packet_bytes(1, kNoonMoscow_ms, 0, coded_grey(100));
  bytes[1] = 70;
  const auto accepted = decoder_->push(as_packet(bytes), sink_);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(*accepted, Accepted::no);
  EXPECT_EQ(decoder_->losses().units_in, 0U);
}

TEST_F(MsuMrDecoder, TheDateIsTheDayThatBringsTheTimeNearestToTheReception) {
  const auto first_line = [&](const char* received, std::uint32_t moscow_ms) {
    start(*parse_utc(received));
    push_packet(1, moscow_ms, 0);
    return format_utc(only_granule().lines[0].time);
  };
  EXPECT_EQ(first_line("2025-11-12T09:02:30Z", kNoonMoscow_ms), "2025-11-12T09:00:00Z");
  // 00:30 Moscow is 21:30 UTC of the day before.
  EXPECT_EQ(first_line("2025-11-12T21:29:00Z", 1800 * 1000), "2025-11-12T21:30:00Z");
  // Received just before and just behind midnight UTC (03:00 Moscow).
  EXPECT_EQ(first_line("2025-11-12T23:59:58Z", 3 * 3600 * 1000 + 1000), "2025-11-13T00:00:01Z");
  EXPECT_EQ(first_line("2025-11-13T00:00:02Z", 3 * 3600 * 1000 - 1000), "2025-11-12T23:59:59Z");
}

TEST_F(MsuMrDecoder, ASpacecraftThatSendsTheDayNeedsNoReception) {
  context_ = meteor_context(UtcTime{});
  context_.profile.packet_time =
      link::PacketTime{.epoch_days_from_1970 = 11322, .day_is_valid = true, .utc_offset_s = -10800};
  decoder_ = std::move(*Decoder::create(context_));
  push(packet_bytes(1, kNoonMoscow_ms, 0, coded_grey(100), 9082));
  const auto& granule = only_granule();
  EXPECT_EQ(format_utc(granule.lines[0].time), "2025-11-12T09:00:00Z");
  EXPECT_THAT(granule.provenance.remarks, ::testing::Not(::testing::Contains(HasSubstr("reception"))));
}

TEST_F(MsuMrDecoder, AChannelThatEndsInTheGranuleKeepsItsLines) {
  push_packet(3, kNoonMoscow_ms, 0);
  push_packet(5, kNoonMoscow_ms + 1232, 0);
  const auto& granule = only_granule();
  ASSERT_EQ(granule.bands.size(), 2U);
  EXPECT_EQ(granule.bands[0].name, "3");
  EXPECT_EQ(granule.bands[0].values[0], 100);
  EXPECT_EQ(granule.bands[0].values[8 * 1568], calibrate::kNoData);
  EXPECT_THAT(granule.quicklook_bands, ElementsAre("5"));
}

TEST_F(MsuMrDecoder, RandomDamageNeverBreaksTheAccount) {
  std::minstd_rand engine(1);
  const auto random = [&] { return static_cast<unsigned>(engine()) >> 8U; };
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = packet_bytes(1 + random() % 6, kNoonMoscow_ms + static_cast<std::uint32_t>(round / 40) * 1232,
                               random() % 14, coded_grey(static_cast<int>(random() % 128) * 2));
    for (unsigned flips = random() % 4; flips > 0; --flips) {
      bytes[6 + random() % (bytes.size() - 6)] = static_cast<Byte>(random());
    }
    if (random() % 10 == 0) bytes.resize(6 + random() % (bytes.size() - 6));
    push(bytes);
  }
  ASSERT_TRUE(decoder_->flush(sink_));
  const LossLedger& losses = decoder_->losses();
  EXPECT_TRUE(losses.balanced());
  EXPECT_EQ(losses.units_in, losses.units_out + losses.all_dropped().units);
  EXPECT_GT(losses.units_out, 500U);
  EXPECT_GT(losses.dropped(DropReason::packet_time).units, 50U);
  EXPECT_LT(losses.dropped(DropReason::late_packet).units, 50U) << "one odd time made others late";
  EXPECT_GT(losses.dropped(DropReason::decoder_refused).units, 100U);
  std::uint64_t packets = 0;
  std::uint64_t lines = 0;
  for (const auto& granule : sink_.granules) {
    packets += granule.provenance.packets;
    lines += granule.line_count;
    EXPECT_LE(granule.line_count, 300U * 14U);
  }
  EXPECT_EQ(packets, losses.units_out);
  EXPECT_EQ(lines, decoder_->line_losses().units_in);
}

TEST(MsuMrInstrument, IsInTheRegistryAndNeedsATimeCode) {
  ASSERT_EQ(find_instrument("msu-mr"), &kInstrument);
  PassContext context = meteor_context(kReception);
  EXPECT_TRUE(kInstrument.create(context));
  context.profile.packet_time.reset();
  const auto refused = kInstrument.create(context);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::decoders::msu_mr
