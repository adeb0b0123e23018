#include "decoders/amsu_a/instrument.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/aip_test_support.h"
#include "decoders/amsu_a/amsu_a_test_scene.h"
#include "decoders/metop_packet.h"
#include "decoders/registry.h"

namespace dl::decoders::amsu_a {
namespace {

using decoders::testing::expect_same_values;
using decoders::testing::granules_of_aip;
using testing::CollectingSink;
using testing::encoded_line;
using testing::line_time;
using testing::request_of;
using testing::value;

class AmsuADecoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PassContext context;
    context.profile.platform = "metop-b";
    context.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
    decoder = SounderDecoder::create(kSounder, context).value();
  }
  Accepted push(ByteView bytes, std::uint16_t apid) {
    link::Packet packet;
    packet.apid = apid;
    packet.bytes = bytes;
    return decoder->push(packet, sink).value();
  }
  void push_unit(std::size_t line, std::size_t unit) {
    static const UnitLine scan = encoded_line(request_of("metop-b"), 0);
    const Bytes bytes = encode_metop_packet(scan, unit, line_time(line), static_cast<std::uint16_t>(line));
    ASSERT_EQ(bytes.size(), kUnits[unit].metop_packet_bytes);
    EXPECT_EQ(push(bytes, kUnits[unit].metop_apid), Accepted::yes);
  }

  std::unique_ptr<InstrumentDecoder> decoder;
  CollectingSink sink;
};

TEST_F(AmsuADecoderTest, IsInTheRegistry) {
  ASSERT_NE(find_instrument("amsu-a"), nullptr);
}

TEST_F(AmsuADecoderTest, TheUnitsAreJoinedByTimeInWhateverOrderTheyCome) {
  for (std::size_t line = 0; line < 40; ++line) {
    push_unit(line, line % 2);
    if (line != 7) push_unit(line, 1 - line % 2);
  }
  ASSERT_TRUE(decoder->flush(sink));
  ASSERT_EQ(sink.granules.size(), 2u);
  EXPECT_EQ(sink.granules[0].line_count, 23u);
  EXPECT_EQ(sink.granules[1].line_count, 17u);
  EXPECT_EQ(sink.granules[0].bands.size(), kBandCount);
  EXPECT_EQ(sink.granules[0].provenance.packets, 45u);
  EXPECT_NE(sink.granules[0].lines[7].flags & calibrate::kLinePartial, 0u);
  EXPECT_TRUE(std::isnan(value(sink.granules[0], 2, 7, 0))) << "A1 came not for line 7";
  EXPECT_FALSE(std::isnan(value(sink.granules[0], 0, 7, 0)));
  EXPECT_EQ(decoder->losses().units_out, 79u);
  EXPECT_TRUE(decoder->losses().balanced());
  EXPECT_EQ(decoder->line_losses().units_out, 40u);
}

TEST_F(AmsuADecoderTest, APacketWithTooFewWordsIsRefusedAndCounted) {
  const Bytes fill = [] {
    Bytes data(kUnits[0].metop_packet_bytes - kMetopDataOffset - kMetopParityBytes);
    for (std::size_t i = 1; i < data.size(); i += 2) data[i] = 1;
    return make_metop_packet(39, 0, testing::kStart, data);
  }();
  EXPECT_EQ(push(fill, 39), Accepted::yes);
  EXPECT_EQ(decoder->losses().dropped(DropReason::decoder_refused).units, 1u);
  EXPECT_EQ(push(ByteView(fill).first(1142), 39), Accepted::no) << "the length of A2";
  ASSERT_TRUE(decoder->flush(sink));
  EXPECT_TRUE(decoder->losses().balanced());
  EXPECT_TRUE(sink.granules.empty());
}

TEST(AmsuADecoder, WithoutCoefficientsThereAreCountsAndTheReason) {
  for (const std::string platform : {"noaa-16", "noaa-17"}) {
    PassContext pass;
    pass.profile.platform = platform;
    pass.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
    auto decoder = SounderDecoder::create(kSounder, pass);
    ASSERT_TRUE(decoder) << decoder.error().message;
    CollectingSink sink;
    const UnitLine line = encoded_line(request_of("noaa-19"), 0);
    const Bytes bytes = encode_metop_packet(line, 0, line_time(0), 0);
    link::Packet packet;
    packet.apid = kUnits[0].metop_apid;
    packet.bytes = bytes;
    ASSERT_TRUE((*decoder)->push(packet, sink));
    ASSERT_TRUE((*decoder)->flush(sink));
    ASSERT_EQ(sink.granules.size(), 1u);
    for (const calibrate::Band& band : sink.granules[0].bands) {
      EXPECT_EQ(band.unit, "counts");
      EXPECT_NE(band.uncalibrated_reason.find("radiometry"), std::string::npos) << band.uncalibrated_reason;
    }
  }
}

// One line a major frame of AIP, as NOAA sends them, against two packets, as Metop does. Words are even.
TEST(AmsuADecoder, TheSameCountsGiveTheSameValuesThroughAipAndThroughMetopsPackets) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint16_t> half(0, 32767), small(0, 20);
  PassContext pass;
  pass.profile.platform = "noaa-19";
  pass.tables = {DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};
  pass.started_at = testing::kStart;
  auto metop = SounderDecoder::create(kSounder, pass).value();
  auto noaa = SounderDecoder::create(kSounder, pass).value();
  CollectingSink sink;
  std::vector<AipMajorFrame> frames;
  for (std::size_t number = 0; number < 30; ++number) {
    UnitLine line = encoded_line(request_of("noaa-19"), 0);
    frames.push_back(make_aip_major_frame(15));
    for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
      for (auto& band : line[unit]->earth) {
        for (auto& pixel : band) pixel = static_cast<std::uint16_t>(2 * half(random));
      }
      line[unit]->target[0][1] = static_cast<std::uint16_t>(line[unit]->target[0][1] + 2 * small(random));
      if (number == 4 && unit == 1) continue;  // a unit may be silent
      put_science(kSounder.aip_units[unit], 0, write_science(kUnits[unit], *line[unit]), frames.back());
      link::Packet packet;
      packet.apid = kUnits[unit].metop_apid;
      const Bytes bytes = encode_metop_packet(line, unit, line_time(number), static_cast<std::uint16_t>(number));
      packet.bytes = bytes;
      ASSERT_TRUE(metop->push(packet, sink));
    }
  }
  ASSERT_TRUE(metop->flush(sink));
  const auto granules = granules_of_aip(*noaa, frames, testing::kStart);
  ASSERT_EQ(granules.size(), 2u);
  ASSERT_EQ(granules[0].bands.size(), kBandCount);
  EXPECT_TRUE(granules[0].bands[0].uncalibrated_reason.empty()) << granules[0].bands[0].uncalibrated_reason;
  expect_same_values(granules, sink.granules);
  EXPECT_EQ(noaa->losses().units_in, 30 * kAipFrames);
  EXPECT_EQ(noaa->line_losses().units_out, 30u);
}

}  // namespace
}  // namespace dl::decoders::amsu_a
