#include "link/packets/tip_splitter.h"

#include <bit>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::link {
namespace {

// A minor frame behind its marker, with every word at hand.
class MinorFrame {
 public:
  MinorFrame() : words_(kHrptWords, 0) {}

  void word(std::size_t index, unsigned value) { words_[index] = value & 0x3FFU; }
  void header(unsigned number, unsigned address, unsigned day, std::uint32_t millisecond) {
    word(6, number << 7 | address << 3);
    word(8, day << 1);
    word(9, 0b101U << 7 | millisecond >> 20);
    word(10, millisecond >> 10);
    word(11, millisecond);
  }
  void octet(std::size_t place, std::size_t index, unsigned value) {
    const unsigned parity = std::popcount(value) % 2U;
    word(kHrptTipWord + place * kTipFrameBytes + index, value << 2 | parity << 1);
  }
  void flip(std::size_t index, unsigned bit) { words_[index] ^= 1U << bit; }

  [[nodiscard]] Bytes bytes() const {
    Bytes out;
    unsigned window = 0;
    unsigned bits = 0;
    for (std::size_t i = kHrptMarkerWords; i < kHrptWords; ++i) {
      window = window << 10 | words_[i];
      for (bits += 10; bits >= 8; bits -= 8) out.push_back(static_cast<Byte>(window >> (bits - 8)));
    }
    return out;
  }

