// Frame synchronisation on damaged streams: what may be lost, and that nothing is lost uncounted.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "link/sync/frame_sync.h"
#include "link/sync/sync_test_support.h"

namespace dl::link::testing {
namespace {

void remove_bits(Bits& bits, std::size_t at, std::size_t count) {
  const auto from = bits.begin() + static_cast<std::ptrdiff_t>(at);
  bits.erase(from, from + static_cast<std::ptrdiff_t>(count));
}

// As a clock that runs fast sees them: the bit that was there once more.
void double_bit(Bits& bits, std::size_t at, std::size_t times) {
  bits.insert(bits.begin() + static_cast<std::ptrdiff_t>(at), times, bits[at]);
}

void turn_from(Bits& bits, std::size_t at) {
  for (std::size_t i = at; i < bits.size(); ++i) bits[i] = !bits[i];
}

// How many bits of the marker are wrong where it should be, if none had come or gone.
unsigned marker_errors(const Profile& profile, const Bits& bits, std::size_t at) {
  unsigned errors = 0;
  for (unsigned i = 0; i < profile.marker_bits; ++i) {
    errors += bits[at + i] != ((profile.marker >> (profile.marker_bits - 1 - i) & 1) != 0) ? 1U : 0U;
  }
  return errors;
}

// All frames but those named.
void expect_all_but(const Cut& result, const BitStream& stream, std::vector<std::size_t> lost) {
  for (std::size_t i = 0; i < stream.bodies.size(); ++i) {
    if (std::find(lost.begin(), lost.end(), i) != lost.end()) continue;
    EXPECT_TRUE(result.contains(stream.bodies[i])) << "frame " << i;
  }
}

class SlipTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kHit = 3;  // the frame in which the slip is
  static constexpr std::size_t kFrames = 7;

