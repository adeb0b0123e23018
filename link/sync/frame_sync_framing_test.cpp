// Frame synchronisation of other framings than CADUs of whole bytes, what it passes on of its input, and its counters.
#include <gtest/gtest.h>

#include "link/sync/frame_sync.h"
#include "link/sync/sync_test_support.h"

namespace dl::link::testing {
namespace {

TEST(FrameSyncFraming, HrptMinorFramesAreFoundAtEveryBitOffset) {
  std::mt19937 random(71);
  const Profile profile = hrpt_profile();
  const BitStream stream = bit_stream_of(profile, 5, random);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    Bits bits = to_bits(random_bytes(random, 1000));
    for (std::size_t i = 0; i < offset; ++i) bits.push_back((random() & 1) != 0);
    bits.insert(bits.end(), stream.bits.begin(), stream.bits.end());
    const Cut result = cut(profile, to_bytes(bits), [&] { return below(random, 30'000); });
    ASSERT_EQ(result.bodies, stream.bodies) << offset;
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(result.frames[i].input_offset, (8000 + offset + i * 110'900) / 8);
    EXPECT_EQ(result.bodies[0].size(), 13'855U);  // 11084 words of 10 bits
    EXPECT_LE(result.losses.lost().bytes, 1000U + 2);
  }
}

TEST(FrameSyncFraming, HrptMinorFrameWithASlipIsDroppedAndTheNextOnesAreNot) {
  std::mt19937 random(72);
  const Profile profile = hrpt_profile();
  const BitStream stream = bit_stream_of(profile, 6, random);
  Bits bits = stream.bits;
  bits.erase(bits.begin() + 2 * 110'900 + 60'000);
  const Cut result = cut(profile, to_bytes(bits));
  ASSERT_EQ(result.bodies.size(), 5U);
  for (const std::size_t i : {0U, 1U, 3U, 4U, 5U}) EXPECT_TRUE(result.contains(stream.bodies[i])) << i;
  EXPECT_EQ(result.losses.dropped(DropReason::slip).units, 1U);
}

TEST(FrameSyncFraming, FramesOfAnyNumberOfBitsBehindMarkersOfAnyNumberOfBits) {
  std::mt19937 random(73);
  for (unsigned marker_bits = 16; marker_bits <= 64; ++marker_bits) {
    Profile profile = small_profile();
    profile.marker = (std::uint64_t{random()} << 32 | random()) >> (64 - marker_bits);
    profile.marker_bits = marker_bits;
    profile.cadu_size_bits = marker_bits + 300 + static_cast<unsigned>(below(random, 64));
    profile.cadu_size_bytes = (profile.cadu_size_bits + 7) / 8;
    const BitStream stream = bit_stream_of(profile, 12, random);
    Bits bits(below(random, 8), true);
    bits.insert(bits.end(), stream.bits.begin(), stream.bits.end());
    const Cut result = cut(profile, to_bytes(bits));
    EXPECT_EQ(result.bodies, stream.bodies) << marker_bits;
  }
}

TEST(FrameSyncFraming, UnitsWithoutMarkerAreCutFromTheStart) {
  std::mt19937 random(74);
  const Profile profile = snpp_profile().received_as(InputForm::frames);
  ASSERT_EQ(profile.cadu_size_bytes, 892U);
  const Bytes input = random_bytes(random, 5 * 892 + 300);
  for (const std::size_t push : {1U, 100U, 892U, 893U, 10'000U}) {
    const Cut result = cut(profile, input, [&] { return push; });
    ASSERT_EQ(result.bodies.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
      const auto from = input.begin() + static_cast<std::ptrdiff_t>(892 * i);
      EXPECT_EQ(result.bodies[i], Bytes(from, from + 892));
      EXPECT_EQ(result.frames[i].input_offset, 892 * i);
    }
    EXPECT_EQ(result.losses.dropped(DropReason::truncated_tail).bytes, 300U);
    EXPECT_EQ(result.losses.dropped(DropReason::truncated_tail).units, 1U);
    EXPECT_EQ(result.counts, SyncCounts{});
  }
}

TEST(FrameSyncFraming, UnitComesOutAsSoonAsItIsThere) {
  FrameSync sync(snpp_profile().received_as(InputForm::codeblocks));
  FrameBatch batch;
  EXPECT_TRUE(sync.locked());
  sync.push(Bytes(1020), kReceived, batch);
  EXPECT_EQ(batch.frames().size(), 1U);
}

TEST(FrameSyncFraming, UnitsBeginAnewBehindASkippedStretchAndAfterTheEnd) {
  const Profile profile = snpp_profile().received_as(InputForm::frames);
  FrameSync sync(profile);
  FrameBatch batch;
  sync.push(Bytes(892 + 10, 1), kReceived, batch);
  sync.skip(37, DropReason::quarantined, batch);
  sync.push(Bytes(892 + 20, 2), kReceived, batch);
  sync.flush(batch);
  sync.push(Bytes(892, 3), kReceived, batch);
  sync.flush(batch);
  ASSERT_EQ(batch.frames().size(), 3U);
  EXPECT_EQ(batch.frames()[1].bytes[891], 2);
  EXPECT_EQ(batch.frames()[1].input_offset, 892U + 10 + 37);
  EXPECT_EQ(batch.frames()[2].bytes[0], 3);
  EXPECT_EQ(sync.losses().dropped(DropReason::truncated_tail).bytes, 30U);
  EXPECT_TRUE(sync.losses().balanced());
}

struct Piece {
  std::size_t size;
  StationVerdict verdict;
};

std::vector<StationVerdict> verdicts(const Profile& profile, ByteView input, const std::vector<Piece>& pieces) {
  FrameSync sync(profile);
  FrameBatch batch;
  for (const Piece& piece : pieces) {
    sync.push(input.first(piece.size), kReceived, batch, piece.verdict);
    input = input.subspan(piece.size);
  }
  EXPECT_TRUE(input.empty());
  sync.flush(batch);
  std::vector<StationVerdict> found;
  for (const Frame& frame : batch.frames()) found.push_back(frame.quality.station);
  return found;
}

TEST(FrameSyncFraming, FrameCarriesTheVerdictOfTheWorstOfItsBytes) {
  using enum StationVerdict;
  std::mt19937 random(75);
  const Profile profile = small_profile();
  const std::size_t cadu = profile.cadu_size_bytes;
  const Bytes input = to_bytes(bit_stream_of(profile, 6, random).bits);
  const std::vector<StationVerdict> expected = {none, good, erred, erred, good, none};
  EXPECT_EQ(verdicts(profile, input,
                     {{cadu, none},
                      {cadu, good},
                      {cadu - 1, good},  // the last byte of frame 2 and the first of frame 3
                      {2, erred},
                      {cadu - 1, none},
                      {cadu, good},
                      {cadu / 2, good},
                      {cadu - cadu / 2, none}}),
            expected);
}

TEST(FrameSyncFraming, VerdictsOfShiftedFramesAreThoseOfEveryByteTheyTouch) {
  using enum StationVerdict;
  std::mt19937 random(76);
  const Profile profile = small_profile();
  const std::size_t cadu = profile.cadu_size_bytes;
  Bits bits(5, true);
  const BitStream stream = bit_stream_of(profile, 4, random);
  bits.insert(bits.end(), stream.bits.begin(), stream.bits.end());
  const Bytes input = to_bytes(bits);
  // The byte at 2 * cadu holds the end of frame 1 and the start of frame 2.
  EXPECT_EQ(verdicts(profile, input, {{2 * cadu, good}, {1, erred}, {2 * cadu, good}}),
            (std::vector<StationVerdict>{good, erred, erred, good}));
}

TEST(FrameSyncFraming, CountersSayWhatHappened) {
  std::mt19937 random(77);
  Profile profile = small_profile();
  profile.flywheel_frames = 2;
  BitStream stream = bit_stream_of(profile, 10, random);
  const std::size_t cadu = profile.cadu_bits();
  stream.bits[4 * cadu + 3].flip();
  stream.bits[4 * cadu + 9].flip();
  for (std::size_t i = 0; i < 32; i += 2) stream.bits[6 * cadu + i].flip();
  Bytes input = random_bytes(random, 500);
  append(input, to_bytes(stream.bits));
  append(input, random_bytes(random, 3000));
  append(input, inverted(to_bytes(bit_stream_of(profile, 4, random).bits)));
  const Cut result = cut(profile, input);
  SyncCounts expected;
  expected.frames_in_lock = 9 + 4;
  expected.flywheel_frames = 1 + 2;
  expected.inverted_frames = 4;
  expected.marker_bit_errors = 2;
  expected.locks_acquired = 2;
  expected.locks_lost = 1;
  expected.search_bytes = 500 + 3000 - 2 * profile.cadu_size_bytes;
  expected.longest_lock_frames = 12;
  EXPECT_EQ(result.counts, expected);
  EXPECT_EQ(result.losses.dropped(DropReason::no_sync).bytes, expected.search_bytes);
}

}  // namespace
}  // namespace dl::link::testing
