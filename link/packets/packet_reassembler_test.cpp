#include "link/packets/packet_reassembler.h"

#include <gtest/gtest.h>

#include "core/crc.h"
#include "link/packets/packet_test_support.h"

namespace dl::link::testing {
namespace {

constexpr std::size_t kFieldBytes = 20;

class ReassemblerTest : public ::testing::Test {
 protected:
  // A frame with this pointer and data field, filled up to 20 bytes with zeros.
  void push(std::uint16_t pointer, Bytes field, bool gap_before = false, unsigned symbols_corrected = 0) {
    field.resize(std::max(field.size(), kFieldBytes), 0);
    Frame frame = frames_.make(pointer, field);
    frame.gap_before = gap_before;
    frame.quality.symbols_corrected = static_cast<std::uint16_t>(symbols_corrected);
    packets_.push(frame, batch_);
  }
  // Instead of the plain one; before the first push.
  template <class Change>
  void use(const Change& change) {
    Profile profile;
    change(profile);
    packets_ = PacketReassembler(profile, 9);
  }
  // Ends the pass, checks that the ledger balances, and returns what came out.
  const std::vector<Packet>& result() {
    packets_.flush();
    const LossLedger& losses = packets_.losses();
    EXPECT_TRUE(losses.balanced());
    EXPECT_EQ(losses.units_in, losses.units_out + losses.all_dropped().units);
    return batch_.packets();
  }
  [[nodiscard]] const LossCount& dropped(DropReason reason) const { return packets_.losses().dropped(reason); }

  PacketReassembler packets_{Profile{}, 9};
  PacketBatch batch_;
  TestFrames frames_;
};

TEST_F(ReassemblerTest, PacketsWithinOneZone) {
  push(0, joined({make_packet(1, 0, 8), make_packet(2, 0, 12)}));
  ASSERT_EQ(result().size(), 2U);
  EXPECT_EQ(result()[0].apid, 1);
  EXPECT_EQ(result()[0].vcid, 9);
  EXPECT_EQ(result()[1].bytes.size(), 12U);
  EXPECT_EQ(dropped(DropReason::overhead).bytes, 8U);
}

TEST_F(ReassemblerTest, WholePacketIsAViewOfItsFrameAndNoCopy) {
  const Frame frame = frames_.make(0, make_packet(1, 0, 20));
  packets_.push(frame, batch_);
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(result()[0].bytes.data(), frame.data_field.data());
}

TEST_F(ReassemblerTest, PacketAcrossThreeFramesWithTheWorstQualityOfThem) {
  const Bytes longer = make_packet(5, 7, 45);
  push(0, joined({make_packet(1, 0, 8), part(longer, 0, 12)}), false, 1);
  push(kNoPacketStart, part(longer, 12, 20), false, 9);
  push(13, joined({part(longer, 32, 13), make_packet(1, 1, 7)}), false, 4);
  ASSERT_EQ(result().size(), 3U);
  EXPECT_EQ(Bytes(result()[1].bytes.begin(), result()[1].bytes.end()), longer);
  EXPECT_EQ(result()[1].quality.symbols_corrected, 9);
  EXPECT_EQ(result()[1].input_offset, 0U);
  EXPECT_EQ(result()[2].quality.symbols_corrected, 4);
  EXPECT_EQ(result()[2].input_offset, 2000U);
}

TEST_F(ReassemblerTest, StationsErredFrameMakesThePacketErred) {
  Frame first = frames_.make(0, part(make_packet(1, 0, 40), 0, 20));
  first.quality.station = StationVerdict::good;
  Frame second = frames_.make(kNoPacketStart, part(make_packet(1, 0, 40), 20, 20));
  second.quality.station = StationVerdict::erred;
  packets_.push(first, batch_);
  packets_.push(second, batch_);
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(result()[0].quality.station, StationVerdict::erred);
}

TEST_F(ReassemblerTest, HeaderSplitAcrossFramesAtEveryByte) {
  for (std::size_t split = 1; split < kPacketHeaderBytes; ++split) {
    const Bytes second = make_packet(2, 3, 20);
    push(0, joined({make_packet(1, 0, 20 - split), part(second, 0, split)}));
    push(static_cast<std::uint16_t>(20 - split), joined({part(second, split, 20 - split), Bytes(split, 0)}));
  }
  EXPECT_EQ(result().size(), 10U);
}

TEST_F(ReassemblerTest, PacketEndingWithTheZoneUnderNoPacketStart) {
  const Bytes longer = make_packet(5, 7, 40);
  push(0, part(longer, 0, 20));
  push(kNoPacketStart, part(longer, 20, 20));
  push(0, make_packet(6, 0, 20));
  EXPECT_EQ(result().size(), 2U);
}

TEST_F(ReassemblerTest, GapCutsThePacketInProgressAndSkipsTheRestOfTheNext) {
  push(0, part(make_packet(1, 0, 100), 0, 20));
  push(kNoPacketStart, Bytes(20, 1), true);
  push(7, joined({Bytes(7, 1), make_packet(2, 0, 13)}));
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::packet_cut_by_gap).units, 1U);
  EXPECT_EQ(dropped(DropReason::packet_cut_by_gap).bytes, 20U);
  EXPECT_EQ(dropped(DropReason::no_packet_start).bytes, 27U);
}

