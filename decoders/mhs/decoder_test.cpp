#include "decoders/mhs/instrument.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/aip_test_support.h"
#include "decoders/mhs/mhs_test_scene.h"
#include "decoders/mhs/packet.h"
#include "decoders/registry.h"

namespace dl::decoders::mhs {
namespace {

using decoders::testing::expect_same_values;
using decoders::testing::granules_of_aip;
using testing::CollectingSink;
using testing::encoded_line;
using testing::line_time;
using testing::request_of;

PassContext context(const std::string& platform = "metop-b") {
  PassContext out;
  out.profile.platform = platform;
  out.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
  return out;
}

link::Packet packet_of(ByteView bytes) {
  link::Packet packet;
  packet.vcid = 12;
  packet.apid = kMetopApid;
  packet.bytes = bytes;
  return packet;
}

Bytes packet_bytes(std::size_t line) {
  static const ScanLine scan = encoded_line(request_of("metop-b"), 0);
  return encode_metop_packet(scan, line_time(line), static_cast<std::uint16_t>(line));
}

TEST(MhsDecoder, IsInTheRegistry) {
  ASSERT_NE(find_instrument("mhs"), nullptr);
  EXPECT_EQ(find_instrument("mhs")->slot_length, Seconds(180));
}

TEST(MhsDecoder, APassBecomesGranulesAndItsNumbersAddUp) {
  auto decoder = SounderDecoder::create(kSounder, context());
  ASSERT_TRUE(decoder) << decoder.error().message;
  CollectingSink sink;
  for (std::size_t line = 0; line < 100; ++line) {
    if (line == 40) continue;
    Bytes bytes = packet_bytes(line);
    if (line == 50) bytes[700] ^= 0x10;
    ASSERT_EQ((*decoder)->push(packet_of(bytes), sink).value(), Accepted::yes);
  }
  ASSERT_TRUE((*decoder)->flush(sink));
  ASSERT_EQ(sink.granules.size(), 2u);
  EXPECT_EQ(sink.granules[0].line_count, 68u);
  EXPECT_EQ(sink.granules[1].line_count, 32u);
  EXPECT_EQ(sink.granules[0].instrument, "mhs");
  EXPECT_NE(sink.granules[0].lines[40].flags & calibrate::kLineMissing, 0u);
  EXPECT_NE(sink.granules[0].lines[50].flags & calibrate::kLineMissing, 0u);
  const LossLedger& losses = (*decoder)->losses();
  EXPECT_EQ(losses.units_in, 99u);
  EXPECT_EQ(losses.units_out, 98u);
  EXPECT_EQ(losses.dropped(DropReason::packet_checksum).units, 1u);
  EXPECT_TRUE(losses.balanced());
  EXPECT_EQ((*decoder)->line_losses().units_out, 98u);
  EXPECT_EQ((*decoder)->line_losses().dropped(DropReason::missing_line).units, 2u);
}

TEST(MhsDecoder, PacketsOfAnotherLengthGoToLevel0) {
  auto decoder = SounderDecoder::create(kSounder, context());
  ASSERT_TRUE(decoder);
  CollectingSink sink;
  const Bytes bytes = packet_bytes(0);
  EXPECT_EQ((*decoder)->push(packet_of(ByteView(bytes).first(1306)), sink).value(), Accepted::no);
  EXPECT_EQ((*decoder)->losses().units_in, 0u);
}

TEST(MhsDecoder, ASatelliteWithoutTablesIsAConfigurationError) {
  const auto decoder = SounderDecoder::create(kSounder, context("metop-z"));
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().kind, ErrorKind::config);
  PassContext other = context();
  other.calibration_profile = "nobody";
  const auto unknown = SounderDecoder::create(kSounder, other);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, ::testing::HasSubstr("expected one of klm-prelaunch"));
}

TEST(MhsDecoder, WithoutCoefficientsThereAreCountsAndTheReason) {
  auto decoder = SounderDecoder::create(kSounder, context("noaa-18"));
  ASSERT_TRUE(decoder) << decoder.error().message;
  CollectingSink sink;
  const Bytes bytes = packet_bytes(0);
  ASSERT_TRUE((*decoder)->push(packet_of(bytes), sink));
  ASSERT_TRUE((*decoder)->flush(sink));
  ASSERT_EQ(sink.granules.size(), 1u);
  for (const calibrate::Band& band : sink.granules[0].bands) {
    EXPECT_EQ(band.unit, "counts");
    EXPECT_THAT(band.uncalibrated_reason, ::testing::HasSubstr("radiometry"));
  }
  EXPECT_EQ(sink.granules[0].level, "L1A");
}

// Three lines a major frame of AIP, as NOAA sends them, against a packet each, as Metop does.
TEST(MhsDecoder, TheSameCountsGiveTheSameValuesThroughAipAndThroughMetopsPackets) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint16_t> count(0, 65535), small(0, 40);
  PassContext pass = context("noaa-19");
  pass.started_at = testing::kStart;
  auto metop = SounderDecoder::create(kSounder, pass).value();
  auto noaa = SounderDecoder::create(kSounder, pass).value();
  CollectingSink sink;
  std::vector<AipMajorFrame> frames;
  for (std::size_t number = 0; number < 72; ++number) {
    ScanLine line = encoded_line(request_of("noaa-19"), 0);
    for (auto& band : line.earth) {
      for (auto& pixel : band) pixel = count(random);
    }
    for (auto& band : line.space) {
      for (auto& sample : band) sample = static_cast<std::uint16_t>(sample + small(random));
    }
    line.prt[0] = static_cast<std::uint16_t>(line.prt[0] + small(random));
    if (number % 3 == 0) frames.push_back(make_aip_major_frame(15));
    put_science(kSounder.aip_units[0], number % 3, write_science(line), frames.back());
    const Bytes bytes = encode_metop_packet(line, line_time(number), static_cast<std::uint16_t>(number));
    ASSERT_TRUE(metop->push(packet_of(bytes), sink));
  }
  ASSERT_TRUE(metop->flush(sink));
  const auto granules = granules_of_aip(*noaa, frames, testing::kStart);
  ASSERT_EQ(granules.size(), 2u);
  EXPECT_TRUE(granules[0].bands[0].uncalibrated_reason.empty()) << granules[0].bands[0].uncalibrated_reason;
  expect_same_values(granules, sink.granules);
  EXPECT_EQ(noaa->losses().units_in, 24 * kAipFrames);
  EXPECT_EQ(noaa->line_losses().units_out, 72u);
}

}  // namespace
}  // namespace dl::decoders::mhs
