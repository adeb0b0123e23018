#include "decoders/metop_admin/admin_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "decoders/metop_admin/admin_message_test_sets.h"
#include "link/packets/packet_checksum.h"

namespace dl::decoders::metop_admin {
namespace {

using testing::kMetopB;
using testing::kNoaa20;

const UtcTime kTime = *parse_utc("2020-09-26T20:00:00Z");

Bytes packet() {
  return encode_admin_packet(calibrate::parse_element_sets(kMetopB + kNoaa20).sets, kTime, 5);
}

TEST(AdminMessage, GivesTheElementSetsOfAllItsSatellites) {
  const auto sets = decode_admin_packet(packet());
  ASSERT_TRUE(sets);
  ASSERT_EQ(sets->size(), 2U);
  EXPECT_EQ(sets->at(0).name, "METOP-B");
  EXPECT_EQ(sets->at(0).norad_id, 38771U);
  EXPECT_EQ(sets->at(0).line1 + "\n" + sets->at(0).line2 + "\n", kMetopB.substr(kMetopB.find('\n') + 1));
  EXPECT_EQ(sets->at(1).norad_id, 43013U);
  EXPECT_TRUE(link::checksum_is_right(packet(), link::PacketChecksum::xor_16));
}

TEST(AdminMessage, ReadsLinesInEitherNesting) {
  const auto sets = calibrate::parse_element_sets(kMetopB).sets;
  const std::string lines = "<line-1>" + sets[0].line1 + "</line-1><line-2>\n " + sets[0].line2 + "\n</line-2>";
  for (const auto& [open, close] :
       {std::pair{"<navigation><two-line-elements>", "</two-line-elements></navigation>"},
        std::pair{"<two-line-elements><navigation>", "</navigation></two-line-elements>"}}) {
    const auto found =
        decode_document("<?xml version=\"1.0\"?><multi-mission-administrative-message><message>" + std::string(open) +
                        lines + close + "</message></multi-mission-administrative-message>");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().line2, sets[0].line2);
  }
  EXPECT_TRUE(decode_document("<multi-mission-administrative-message/>")->empty());
}

TEST(AdminMessage, EveryFlippedBitOfTheCompressedDocumentIsNoticed) {
  const Bytes whole = packet();
  const std::string first_line = calibrate::parse_element_sets(kMetopB).sets[0].line1;
  for (std::size_t byte = 6 + kDocumentOffset; byte < whole.size() - 4; ++byte) {
    Bytes damaged = whole;
    damaged[byte] ^= 0x10;
    const auto sets = decode_admin_packet(damaged);
    if (sets) {
      EXPECT_EQ(sets->at(0).line1, first_line) << byte;
    }
  }
}

TEST(AdminMessage, EveryCutIsRefused) {
  const Bytes whole = packet();
  for (std::size_t size = 0; size < whole.size() - 6; size += 3) {
    EXPECT_FALSE(decode_admin_packet(ByteView(whole).first(size))) << size;
  }
}

TEST(AdminMessage, WhatIsNoDocumentOfElementSetsIsRefused) {
  EXPECT_EQ(decode_document("").error(), DropReason::decoder_refused);
  EXPECT_EQ(decode_document("<a><b></a>").error(), DropReason::decoder_refused);
  EXPECT_EQ(decode_document("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>").error(), DropReason::decoder_refused);
  EXPECT_EQ(decode_document("<a><line-1>1 38771U</line-1><line-2>2 38771</line-2></a>").error(),
            DropReason::decoder_refused);
  EXPECT_EQ(decode_document("<a><line-2>2 38771</line-2></a>").error(), DropReason::decoder_refused);
}

TEST(AdminMessage, ADocumentThatGrowsWithoutEndIsCutOff) {
  // 45 bytes of bzip2 that become 10 MB of zeros would do; here the packet's own compressor makes them.
  calibrate::TwoLineElements set = calibrate::parse_element_sets(kMetopB).sets[0];
  set.name.assign(2 * kLargestDocument, 'a');
  const Bytes bomb = encode_admin_packet(std::vector{set}, kTime, 0);
  EXPECT_LT(bomb.size(), 2000U);
  EXPECT_EQ(decode_admin_packet(bomb).error(), DropReason::decoder_refused);
}

}  // namespace
}  // namespace dl::decoders::metop_admin