  std::mt19937 random_{61};
  Profile profile_ = small_profile();
  BitStream stream_ = bit_stream_of(profile_, kFrames, random_);
  std::size_t frame_bits_ = profile_.cadu_bits();
};

TEST_F(SlipTest, LostBitsAnywhereCostOneFrameAndNoneInAMarkerThatShowsThem) {
  for (std::size_t count = 1; count <= 7; ++count) {
    for (std::size_t place = 0; place < frame_bits_; ++place) {
      SCOPED_TRACE(::testing::Message() << count << " bits at " << place);
      Bits bits = stream_.bits;
      remove_bits(bits, kHit * frame_bits_ + place, count);
      const bool body_whole = place + count <= profile_.marker_bits;
      const bool seen = marker_errors(profile_, bits, kHit * frame_bits_) > 0;
      // By chance the bits before those lost are, but for one, the lost ones: then it is the frame before that is
      // short.
      const bool before = count > profile_.slip_bits && marker_errors(profile_, bits, kHit * frame_bits_ - count) <= 1;
      const Cut result = cut(profile_, to_bytes(bits));
      if (before) {
        expect_all_but(result, stream_, {kHit - 1});
      } else if (body_whole && seen) {
        expect_all_but(result, stream_, {});
      } else {
        expect_all_but(result, stream_, {kHit});
      }
      EXPECT_EQ(result.counts.locks_lost, 0U);
      EXPECT_LE(result.frames.size(), kFrames);
    }
  }
}

TEST_F(SlipTest, DoubledBitsAnywhereCostOneFrameAndNoneInAMarkerThatShowsThem) {
  for (std::size_t count = 1; count <= 7; ++count) {
    for (std::size_t place = 0; place < frame_bits_; ++place) {
      SCOPED_TRACE(::testing::Message() << count << " bits at " << place);
      Bits bits = stream_.bits;
      double_bit(bits, kHit * frame_bits_ + place, count);
      const bool body_whole = place < profile_.marker_bits;
      const bool seen = marker_errors(profile_, bits, kHit * frame_bits_) > 0;
      const Cut result = cut(profile_, to_bytes(bits));
      if (body_whole && seen) {
        expect_all_but(result, stream_, {});
      } else {
        expect_all_but(result, stream_, {kHit});
      }
      EXPECT_EQ(result.counts.locks_lost, 0U);
      EXPECT_LE(result.frames.size(), kFrames);
    }
  }
}

TEST_F(SlipTest, TurnOfThePolarityAnywhereCostsOneFrameAndNoneInAMarkerThatShowsIt) {
  for (std::size_t place = 0; place < frame_bits_; ++place) {
    SCOPED_TRACE(place);
    Bits bits = stream_.bits;
    turn_from(bits, kHit * frame_bits_ + place);
    const Cut result = cut(profile_, to_bytes(bits));
    if (place < profile_.marker_bits) {
      expect_all_but(result, stream_, {});
    } else {
      expect_all_but(result, stream_, {kHit});
    }
    EXPECT_EQ(result.frames.size(), kFrames);
    EXPECT_EQ(result.counts.polarity_changes, 1U);
    EXPECT_EQ(result.counts.slipped_frames, 0U);
    EXPECT_GE(result.counts.inverted_frames, kFrames - kHit - 1);
    EXPECT_EQ(result.counts.frames_in_lock + result.counts.flywheel_frames, kFrames);
  }
}

TEST_F(SlipTest, FrameOfASlipIsKeptForItsCodeToJudge) {
  for (const int slip : {-2, -1, 1, 2}) {
    SCOPED_TRACE(slip);
    Bits bits = stream_.bits;
    // In the last byte of the frame: what is before it is whole.
    const std::size_t place = (kHit + 1) * frame_bits_ - 6;
    if (slip < 0) remove_bits(bits, place, static_cast<std::size_t>(-slip));
    if (slip > 0) double_bit(bits, place, static_cast<std::size_t>(slip));
    const Cut result = cut(profile_, to_bytes(bits));
    ASSERT_EQ(result.bodies.size(), kFrames);
    const Bytes& hit = result.bodies[kHit];
    EXPECT_TRUE(std::equal(hit.begin(), hit.end() - 1, stream_.bodies[kHit].begin()));
    EXPECT_EQ(result.counts.slipped_frames, 1U);
    EXPECT_EQ(result.counts.slipped_bits, static_cast<std::uint64_t>(std::abs(slip)));
    EXPECT_EQ(result.losses.dropped(DropReason::slip).units, 0U);
  }
}

TEST_F(SlipTest, FrameOfASlipIsDroppedWhereNothingJudgesIt) {
  profile_.code = ReedSolomonCode::none;
  for (const bool lost : {false, true}) {
    SCOPED_TRACE(lost);
    Bits bits = stream_.bits;
    if (lost) {
      remove_bits(bits, kHit * frame_bits_ + 300, 1);
    } else {
      double_bit(bits, kHit * frame_bits_ + 300, 1);
    }
    const Cut result = cut(profile_, to_bytes(bits));
    EXPECT_EQ(result.bodies.size(), kFrames - 1);
    expect_all_but(result, stream_, {kHit});
    EXPECT_EQ(result.losses.dropped(DropReason::slip).units, 1U);
    EXPECT_NEAR(static_cast<double>(result.losses.dropped(DropReason::slip).bytes), profile_.cadu_size_bytes, 1);
    EXPECT_EQ(result.counts.slipped_bits, 1U);
  }
}

TEST_F(SlipTest, SlipWindowOfNothingLeavesItToTheSearch) {
  profile_.slip_bits = 0;
  Bits bits = stream_.bits;
  remove_bits(bits, kHit * frame_bits_ + 300, 1);
  const Cut result = cut(profile_, to_bytes(bits));
  EXPECT_EQ(result.bodies.size(), kFrames - 1);  // cut short, dropped
  expect_all_but(result, stream_, {kHit});
  EXPECT_EQ(result.losses.dropped(DropReason::slip).units, 1U);
}

TEST(FrameSyncDamage, SlipInEveryFrameLosesNoLock) {
  std::mt19937 random(62);
  const Profile profile = snpp_profile();
  const BitStream stream = bit_stream_of(profile, 40, random);
  Bits bits = stream.bits;
  std::uint64_t slipped = 0;
  for (std::size_t frame = 38; frame >= 2; --frame) {
    const std::size_t place = frame * profile.cadu_bits() + 2000 + below(random, 4000);
    const std::size_t count = 1 + below(random, 2);
    slipped += count;
    if (random() % 2 == 0) {
      remove_bits(bits, place, count);
    } else {
      double_bit(bits, place, count);
    }
  }
  const Cut result = cut(profile, to_bytes(bits));
  EXPECT_EQ(result.frames.size(), 40U);
  EXPECT_EQ(result.counts.slipped_frames, 37U);
  EXPECT_EQ(result.counts.slipped_bits, slipped);
  EXPECT_EQ(result.counts.flywheel_frames, 0U);
  EXPECT_EQ(result.counts.longest_lock_frames, 40U);
}

TEST(FrameSyncDamage, FirstFramesWithDamagedMarkersAreTakenOnceTheLockIsThere) {
  std::mt19937 random(63);
  const Profile profile = small_profile();
  for (std::size_t damaged = 1; damaged <= 4; ++damaged) {
    BitStream stream = bit_stream_of(profile, 8, random);
    for (std::size_t i = 0; i < damaged; ++i) stream.bits[i * profile.cadu_bits() + 5].flip();
    Bits bits = to_bits(random_bytes(random, 700));
    bits.insert(bits.end(), stream.bits.begin(), stream.bits.end());
    const Cut result = cut(profile, to_bytes(bits));
    // A marker with one error is not what the search looks for; three frames before it are.
    const std::size_t lost = damaged > 3 ? damaged - 3 : 0;
    EXPECT_EQ(result.frames.size(), 8 - lost);
    for (std::size_t i = lost; i < 8; ++i) EXPECT_TRUE(result.contains(stream.bodies[i])) << i;
    EXPECT_EQ(result.frames[0].input_offset, 700 + lost * profile.cadu_size_bytes);
    EXPECT_EQ(result.counts.marker_bit_errors, damaged - lost);
  }
}

TEST(FrameSyncDamage, MissedMarkerCostsNeitherLockNorFrame) {
  std::mt19937 random(64);
  const Profile profile = small_profile();
  BitStream stream = bit_stream_of(profile, 12, random);
  for (const std::size_t frame : {4U, 5U, 6U}) {
    for (std::size_t i = 0; i < 32; i += 2) stream.bits[frame * profile.cadu_bits() + i].flip();
  }
  const Cut result = cut(profile, to_bytes(stream.bits));
  ASSERT_EQ(result.bodies, stream.bodies);
  EXPECT_EQ(result.counts.flywheel_frames, 3U);
  EXPECT_EQ(result.counts.frames_in_lock, 9U);
  EXPECT_EQ(result.counts.locks_acquired, 1U);
  EXPECT_EQ(result.counts.locks_lost, 0U);
}

TEST(FrameSyncDamage, MarkersInsideTheDataMoveNothing) {
  std::mt19937 random(65);
  const Profile profile = small_profile();
  for (int round = 0; round < 200; ++round) {
    BitStream stream = bit_stream_of(profile, 10, random);
    for (std::size_t frame = 0; frame < 10; ++frame) {
      const std::size_t at = 32 + below(random, profile.cadu_bits() - 64);
      for (unsigned i = 0; i < 32; ++i) {
        stream.bits[frame * profile.cadu_bits() + at + i] = (profile.marker >> (31 - i) & 1) != 0;
      }
      Bytes& body = stream.bodies[frame];
      const auto begin = stream.bits.begin() + static_cast<std::ptrdiff_t>(frame * profile.cadu_bits() + 32);
      body = to_bytes(Bits(begin, begin + static_cast<std::ptrdiff_t>(profile.cadu_bits() - 32)));
    }
    // One true marker is missing, so that the false ones are looked at.
    for (std::size_t i = 0; i < 32; i += 2) stream.bits[6 * profile.cadu_bits() + i].flip();
    const Cut result = cut(profile, to_bytes(stream.bits));
    EXPECT_EQ(result.bodies, stream.bodies);
  }
}

TEST(FrameSyncDamage, RunsOfZerosAndOnesAreNoFrames) {
  for (const Byte value : Bytes{0x00, 0xFF, 0x55}) {
    for (const unsigned errors : {0U, 3U}) {
      Profile profile = snpp_profile();
      profile.marker_errors_search = errors;
      profile.marker_errors_check = errors;
      const Bytes run(100'000, value);
      const Cut result = cut(profile, run);
      EXPECT_EQ(result.frames.size(), 0U);
      EXPECT_EQ(result.losses.dropped(DropReason::no_sync).bytes, run.size());
      EXPECT_EQ(result.counts.search_bytes, run.size());
    }
  }
}

// Damage of every kind at random.
Bits damaged(Bits bits, std::mt19937& random) {
  for (std::size_t hits = below(random, 12); hits > 0; --hits) {
    const std::size_t at = below(random, bits.size() - 400);
    switch (random() % 6) {
      case 0:
        remove_bits(bits, at, 1 + below(random, 9));
        break;
      case 1:
        double_bit(bits, at, 1 + below(random, 9));
        break;
      case 2:
        turn_from(bits, at);
        break;
      case 3:
        remove_bits(bits, at, 1 + below(random, 400));
        break;
      case 4:
        for (std::size_t i = 0; i < 300; ++i) bits[at + i] = (random() & 1) != 0;
        break;
      default:
        for (std::size_t i = 0; i < 40; ++i) bits[below(random, bits.size())].flip();
    }
  }
  return bits;
}

std::vector<Profile> profiles() {
  std::vector<Profile> profiles(6, small_profile());
  profiles[1].marker = 0x0A116FD719D83C95;
  profiles[1].marker_bits = 60;
  profiles[1].cadu_size_bits = 1003;
  profiles[1].cadu_size_bytes = 126;
  profiles[1].code = ReedSolomonCode::none;
  profiles[1].virtual_fill_bytes = 0;
  profiles[2].marker = 0xFAF3;
  profiles[2].marker_bits = 16;
  profiles[2].marker_errors_search = 1;
  profiles[2].cadu_size_bits = 515;
  profiles[3].marker_errors_search = profiles[3].marker_errors_check = 3;
  profiles[3].slip_bits = 1;
  profiles[4].marker = 0x034776C7272895B0;
  profiles[4].marker_bits = 64;
  profiles[4].flywheel_frames = 0;
  profiles[5] = profiles[5].received_as(InputForm::codeblocks);
  return profiles;
}

TEST(FrameSyncDamage, LedgerBalancesAndHowTheInputIsCutChangesNothing) {
  std::mt19937 random(66);
  for (const Profile& profile : profiles()) {
    for (int round = 0; round < 60; ++round) {
      const Bytes lead = random_bytes(random, below(random, 300));
      Bits bits = to_bits(lead);
      const BitStream stream = bit_stream_of(profile, 8 + below(random, 10), random);
      bits.insert(bits.end(), stream.bits.begin(), stream.bits.end());
      const Bytes input = to_bytes(damaged(std::move(bits), random));
      const Cut whole = cut(profile, input);
      for (const std::size_t most : {1U, 7U, 100U, 1000U}) {
        const Cut pieces = cut(profile, input, [&] { return 1 + below(random, most); });
        ASSERT_EQ(pieces.bodies, whole.bodies) << profile.marker_bits << " bits, round " << round;
        for (std::size_t i = 0; i < whole.frames.size(); ++i) {
          EXPECT_EQ(pieces.frames[i].input_offset, whole.frames[i].input_offset);
          EXPECT_EQ(pieces.frames[i].inverted, whole.frames[i].inverted);
          EXPECT_EQ(pieces.frames[i].quality.flywheel, whole.frames[i].quality.flywheel);
          EXPECT_EQ(pieces.frames[i].quality.marker_bit_errors, whole.frames[i].quality.marker_bit_errors);
        }
        for (const DropReason reason : {DropReason::no_sync, DropReason::slip, DropReason::truncated_tail}) {
          EXPECT_EQ(pieces.losses.dropped(reason).bytes, whole.losses.dropped(reason).bytes);
          EXPECT_EQ(pieces.losses.dropped(reason).units, whole.losses.dropped(reason).units);
        }
        EXPECT_EQ(pieces.counts, whole.counts);
      }
    }
  }
}

// Frames at a bit offset in noise, one bit in a thousand wrong: the issue's own case, on the recording's frames.
Bytes in_noise(ByteView frames, std::size_t offset_bits, bool upside_down, std::mt19937& random) {
  const std::size_t lead_bits = 8 * below(random, 4000) + offset_bits;
  const std::size_t total = (lead_bits + 8 * frames.size()) / 8 + 1500 + below(random, 2000);
  Bytes bytes = random_bytes(random, total);
  for (std::size_t i = 0; i < 8 * frames.size(); ++i) {
    const bool bit = ((frames[i / 8] >> (7 - i % 8) & 1) != 0) != upside_down;
    Byte& byte = bytes[(lead_bits + i) / 8];
    const auto mask = static_cast<Byte>(0x80 >> ((lead_bits + i) % 8));
    byte = static_cast<Byte>(bit ? byte | mask : byte & ~mask);
  }
  std::geometric_distribution<std::size_t> until_error(1e-3);
  for (std::size_t i = until_error(random); i < 8 * bytes.size(); i += 1 + until_error(random)) {
    bytes[i / 8] = static_cast<Byte>(bytes[i / 8] ^ 0x80 >> (i % 8));
  }
  return bytes;
}

std::size_t bits_that_differ(ByteView a, ByteView b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(a[i] ^ b[i])));
  }
  return count;
}

