#include "decoders/avhrr3/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/encoder.h"

namespace dl::decoders::avhrr3 {
namespace {

using ::testing::ElementsAre;

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<Byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// The head and the tail of a packet of Metop-B as published (JanskyContinuum metop-ahrpt-receiver,
// docs/avhrr-packet-inspection.md; instruments.md 5.1). What lies between was not published: zeros, but for one pair of
// bytes in the Earth view that makes the published parity right.
Bytes published_packet() {
  Bytes packet = from_hex("0867CE83329F");
  for (const Byte byte : from_hex("25EB01E183D702CC0014130DE01A09026097E0F80270A025F83E00AC2909BE0F"
                                  "802709C28F83E008825097E0F84280A024F83E00A82909BE1F802709C26F83E0")) {
    packet.push_back(byte);
  }
  packet.resize(kPacketBytes - 16);
  for (const Byte byte : from_hex("6C02F0AC267A5B00A0280A1E96C0CFEC")) packet.push_back(byte);
  const std::uint16_t parity = vertical_parity(packet);
  packet[6000] = static_cast<Byte>(parity >> 8);
  packet[6001] = static_cast<Byte>(parity);
  return packet;
}

TEST(Packet, PublishedMetopBBytesGiveTheirTimeAndCounts) {
  const Bytes packet = published_packet();
  ASSERT_TRUE(looks_like_avhrr3(103, packet));
  const auto line = decode_packet(packet);
  ASSERT_TRUE(line);
  EXPECT_EQ(format_utc(line->time), "2026-07-30T08:45:56.567716Z");
  EXPECT_FALSE(line->channel_3b);
  EXPECT_THAT(line->space[0], ElementsAre(36, 38, 37, 992, 992));
  EXPECT_THAT(line->space[1], ElementsAre(39, 40, 37, 992, 992));
  EXPECT_THAT(line->space[2], ElementsAre(43, 41, 38, 992, 992));
  EXPECT_THAT(line->space[3], ElementsAre(39, 39, 40, 992, 992));
  EXPECT_THAT(line->space[4], ElementsAre(34, 37, 37, 992, 993));
  EXPECT_THAT(line->space[5], ElementsAre(40, 40, 36, 992, 992));
  EXPECT_THAT(line->space[6], ElementsAre(42, 41, 38, 993, 992));
  EXPECT_THAT(line->space[7], ElementsAre(39, 39, 38, 992, 992));
  EXPECT_THAT(line->black_body[8], ElementsAre(47, 43, 38, 489, 432));
  EXPECT_THAT(line->black_body[9], ElementsAre(40, 40, 40, 489, 432));
}

TEST(Packet, EncoderUndoesDecoder) {
  ScanLine line;
  line.time = *parse_utc("2026-07-30T08:45:56.567716Z");
  line.channel_3b = true;
  std::uint32_t state = 1;
  const auto next = [&] { return static_cast<std::uint16_t>((state = state * 1664525U + 1013904223U) >> 22); };
  for (std::size_t i = 0; i < kSlots * kPixels; ++i) line.earth.push_back(next());
  for (auto* view : {&line.space, &line.black_body}) {
    for (auto& sample : *view) {
      for (auto& count : sample) count = next();
    }
  }
  for (auto* words : {&line.ramp, &line.patch}) {
    for (auto& count : *words) count = next();
  }
  for (auto& count : line.prt) count = next();

  const auto back = decode_packet(encode_packet(line, 7));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->time, line.time);
  EXPECT_TRUE(back->channel_3b);
  EXPECT_EQ(back->earth, line.earth);
  EXPECT_EQ(back->space, line.space);
  EXPECT_EQ(back->black_body, line.black_body);
  EXPECT_EQ(back->prt, line.prt);
  EXPECT_EQ(back->ramp, line.ramp);
  EXPECT_EQ(back->patch, line.patch);
}

TEST(Packet, EveryFlippedByteIsSeenByTheParity) {
  Bytes packet = published_packet();
  for (std::size_t i = 0; i < packet.size(); ++i) {
    packet[i] = static_cast<Byte>(packet[i] ^ 0xFF);
    const auto line = decode_packet(packet);
    ASSERT_FALSE(line) << i;
    ASSERT_EQ(line.error(), DropReason::packet_checksum);
    packet[i] = static_cast<Byte>(packet[i] ^ 0xFF);
  }
}

TEST(Packet, TimeThatCannotBeIsRefusedThoughTheParityIsRight) {
  Bytes packet = published_packet();
  for (const std::size_t i : {kTimeOffset + 2, std::size_t{6000}}) packet[i] = static_cast<Byte>(packet[i] ^ 0xF0);
  const auto line = decode_packet(packet);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error(), DropReason::packet_time);
}

TEST(Packet, AnotherLengthOrApidIsNotOurs) {
  const Bytes packet = published_packet();
  EXPECT_FALSE(looks_like_avhrr3(103, ByteView(packet).first(kPacketBytes - 1)));
  EXPECT_FALSE(looks_like_avhrr3(34, packet));
  EXPECT_FALSE(looks_like_avhrr3(103, {}));
}

}  // namespace
}  // namespace dl::decoders::avhrr3