 private:
  std::vector<unsigned> words_;
};

MinorFrame filled(unsigned number) {
  MinorFrame frame;
  frame.header(number, 13, 366, 86'399'999);
  for (std::size_t place = 0; place < kHrptTipFrames; ++place) {
    for (std::size_t i = 0; i < kTipFrameBytes; ++i) frame.octet(place, i, (i * 7 + place * 31 + number) & 0xFFU);
  }
  return frame;
}

PacketBatch split(TipSplitter& splitter, const MinorFrame& minor_frame, bool gap_before = false) {
  Bytes bytes = minor_frame.bytes();
  Frame frame;
  frame.data_field = bytes;
  frame.gap_before = gap_before;
  frame.input_offset = 77;
  PacketBatch out;
  splitter.push(frame, out);
  return out;
}

TEST(HrptFrame, HeaderIsWhereTheUsersGuideHasIt) {
  MinorFrame frame = filled(3);
  ASSERT_EQ(frame.bytes().size(), kHrptFrameBytes);
  frame.flip(6, 0);
  frame.flip(6, 1);
  const HrptHeader header = parse_hrpt_header(frame.bytes());
  EXPECT_EQ(header.number, HrptMinorFrameNumber::aip);
  EXPECT_EQ(header.spacecraft_address, 13);
  EXPECT_TRUE(header.channel_3a);
  EXPECT_TRUE(header.pseudo_noise);
  EXPECT_EQ(header.day_of_year, 366);
  EXPECT_EQ(header.millisecond_of_day, 86'399'999U);
  EXPECT_TRUE(header.has_possible_time());
}

TEST(HrptFrame, TimesThatCannotBeAreSeen) {
  for (const auto& [day, millisecond] : {std::pair{0U, 0U}, std::pair{367U, 0U}, std::pair{1U, 86'400'000U}}) {
    MinorFrame frame;
    frame.header(1, 7, day, millisecond);
    EXPECT_FALSE(parse_hrpt_header(frame.bytes()).has_possible_time()) << day << ' ' << millisecond;
  }
}

TEST(HrptFrame, LastWordIsReadWithinTheFrame) {
  MinorFrame frame;
  frame.word(kHrptWords - 1, 0x2A5);
  EXPECT_EQ(hrpt_word(frame.bytes(), kHrptWords - 1), 0x2A5);
}

TEST(TipSplitter, FiveFramesComeOutWithPlaceAndTime) {
  TipSplitter splitter;
  const PacketBatch out = split(splitter, filled(1), true);
  ASSERT_EQ(out.packets().size(), 5U);
  for (std::size_t place = 0; place < 5; ++place) {
    const Packet& packet = out.packets()[place];
    EXPECT_EQ(packet.kind, PacketKind::tip_frame);
    EXPECT_EQ(packet.apid, kTipApid);
    EXPECT_EQ(packet.sequence_count, place);
    EXPECT_EQ(packet.input_offset, 77U);
    EXPECT_EQ(packet.gap_before, place == 0);
    ASSERT_EQ(packet.bytes.size(), kTipPacketBytes);
    const TipPacket tip = read_tip_packet(packet.bytes);
    EXPECT_EQ(tip.spacecraft_address, 13);
    EXPECT_EQ(tip.place, place);
    EXPECT_EQ(tip.day_of_year, 366);
    EXPECT_EQ(tip.millisecond_of_day, 86'399'999U);
    for (std::size_t i = 0; i < kTipFrameBytes; ++i) EXPECT_EQ(tip.frame[i], (i * 7 + place * 31 + 1) & 0xFFU);
  }
}

TEST(TipSplitter, OnlyTheFirstAndThirdMinorFrameCarryAny) {
  for (const unsigned number : {0U, 2U}) {
    TipSplitter splitter;
    EXPECT_TRUE(split(splitter, filled(number)).empty());
    EXPECT_EQ(splitter.losses().units_in, 0U);
  }
  TipSplitter splitter;
  const PacketBatch out = split(splitter, filled(3));
  ASSERT_EQ(out.packets().size(), 5U);
  EXPECT_EQ(out.packets().front().apid, kAipApid);
}

TEST(TipSplitter, AWordWithWrongParityCostsItsFrameAndNothingIsSilent) {
  TipSplitter splitter;
  MinorFrame frame = filled(1);
  frame.flip(kHrptTipWord + 2 * kTipFrameBytes + 50, 6);
  frame.flip(kHrptTipWord + 4 * kTipFrameBytes + 103, 1);
  const PacketBatch out = split(splitter, frame);
  ASSERT_EQ(out.packets().size(), 3U);
  EXPECT_FALSE(out.packets()[1].gap_before);
  EXPECT_EQ(out.packets()[2].sequence_count, 3);
  EXPECT_TRUE(out.packets()[2].gap_before);
  EXPECT_EQ(splitter.losses().dropped(DropReason::packet_checksum).units, 2U);
  EXPECT_TRUE(splitter.losses().balanced());
  // The last one was lost: the next TIP frame shows it, whatever AIP came between.
  EXPECT_FALSE(split(splitter, filled(3)).packets().front().gap_before);
  EXPECT_TRUE(split(splitter, filled(1)).packets().front().gap_before);
}

TEST(TipSplitter, TenthBitIsNotLookedAt) {
  TipSplitter splitter;
  MinorFrame frame = filled(1);
  for (std::size_t i = 0; i < kHrptTipFrames * kTipFrameBytes; i += 3) frame.flip(kHrptTipWord + i, 0);
  EXPECT_EQ(split(splitter, frame).packets().size(), 5U);
}

TEST(TipSplitter, EveryWordOfNoiseEitherComesOutOrIsCounted) {
  std::mt19937 random(5);
  TipSplitter splitter;
  std::size_t out = 0;
  for (int i = 0; i < 50; ++i) {
    MinorFrame frame;
    for (std::size_t word = 6; word < kHrptWords; ++word) frame.word(word, static_cast<unsigned>(random() & 0x3FFU));
    out += split(splitter, frame).packets().size();
  }
  EXPECT_EQ(splitter.losses().units_out, out);
  EXPECT_GT(splitter.losses().units_in, 0U);
  EXPECT_EQ(splitter.losses().units_in, out + splitter.losses().all_dropped().units);
  EXPECT_TRUE(splitter.losses().balanced());
}

}  // namespace
}  // namespace dl::link