void expect_all_of_the_recording(const Bytes& frames, std::size_t offset_bits, bool upside_down, unsigned seed) {
  SCOPED_TRACE(::testing::Message() << "offset " << offset_bits << ", inverted " << upside_down << ", seed " << seed);
  std::mt19937 random(seed);
  const Profile profile = snpp_profile();
  const Cut result = cut(profile, in_noise(frames, offset_bits, upside_down, random), [] { return std::size_t{9973}; });
  const std::size_t count = frames.size() / 1024;
  ASSERT_GE(result.bodies.size(), count);
  // Behind the last marker the flywheel runs on into the noise.
  ASSERT_LE(result.bodies.size(), count + profile.flywheel_frames);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_LT(bits_that_differ(result.bodies[i], ByteView(frames).subspan(1024 * i + 4, 1020)), 40U) << "frame " << i;
    EXPECT_EQ(result.frames[i].inverted, upside_down);
    EXPECT_FALSE(result.frames[i].quality.flywheel);
  }
}

// Two bits are missing behind a damaged marker that the input begins with: its frame begins before the input.
TEST(FrameSyncDamage, FrameWhoseDamagedMarkerOpensTheInputBeginsAtItsFirstByteThoughBitsSlip) {
  std::mt19937 random(91);
  Profile profile = snpp_profile();
  profile.marker_errors_search = 1;
  BitStream stream = bit_stream_of(profile, 6, random);
  const auto cadu = static_cast<std::ptrdiff_t>(profile.cadu_bits());
  stream.bits[31].flip();
  stream.bits.erase(stream.bits.begin() + 40, stream.bits.begin() + 42);
  // They come back in the next frame, so that the marker behind that one confirms the first.
  stream.bits.insert(stream.bits.begin() + 2 * cadu - 100, 2, true);
  const Cut result = cut(profile, to_bytes(stream.bits));
  ASSERT_EQ(result.frames.size(), 6U);
  EXPECT_EQ(result.frames[0].input_offset, 0U);
  EXPECT_EQ(result.bodies[5], stream.bodies[5]);
  EXPECT_LE(result.counts.slipped_bits, 4U);
}

