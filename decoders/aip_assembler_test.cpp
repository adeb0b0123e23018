#include "decoders/aip_assembler.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "decoders/aip_test_support.h"

namespace dl::decoders {
namespace {

using testing::aip_packet;
using testing::aip_packet_bytes;

const UtcTime kStart = parse_utc("2012-06-15T11:10:00Z").value();
// As AMSU-A's and MHS's, without their names.
constexpr std::array<std::size_t, 3> kPlaces = {48, 1382, 2714};
constexpr std::array kWords = {AipUnit{8, 26, AipLayout::synchronised_words, 1240},
                               AipUnit{34, 14, AipLayout::synchronised_words, 312}};
constexpr std::array kFixed = {AipUnit{48, 50, AipLayout::fixed_places, 1286, kPlaces}};

// Even words, all different in a packet and between packets.
Bytes numbered(std::size_t size_bytes, std::size_t from) {
  Bytes out;
  while (out.size() < size_bytes) append_u16(out, static_cast<std::uint16_t>(2 * from++));
  return out;
}

// As it arrives: the assembler gives the synchronisation with it.
Bytes with_synchronisation(Bytes science) {
  science[0] = science[1] = science[2] = 0xFF;
  science[3] = 0;
  return science;
}

class AipAssemblerTest : public ::testing::Test {
 protected:
  AipMajorFrame major_frame(std::size_t number) const {
    AipMajorFrame frame = make_aip_major_frame(15);
    for (const AipUnit& unit : kWords) put_science(unit, 0, numbered(unit.science_bytes, 700 * number), frame);
    for (std::size_t place = 0; place < kPlaces.size(); ++place) {
      put_science(kFixed[0], place, numbered(1286, 700 * number + 3 * place), frame);
    }
    return frame;
  }
  void push(AipAssembler& assembler, std::size_t number) {
    Bytes bytes = aip_packet_bytes(major_frame(number / kAipFrames), number, kStart);
    push_bytes(assembler, bytes);
  }
  void push_bytes(AipAssembler& assembler, ByteView bytes) {
    assembler.push(aip_packet(bytes), output);
    ++pushed;
  }
  void expect_every_frame_booked_once() const {
    std::uint64_t frames = 0;
    std::size_t size_bytes = 0;
    for (const AipScience& science : output.science) {
      frames += science.frame_count;
      size_bytes += science.frames.size();
    }
    for (const AipDrop& drop : output.drops) {
      frames += drop.frames;
      size_bytes += drop.size_bytes;
    }
    EXPECT_EQ(frames, pushed);
    EXPECT_EQ(size_bytes, pushed * link::kTipPacketBytes);
  }
  std::uint64_t dropped(DropReason reason) const {
    return std::accumulate(
        output.drops.begin(), output.drops.end(), std::uint64_t{0},
        [&](std::uint64_t sum, const AipDrop& drop) { return sum + (drop.reason == reason ? drop.frames : 0); });
  }

