#include "link/sync/frame_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/sync/sync_test_support.h"

namespace dl::link::testing {
namespace {

// `count` CADUs of random content.
Bytes stream_of(const Profile& profile, std::size_t count, std::mt19937& random) {
  return to_bytes(bit_stream_of(profile, count, random).bits);
}

Bytes body(const Profile& profile, const Bytes& stream, std::size_t index) {
  const auto start = stream.begin() + static_cast<std::ptrdiff_t>(index * profile.cadu_size_bytes);
  return {start + profile.marker_bits / 8, start + profile.cadu_size_bytes};
}

TEST(FrameSync, FirstAndLastFrameAreNotLost) {
  std::mt19937 random(41);
  const Profile profile = small_profile();
  for (const std::size_t count : {1U, 2U, 3U, 10U}) {
    const Bytes stream = stream_of(profile, count, random);
    const Cut result = cut(profile, stream);
    ASSERT_EQ(result.bodies.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(result.bodies[i], body(profile, stream, i));
    EXPECT_EQ(result.losses.dropped(DropReason::overhead).bytes, 4 * count);
    EXPECT_EQ(result.losses.lost().bytes, 0U);
  }
}

TEST(FrameSync, FirstFrameIsNotLostWhenTheSecondMarkerIsDestroyed) {
  std::mt19937 random(42);
  const Profile profile = small_profile();
  Bytes stream = stream_of(profile, 5, random);
  stream[profile.cadu_size_bytes] ^= 0xFF;
  const Cut result = cut(profile, stream);
  ASSERT_EQ(result.frames.size(), 5U);
  EXPECT_TRUE(result.frames[1].quality.flywheel);
  EXPECT_FALSE(result.frames[2].quality.flywheel);
}

TEST(FrameSync, MarkerBitErrorsAreReportedPerFrame) {
  std::mt19937 random(43);
  const Profile profile = small_profile();
  Bytes stream = stream_of(profile, 5, random);
  stream[3 * profile.cadu_size_bytes + 1] ^= 0x15;
  const Cut result = cut(profile, stream);
  ASSERT_EQ(result.frames.size(), 5U);
  EXPECT_EQ(result.frames[3].quality.marker_bit_errors, 3);
  EXPECT_FALSE(result.frames[3].quality.flywheel);
  EXPECT_EQ(result.frames[4].quality.marker_bit_errors, 0);
}

TEST(FrameSync, TailThatTheEndCutsIsCounted) {
  std::mt19937 random(44);
  const Profile profile = small_profile();
  Bytes stream = stream_of(profile, 4, random);
  stream.resize(stream.size() - 10);
  const Cut result = cut(profile, stream);
  EXPECT_EQ(result.bodies.size(), 3U);
  EXPECT_EQ(result.losses.dropped(DropReason::truncated_tail).bytes, profile.cadu_size_bytes - 10);
  EXPECT_EQ(result.losses.dropped(DropReason::truncated_tail).units, 1U);
}

TEST(FrameSync, BytesBeforeTheFirstMarkerAreNoSync) {
  std::mt19937 random(45);
  const Profile profile = small_profile();
  Bytes stream(333, 0x55);
  append(stream, stream_of(profile, 4, random));
  const Cut result = cut(profile, stream);
  EXPECT_EQ(result.bodies.size(), 4U);
  EXPECT_EQ(result.losses.dropped(DropReason::no_sync).bytes, 333U);
  EXPECT_EQ(result.frames[0].input_offset, 333U);
}

TEST(FrameSync, FrameCutShortIsBookedAsSlipAndTheNextIsKept) {
  std::mt19937 random(46);
  const Profile profile = small_profile();
  const Bytes whole = stream_of(profile, 6, random);
  for (std::size_t removed = 1; removed < profile.cadu_size_bytes - 4; removed += 5) {
    Bytes stream = whole;
    const auto at = stream.begin() + static_cast<std::ptrdiff_t>(3 * profile.cadu_size_bytes - removed);
    stream.erase(at, at + static_cast<std::ptrdiff_t>(removed));
    const Cut result = cut(profile, stream);
    ASSERT_EQ(result.bodies.size(), 5U) << removed;
    EXPECT_EQ(result.bodies[2], body(profile, whole, 3));
    EXPECT_EQ(result.losses.dropped(DropReason::slip).units, 1U);
    EXPECT_EQ(result.losses.dropped(DropReason::slip).bytes, profile.cadu_size_bytes - removed);
  }
}

TEST(FrameSync, GoodFrameBetweenTwoCutOnesIsKept) {
  std::mt19937 random(47);
  const Profile profile = small_profile();
  const Bytes whole = stream_of(profile, 9, random);
  const std::size_t cadu = profile.cadu_size_bytes;
  Bytes stream(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(3 * cadu + 30));  // frame 3 is cut
  append(stream, ByteView(whole).subspan(4 * cadu, cadu));                                  // frame 4 is whole
  append(stream, ByteView(whole).subspan(5 * cadu + 50));                                   // frame 5 lacks its start
  const Cut result = cut(profile, stream);
  EXPECT_THAT(result.bodies, ::testing::Contains(body(profile, whole, 4)));
  EXPECT_THAT(result.bodies, ::testing::Contains(body(profile, whole, 6)));
  EXPECT_EQ(result.bodies.back(), body(profile, whole, 8));
}

TEST(FrameSync, LosesLockAfterTheFlywheelFramesAndFindsTheNextPlace) {
  std::mt19937 random(48);
  Profile profile = small_profile();
  profile.flywheel_frames = 2;
  Bytes stream = stream_of(profile, 4, random);
  append(stream, random_bytes(random, 20 * profile.cadu_size_bytes + 17));
  append(stream, stream_of(profile, 4, random));
  const Cut result = cut(profile, stream);
  EXPECT_EQ(std::count_if(result.frames.begin(), result.frames.end(),
                          [](const Frame& frame) { return frame.quality.flywheel; }),
            2);
  EXPECT_EQ(result.frames.size(), 10U);
}

TEST(FrameSync, NoiseGivesNoFramesAndItsBytesAddUp) {
  std::mt19937 random(49);
  const Bytes noise = random_bytes(random, 2'000'000);
  const Cut result = cut(snpp_profile(), noise);
  EXPECT_EQ(result.bodies.size(), 0U);
  EXPECT_EQ(result.losses.dropped(DropReason::no_sync).bytes, noise.size());
}

TEST(FrameSync, ShortMarkerIsBelievedOnlyWithAFollower) {
  std::mt19937 random(50);
  Profile profile = small_profile();
  profile.marker = 0xFAF3;
  profile.marker_bits = 16;
  profile.cadu_size_bytes -= 2;
  Bytes stream = random_bytes(random, 100'000);
  const Bytes frames = stream_of(profile, 20, random);
  append(stream, frames);
  const Cut result = cut(profile, stream);
  EXPECT_LT(result.bodies.size(), 30U);
  for (std::size_t i = 1; i < 20; ++i) EXPECT_THAT(result.bodies, ::testing::Contains(body(profile, frames, i)));
}

TEST(FrameSync, MarkerOf64BitsIsFoundAtAnyPhase) {
  std::mt19937 random(51);
  Profile profile = small_profile();
  profile.marker = 0x034776C7272895B0;
  profile.marker_bits = 64;
  profile.cadu_size_bytes += 4;
  const Bytes frames = stream_of(profile, 5, random);
  Bits bits(3, true);
  const Bits stream = to_bits(frames);
  bits.insert(bits.end(), stream.begin(), stream.end());
  const Cut result = cut(profile, to_bytes(bits));
  ASSERT_EQ(result.bodies.size(), 5U);
  EXPECT_EQ(result.bodies[4], body(profile, frames, 4));
}

TEST(FrameSync, SkippedStretchIsQuarantinedAndOffsetsStayThoseOfTheInput) {
  std::mt19937 random(52);
  const Profile profile = small_profile();
  const Bytes stream = stream_of(profile, 8, random);
  const std::size_t cadu = profile.cadu_size_bytes;
  FrameSync sync(profile);
  FrameBatch batch;
  sync.push(ByteView(stream).first(3 * cadu), kReceived, batch);
  sync.skip(2 * cadu, DropReason::quarantined, batch);
  sync.push(ByteView(stream).subspan(5 * cadu), kReceived, batch);
  sync.flush(batch);
  ASSERT_EQ(batch.frames().size(), 6U);
  EXPECT_EQ(batch.frames()[3].input_offset, 5 * cadu);
  EXPECT_EQ(sync.losses().dropped(DropReason::quarantined).bytes, 2 * cadu);
  EXPECT_TRUE(sync.losses().balanced());
}

TEST(FrameSync, FrameCarriesTheTimeAtWhichItsMarkerArrived) {
  std::mt19937 random(53);
  const Profile profile = small_profile();
  const Bytes stream = stream_of(profile, 6, random);
  FrameSync sync(profile);
  FrameBatch batch;
  const std::size_t split = 2 * profile.cadu_size_bytes + 10;
  sync.push(ByteView(stream).first(split), kReceived, batch);
  sync.push(ByteView(stream).subspan(split), kReceived + std::chrono::seconds{1}, batch);
  sync.flush(batch);
  ASSERT_EQ(batch.frames().size(), 6U);
  EXPECT_EQ(batch.frames()[2].received_at, kReceived);
  EXPECT_EQ(batch.frames()[3].received_at, kReceived + std::chrono::seconds{1});
}

}  // namespace
}  // namespace dl::link::testing