// Markers one behind the other that no frame fits between: whatever is done must not be done again for each of them.
// A second of it at any speed of a link is decided in far less; here 2 MB in what was 10 seconds.
TEST(FrameSyncDamage, MarkersWithoutFramesBetweenThemAreDecidedAtTheSpeedOfALink) {
  const Profile profile = snpp_profile();
  Bytes input(2'000'000, 0x55);
  const Bytes marker = {0x1A, 0xCF, 0xFC, 0x1D};
  for (std::size_t at = 0; at + marker.size() <= input.size(); at += 5) {
    std::copy(marker.begin(), marker.end(), input.begin() + static_cast<std::ptrdiff_t>(at));
  }
  const std::clock_t start = std::clock();
  const Cut result = cut(profile, input, [] { return std::size_t{65536}; });
  EXPECT_LT(std::clock() - start, 3 * CLOCKS_PER_SEC);
  EXPECT_EQ(result.losses.bytes_in, input.size());
}

// The stretch between two steps' searches is remembered: it must not hide frames that come behind such a storm.
TEST(FrameSyncDamage, FramesBehindMarkersWithoutFramesAreFound) {
  std::mt19937 random(92);
  const Profile profile = snpp_profile();
  for (const std::size_t period : {5U, 7U, 36U, 100U, 1023U}) {
    Bytes input(20'000 + period, 0x55);
    const Bytes marker = {0x1A, 0xCF, 0xFC, 0x1D};
    for (std::size_t at = 0; at + marker.size() <= input.size(); at += period) {
      std::copy(marker.begin(), marker.end(), input.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const BitStream frames = bit_stream_of(profile, 8, random);
    append(input, to_bytes(frames.bits));
    const Cut whole = cut(profile, input);
    const Cut pieces = cut(profile, input, [&] { return 1 + below(random, 3000); });
    EXPECT_EQ(whole.bodies, pieces.bodies);
    EXPECT_EQ(whole.counts, pieces.counts);
    for (const Bytes& body : frames.bodies) EXPECT_TRUE(whole.contains(body)) << "period " << period;
  }
}

TEST(FrameSyncDamage, AllFramesOfTheRecordingAtThirteenBitsInNoiseWithErrors) {
  DL_RECORDING(frames, "data/viirs-jpss-hrd/snpp_synchronized_cadus.dat");
  const unsigned seeds = std::getenv("DOWNLINKD_TEST_LONG") != nullptr ? 3000 : 150;
  for (unsigned seed = 0; seed < seeds; ++seed) expect_all_of_the_recording(frames, 13, false, seed);
}

TEST(FrameSyncDamage, AllFramesOfTheRecordingAtEveryOffsetInEitherPolarity) {
  DL_RECORDING(frames, "data/viirs-jpss-hrd/snpp_synchronized_cadus.dat");
  for (unsigned offset = 0; offset < 16; ++offset) {
    for (const bool upside_down : {false, true}) {
      for (unsigned seed = 0; seed < 3; ++seed) expect_all_of_the_recording(frames, offset, upside_down, 9000 + seed);
    }
  }
}

}  // namespace
}  // namespace dl::link::testing
