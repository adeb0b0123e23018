#include "decoders/packet_archive/slot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::decoders::packet_archive {
namespace {

using calibrate::ArchivedPacket;
using ::testing::ElementsAre;

const UtcTime kStart = *parse_utc("2026-05-12T08:57:00Z");

ArchivedPacket packet(int second, std::uint16_t count, std::uint16_t apid = 130) {
  ArchivedPacket made;
  made.time = kStart + Seconds(second);
  made.apid = apid;
  made.sequence_count = count;
  made.bytes = {static_cast<Byte>(count >> 8), static_cast<Byte>(count)};
  return made;
}

calibrate::PacketGranule finish(std::vector<ArchivedPacket> packets, LastCounts& last, std::uint32_t modulus = 16384) {
  Slot slot(kStart);
  for (ArchivedPacket& each : packets) slot.add(std::move(each), 0);
  calibrate::PacketGranule granule;
  std::move(slot).finish(modulus, last, granule);
  return granule;
}

std::vector<int> missing(const calibrate::PacketGranule& granule) {
  std::vector<int> list;
  for (const ArchivedPacket& each : granule.packets) {
    list.push_back(each.missing_before ? static_cast<int>(*each.missing_before) : -1);
  }
  return list;
}

std::vector<int> counts(const calibrate::PacketGranule& granule) {
  std::vector<int> list;
  for (const ArchivedPacket& each : granule.packets) list.push_back(each.sequence_count);
  return list;
}

TEST(PacketArchiveSlot, CountsWhatIsMissingByTheSequenceCount) {
  LastCounts last;
  EXPECT_THAT(missing(finish({packet(0, 7), packet(1, 8), packet(2, 12)}, last)), ElementsAre(-1, 0, 3));
  EXPECT_THAT(last, ElementsAre(std::pair(130, 12)));
}

TEST(PacketArchiveSlot, GoesOnFromTheSlotBefore) {
  LastCounts last = {{130, 16382}};
  EXPECT_THAT(missing(finish({packet(0, 1), packet(1, 2)}, last)), ElementsAre(2, 0));
  EXPECT_THAT(last, ElementsAre(std::pair(130, 2)));
}

TEST(PacketArchiveSlot, ACounterThatWrapsLeavesNoGap) {
  LastCounts last;
  EXPECT_THAT(missing(finish({packet(0, 318), packet(1, 319), packet(2, 0)}, last, 320)), ElementsAre(-1, 0, 0));
}

TEST(PacketArchiveSlot, PacketsThatWereSentOutOfTheOrderOfTheirTimesLeaveNoGap) {
  LastCounts last;
  EXPECT_THAT(missing(finish({packet(0, 3), packet(1, 5), packet(2, 4), packet(3, 6)}, last)),
              ElementsAre(-1, 0, 0, 0));
}

TEST(PacketArchiveSlot, ApidsHaveTheirOwnCounters) {
  LastCounts last;
  EXPECT_THAT(missing(finish({packet(0, 3), packet(0, 900, 135), packet(1, 4), packet(1, 902, 135)}, last)),
              ElementsAre(-1, -1, 0, 1));
}

TEST(PacketArchiveSlot, PacketsOfOneTimeStandInTheOrderOfTheirCountsOverTheWrap) {
  LastCounts last;
  const auto granule = finish({packet(0, 1), packet(0, 16383), packet(0, 0), packet(0, 16382)}, last);
  EXPECT_THAT(counts(granule), ElementsAre(16382, 16383, 0, 1));
  EXPECT_THAT(missing(granule), ElementsAre(-1, 0, 0, 0));
}

TEST(PacketArchiveSlot, TheSameBytesAreOnePacketAndItsBetterReceptionCounts) {
  Slot slot(kStart);
  EXPECT_TRUE(slot.add(packet(0, 1), 9));
  EXPECT_FALSE(slot.add(packet(0, 1), 4));
  ArchivedPacket other = packet(0, 1);
  other.bytes.push_back(1);
  EXPECT_TRUE(slot.add(other, 0)) << "of other content";
  calibrate::PacketGranule granule;
  LastCounts last;
  std::move(slot).finish(16384, last, granule);
  EXPECT_EQ(granule.packets.size(), 2U);
  EXPECT_EQ(granule.duplicates, 1U);
  EXPECT_EQ(granule.provenance.symbols_corrected, 4U);
  EXPECT_THAT(missing(granule), ElementsAre(-1, 0));
}

}  // namespace
}  // namespace dl::decoders::packet_archive