  AipOutput output;
  std::uint64_t pushed = 0;
};

TEST_F(AipAssemblerTest, FindsThePacketsAtTheirPlacesInEveryMajorFrame) {
  AipAssembler assembler(kFixed, kStart);
  for (std::size_t number = 0; number < 2 * kAipFrames; ++number) push(assembler, number);
  assembler.flush(output);
  ASSERT_EQ(output.science.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(output.science[i].data, numbered(1286, 700 * (i / 3) + 3 * (i % 3))) << i;
    const UtcTime expected = kStart + Microseconds(8'000'000 * static_cast<std::int64_t>(i) / 3);
    EXPECT_LT(std::chrono::abs(output.science[i].time - expected), Milliseconds(2)) << i;
    EXPECT_EQ(output.science[i].frame_count, i % 3 == 1 ? 27u : i % 3 == 0 ? 27u : 26u) << i;
  }
  EXPECT_TRUE(output.drops.empty());
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, TakesTheFillOutAndFindsTheSynchronisationOfBothUnits) {
  AipAssembler assembler(kWords, kStart);
  for (std::size_t number = 0; number < 2 * kAipFrames; ++number) push(assembler, number);
  assembler.flush(output);
  ASSERT_EQ(output.science.size(), 4u);
  for (const AipScience& science : output.science) {
    const std::int64_t of = std::chrono::round<Seconds>(science.time - kStart) / Seconds(8);
    EXPECT_LT(std::chrono::abs(science.time - kStart - Seconds(8) * of), Milliseconds(2));
    const Bytes sent = numbered(kWords[science.unit].science_bytes, 700 * static_cast<std::size_t>(of));
    EXPECT_EQ(science.data, with_synchronisation(sent));
  }
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, APacketMayBeginAnywhereInTheMajorFrame) {
  // The same octets, counted eleven frames later.
  AipAssembler assembler(kWords, kStart);
  for (std::size_t number = 0; number < 2 * kAipFrames; ++number) {
    Bytes bytes = aip_packet_bytes(major_frame(number / kAipFrames), number, kStart);
    bytes[link::kTipPacketHeaderBytes + kAipCounterOctet] = static_cast<Byte>((number + 11) % kAipFrames);
    push_bytes(assembler, bytes);
  }
  ASSERT_EQ(output.science.size(), 4u);
  EXPECT_EQ(output.science[0].data.size(), kWords[output.science[0].unit].science_bytes);
  EXPECT_LT(std::chrono::abs(output.science[0].time - (kStart - Milliseconds(1100))), Milliseconds(2));
}

TEST_F(AipAssemblerTest, AMissingMinorFrameCostsTheScienceThatItCutsAndIsCounted) {
  AipAssembler assembler(kFixed, kStart);
  for (std::size_t number = 0; number < 2 * kAipFrames; ++number) {
    if (number != 40) push(assembler, number);
  }
  assembler.flush(output);
  ASSERT_EQ(output.science.size(), 5u);
  EXPECT_FALSE(output.science[0].gap_before);
  EXPECT_TRUE(output.science[1].gap_before);
  EXPECT_EQ(output.science[1].data, numbered(1286, 6));
  EXPECT_EQ(dropped(DropReason::packet_cut_by_gap), 13u) << "frames 27 to 39";
  EXPECT_EQ(output.science[1].frame_count, 39u) << "frames 41 to 53 go with the packet after them";
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, WhatTheEndOfThePassCutsIsCounted) {
  AipAssembler assembler(kFixed, kStart);
  for (std::size_t number = 0; number < 30; ++number) push(assembler, number);
  assembler.flush(output);
  EXPECT_EQ(output.science.size(), 1u);
  EXPECT_EQ(dropped(DropReason::packet_cut_by_end), 3u);
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, CountersAndTimesThatCannotBeAreRefused) {
  AipAssembler assembler(kFixed, kStart);
  Bytes bytes = aip_packet_bytes(major_frame(0), 0, kStart);
  bytes[link::kTipPacketHeaderBytes + kAipCounterOctet] = 80;
  push_bytes(assembler, bytes);
  bytes = aip_packet_bytes(major_frame(0), 0, kStart);
  bytes[2] = 0x01;
  bytes[3] = 0xFF;
  push_bytes(assembler, bytes);
  assembler.flush(output);
  EXPECT_EQ(dropped(DropReason::decoder_refused), 1u);
  EXPECT_EQ(dropped(DropReason::packet_time), 1u);
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, ASilentInstrumentDoesNotFillTheMemory) {
  AipAssembler assembler(kWords, kStart);
  const AipMajorFrame silent = make_aip_major_frame(15);
  for (std::size_t number = 0; number < 10 * kAipFrames; ++number) {
    const Bytes bytes = aip_packet_bytes(silent, number, kStart);
    push_bytes(assembler, bytes);
  }
  EXPECT_EQ(dropped(DropReason::no_packet_start), 8 * kAipFrames);
  assembler.flush(output);
  EXPECT_TRUE(output.science.empty());
  expect_every_frame_booked_once();
}

TEST_F(AipAssemblerTest, TheYearIsTheOneNearestToThePass) {
  const UtcTime eve = parse_utc("2012-12-31T23:59:58Z").value();
  AipAssembler assembler(kFixed, parse_utc("2013-01-01T00:00:10Z").value());
  const AipMajorFrame frame = major_frame(0);
  for (std::size_t number = 0; number < kAipFrames; ++number) {
    const Bytes bytes = aip_packet_bytes(frame, number, eve);
    push_bytes(assembler, bytes);
  }
  ASSERT_EQ(output.science.size(), 3u);
  EXPECT_LT(std::chrono::abs(output.science[0].time - eve), Milliseconds(2));
  EXPECT_LT(std::chrono::abs(output.science[2].time - eve - Microseconds(5'333'333)), Milliseconds(2));
}

}  // namespace
}  // namespace dl::decoders