TEST_F(ReassemblerTest, EndOfPassCutsThePacketInProgress) {
  push(0, part(make_packet(1, 0, 100), 0, 20));
  EXPECT_TRUE(result().empty());
  EXPECT_EQ(dropped(DropReason::packet_cut_by_end).bytes, 20U);
}

TEST_F(ReassemblerTest, IdlePacketsAreCheckedAndNotPutOut) {
  push(0, joined({make_packet(kIdleApid, 0, 7), make_packet(1, 0, 13)}));
  push(0, make_packet(kIdleApid, 5, 20));
  EXPECT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::idle).units, 2U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 27U);
}

TEST_F(ReassemblerTest, ZoneOfIdleDataIsIdleAndLeavesThePacketInProgressAlone) {
  push(0, part(make_packet(1, 0, 40), 0, 20));
  push(kIdleDataOnly, Bytes(20, 0x77));
  push(kNoPacketStart, part(make_packet(1, 0, 40), 20, 20));
  EXPECT_EQ(dropped(DropReason::idle).bytes, 20U);
  EXPECT_EQ(result().size(), 1U);
}

TEST_F(ReassemblerTest, ZeroBytesToTheEndOfTheZoneArePadding) {
  const Bytes longer = make_packet(4, 0, 30);
  push(0, joined({make_packet(1, 0, 9)}));   // padding where a header would fit
  push(0, joined({make_packet(2, 0, 17)}));  // padding shorter than a header
  push(0, part(longer, 0, 20));
  push(kNoPacketStart, part(longer, 20, 10));  // padding behind a continued packet
  push(0, make_packet(3, 0, 20));
  EXPECT_EQ(result().size(), 4U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 11U + 3U + 10U);
  EXPECT_EQ(packets_.pointer_mismatches(), 0U);
}

TEST_F(ReassemblerTest, PaddingThatGoesOnInTheNextZoneIsPadding) {
  push(0, make_packet(2, 0, 17));
  push(9, joined({Bytes(9, 0), make_packet(3, 0, 11)}));
  EXPECT_EQ(result().size(), 2U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 12U);
  EXPECT_EQ(packets_.pointer_mismatches(), 0U);
}

TEST_F(ReassemblerTest, PointerIsBelievedAgainstThePacketInProgress) {
  push(0, part(make_packet(1, 0, 30), 0, 20));
  push(5, joined({Bytes(5, 1), make_packet(2, 0, 15)}));  // five bytes too few
  push(0, part(make_packet(1, 0, 30), 0, 20));
  push(kNoPacketStart, Bytes(20, 1));  // ten bytes too many
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(result()[0].apid, 2);
  EXPECT_EQ(packets_.pointer_mismatches(), 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).units, 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 25U + 40U);
}

