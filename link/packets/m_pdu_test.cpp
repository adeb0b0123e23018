#include "link/packets/m_pdu.h"

#include <gtest/gtest.h>

#include "link/frames/aos_frame.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

constexpr std::size_t kZoneBytes = 20;

Bytes packet(std::uint16_t apid, std::uint16_t count, std::size_t size_bytes) {
  SpacePacketHeader header;
  header.apid = apid;
  header.sequence_count = count;
  Bytes bytes;
  append_space_packet(header, Bytes(size_bytes - kPacketHeaderBytes, 0xEE), bytes);
  return bytes;
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}

class MPduTest : public ::testing::Test {
 protected:
  // A frame with this pointer and zone (20 bytes, or less with `fill` behind).
  void push(std::uint16_t pointer, Bytes zone, bool gap_before = false, unsigned symbols_corrected = 0) {
    zone.resize(kZoneBytes, 0);
    Bytes bytes(kAosHeaderBytes, 0);
    append_u16(bytes, pointer);
    append(bytes, zone);
    Frame frame;
    frame.bytes = bytes;
    frame.gap_before = gap_before;
    frame.quality.symbols_corrected = static_cast<std::uint16_t>(symbols_corrected);
    frame.input_offset = offset_;
    offset_ += 1000;
    packets_.push(frame, batch_);
  }
  Bytes part(const Bytes& bytes, std::size_t from, std::size_t count) {
    return {bytes.begin() + static_cast<std::ptrdiff_t>(from),
            bytes.begin() + static_cast<std::ptrdiff_t>(from + count)};
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

  MPduReassembler packets_{Profile{}, 9};
  PacketBatch batch_;
  std::uint64_t offset_ = 0;
};

TEST_F(MPduTest, PacketsWithinOneZone) {
  push(0, joined({packet(1, 0, 8), packet(2, 0, 12)}));
  ASSERT_EQ(result().size(), 2U);
  EXPECT_EQ(result()[0].apid, 1);
  EXPECT_EQ(result()[1].bytes.size(), 12U);
  EXPECT_EQ(dropped(DropReason::overhead).bytes, 8U);
}

TEST_F(MPduTest, PacketAcrossThreeFramesWithTheWorstQualityOfThem) {
  const Bytes longer = packet(5, 7, 45);
  push(0, joined({packet(1, 0, 8), part(longer, 0, 12)}), false, 1);
  push(kMPduNoPacketStart, part(longer, 12, 20), false, 9);
  push(13, joined({part(longer, 32, 13), packet(1, 1, 7)}), false, 4);
  ASSERT_EQ(result().size(), 3U);
  EXPECT_EQ(Bytes(result()[1].bytes.begin(), result()[1].bytes.end()), longer);
  EXPECT_EQ(result()[1].quality.symbols_corrected, 9);
  EXPECT_EQ(result()[1].input_offset, 0U);
  EXPECT_EQ(result()[2].quality.symbols_corrected, 4);
  EXPECT_EQ(result()[2].input_offset, 2000U);
}

TEST_F(MPduTest, HeaderSplitAcrossFramesAtEveryByte) {
  for (std::size_t split = 1; split < kPacketHeaderBytes; ++split) {
    const Bytes second = packet(2, 3, 20);
    push(0, joined({packet(1, 0, 20 - split), part(second, 0, split)}));
    push(static_cast<std::uint16_t>(20 - split), joined({part(second, split, 20 - split), Bytes(split, 0)}));
  }
  EXPECT_EQ(result().size(), 10U);
}

TEST_F(MPduTest, PacketEndingWithTheZoneUnderNoPacketStart) {
  const Bytes longer = packet(5, 7, 40);
  push(0, part(longer, 0, 20));
  push(kMPduNoPacketStart, part(longer, 20, 20));
  push(0, packet(6, 0, 20));
  EXPECT_EQ(result().size(), 2U);
}

TEST_F(MPduTest, GapCutsThePacketInProgressAndSkipsTheRestOfTheNext) {
  push(0, part(packet(1, 0, 100), 0, 20));
  push(kMPduNoPacketStart, Bytes(20, 1), true);
  push(7, joined({Bytes(7, 1), packet(2, 0, 13)}));
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::packet_cut_by_gap).units, 1U);
  EXPECT_EQ(dropped(DropReason::packet_cut_by_gap).bytes, 20U);
  EXPECT_EQ(dropped(DropReason::no_packet_start).bytes, 27U);
}

TEST_F(MPduTest, EndOfPassCutsThePacketInProgress) {
  push(0, part(packet(1, 0, 100), 0, 20));
  EXPECT_TRUE(result().empty());
  EXPECT_EQ(dropped(DropReason::packet_cut_by_end).bytes, 20U);
}

TEST_F(MPduTest, IdlePacketsAreCheckedAndNotPutOut) {
  push(0, joined({packet(kIdleApid, 0, 7), packet(1, 0, 13)}));
  push(0, packet(kIdleApid, 5, 20));
  EXPECT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::idle).units, 2U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 27U);
}

TEST_F(MPduTest, ZoneOfIdleDataIsIdle) {
  push(kMPduIdleDataOnly, Bytes(20, 0x77));
  EXPECT_EQ(dropped(DropReason::idle).bytes, 20U);
  EXPECT_TRUE(result().empty());
}

TEST_F(MPduTest, ZeroBytesToTheEndOfTheZoneArePadding) {
  const Bytes longer = packet(4, 0, 30);
  push(0, joined({packet(1, 0, 9)}));   // padding where a header would fit
  push(0, joined({packet(2, 0, 17)}));  // padding shorter than a header
  push(0, part(longer, 0, 20));
  push(kMPduNoPacketStart, part(longer, 20, 10));  // padding behind a continued packet
  push(0, packet(3, 0, 20));
  EXPECT_EQ(result().size(), 4U);
  EXPECT_EQ(dropped(DropReason::idle).bytes, 11U + 3U + 10U);
  EXPECT_EQ(packets_.pointer_mismatches(), 0U);
}

TEST_F(MPduTest, PointerIsBelievedAgainstThePacketInProgress) {
  push(0, part(packet(1, 0, 30), 0, 20));
  push(5, joined({Bytes(5, 1), packet(2, 0, 15)}));  // five bytes too few
  push(0, part(packet(1, 0, 30), 0, 20));
  push(kMPduNoPacketStart, Bytes(20, 1));  // ten bytes too many
  ASSERT_EQ(result().size(), 1U);
  EXPECT_EQ(result()[0].apid, 2);
  EXPECT_EQ(packets_.pointer_mismatches(), 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).units, 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 25U + 40U);
}

TEST_F(MPduTest, PointerBehindTheZoneDropsTheZone) {
  push(20, packet(1, 0, 20));
  push(0, packet(1, 1, 20));
  EXPECT_EQ(result().size(), 1U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 20U);
}

TEST_F(MPduTest, BytesThatAreNoPacketDropTheRestOfTheZone) {
  Bytes zone = packet(1, 0, 8);
  append(zone, Bytes(12, 0xFF));
  push(0, zone);
  push(0, packet(1, 1, 20));
  EXPECT_EQ(result().size(), 2U);
  EXPECT_EQ(dropped(DropReason::packet_header).bytes, 12U);
}

}  // namespace
}  // namespace dl::link::testing