TEST_F(ReassemblerTest, PointerBehindTheZoneDropsTheZone) {
  push(20, make_packet(1, 0, 20));
  push(0, make_packet(1, 1, 20));
  EXPECT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 20U);
  EXPECT_EQ(packets_.pointer_mismatches(), 1U);
}

TEST_F(ReassemblerTest, BytesThatAreNoPacketDropTheRestOfTheZone) {
  push(0, joined({make_packet(1, 0, 8), Bytes(12, 0xFF)}));
  push(0, make_packet(1, 1, 20));
  EXPECT_EQ(result().size(), 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 12U);
}

TEST_F(ReassemblerTest, SpaceAndEncapsulationPacketsStandInOneZone) {
  use([](Profile& profile) { profile.encapsulation_packets = true; });
  const Bytes encapsulated = {0xE9, 5, 1, 2, 3};  // protocol 2
  const Bytes idle_one = {0xE0};
  const Bytes idle_four = {0xE2, 0, 0, 6, 9, 9};
  const Bytes split = {0xFB, 0, 0, 0, 0, 0, 0, 11, 7, 8, 9};
  push(0, joined({encapsulated, idle_one, make_packet(3, 0, 7), idle_four, part(split, 0, 1)}));
  push(10, joined({part(split, 1, 10), make_packet(3, 1, 10)}));
  ASSERT_EQ(result().size(), 4U);
  EXPECT_EQ(result()[0].kind, PacketKind::encapsulation);
  EXPECT_EQ(result()[0].apid, 2);
  EXPECT_EQ(result()[1].kind, PacketKind::space);
  EXPECT_EQ(result()[2].kind, PacketKind::encapsulation);
  EXPECT_EQ(Bytes(result()[2].bytes.begin(), result()[2].bytes.end()), split);
  EXPECT_EQ(dropped(DropReason::idle).units, 2U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 7U);
  EXPECT_EQ(packets_.sequences().rows().size(), 3U);
}

TEST_F(ReassemblerTest, EncapsulationPacketIsNoPacketWhereTheProfileHasNone) {
  push(0, {0xE9, 5, 1, 2, 3});
  EXPECT_TRUE(result().empty());
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 20U);
}

TEST_F(ReassemblerTest, FramesThatCarryNoPacketsArePassedThrough) {
  for (const std::uint16_t pointer : {kNoPacketStart, kNoPacketStart, kIdleDataOnly}) {
    Frame frame = frames_.make(pointer, Bytes(20, 0xAB));
    frame.passed_through = true;
    frame.gap_before = !batch_.empty();
    packets_.push(frame, batch_);
  }
  ASSERT_EQ(result().size(), 2U);
  EXPECT_EQ(result()[0].kind, PacketKind::frame_data);
  EXPECT_EQ(result()[0].apid, 0);
  EXPECT_EQ(result()[0].bytes.size(), 20U);
  EXPECT_FALSE(result()[0].gap_before);
  EXPECT_TRUE(result()[1].gap_before);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 20U);
}

TEST_F(ReassemblerTest, PacketWithAWrongChecksumIsDroppedAndMissedByTheNext) {
  use([](Profile& profile) { profile.checksums = {{{}, PacketChecksum::crc_16}}; });
  for (std::uint16_t count = 0; count < 3; ++count) {
    Bytes bytes = make_packet(1, count, 20);
    const std::uint16_t crc = crc16_ccitt(ByteView(bytes).first(18));
    bytes[18] = static_cast<Byte>(crc >> 8U);
    bytes[19] = static_cast<Byte>(crc + (count == 1 ? 1 : 0));
    push(0, bytes);
  }
  ASSERT_EQ(result().size(), 2U);
  EXPECT_TRUE(result()[1].gap_before);
  EXPECT_EQ(dropped(DropReason::packet_checksum).units, 1U);
  EXPECT_EQ(dropped(DropReason::packet_checksum).bytes, 20U);
}

}  // namespace
}  // namespace dl::link::testing
