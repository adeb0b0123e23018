// The real recordings, as they are and damaged in every way that a downlink knows. Expected figures: data/README.md
// beside the recordings, which measured them independently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <map>

#include "link/frame_encoder.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

constexpr const char* kMeteor = "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu";
constexpr const char* kSnpp = "data/viirs-jpss-hrd/snpp_synchronized_cadus.dat";
constexpr const char* kTwoChannels = "data/viirs-jpss-hrd/snpp_7cadus_2vcids.dat";
constexpr const char* kMeteorSha256 = "0bee497832e8a0e206ecc2399b086b0391508b5ab99073965de2af4491a5c3c6";
constexpr std::size_t kCadu = 1024;

std::string md5_hex(ByteView bytes) {
  std::array<Byte, 16> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr);
  return to_hex(digest);
}

void expect_whole_meteor_pass(const Outcome& run) {
  EXPECT_THAT(run.report.imbalances(), ::testing::IsEmpty());
  ASSERT_EQ(run.report.virtual_channels.size(), 1U);
  const auto& counts = run.report.virtual_channels[0].counts;
  EXPECT_EQ(counts.frames, 886U);
  EXPECT_EQ(counts.gaps, 1U);
  EXPECT_EQ(counts.frames_lost, 2U);
  EXPECT_EQ(counts.first_counter, 638856U);
  EXPECT_EQ(counts.last_counter, 639743U);
  EXPECT_EQ(run.list.size(), 3464U);
  EXPECT_EQ(run.packets.size(), 781044U);
  EXPECT_EQ(run.packets_sha256(), kMeteorSha256);
}

TEST(Recordings, MeteorPassGivesTheFramesGapAndPacketsThatWereMeasured) {
  DL_RECORDING(cadus, kMeteor);
  const Outcome whole = run(meteor_profile(), cadus);
  expect_whole_meteor_pass(whole);
  EXPECT_EQ(whole.report.codewords.by_symbols_corrected[0], 3544U);
  std::map<unsigned, std::uint64_t> packets;
  std::uint64_t missing = 0;
  for (const ApidReport& apid : whole.report.virtual_channels[0].apids) {
    packets[apid.apid] = apid.counts.packets;
    missing += apid.counts.packets_missing;
  }
  EXPECT_THAT(packets, ::testing::ElementsAre(::testing::Pair(64, 1126), ::testing::Pair(65, 1124),
                                              ::testing::Pair(68, 1133), ::testing::Pair(70, 81)));
  EXPECT_EQ(missing, 8U);
  EXPECT_EQ(whole.dropped(DropReason::packet_cut_by_gap), 1U);
  EXPECT_EQ(std::count_if(whole.list.begin(), whole.list.end(), [](const Packet& p) { return p.gap_before; }), 1);
}

TEST(Recordings, PacketsSayWhenAndWhereTheirFrameArrived) {
  DL_RECORDING(cadus, kMeteor);
  const Outcome whole = run(meteor_profile(), cadus);
  for (const Packet& packet : whole.list) {
    EXPECT_EQ(packet.input_offset % kCadu, 0U);
    EXPECT_EQ(packet.received_at, kReceived);
    EXPECT_EQ(packet.vcid, 5);
  }
}

TEST(Recordings, SuomiNppGivesTheFramesGapAndPacketsThatWereMeasured) {
  DL_RECORDING(cadus, kSnpp);
  const Outcome whole = run(snpp_profile(), cadus);
  EXPECT_THAT(whole.report.imbalances(), ::testing::IsEmpty());
  ASSERT_EQ(whole.report.virtual_channels.size(), 1U);
  const auto& channel = whole.report.virtual_channels[0];
  EXPECT_EQ(channel.vcid, 16);
  EXPECT_EQ(channel.counts.frames, 65U);
  EXPECT_EQ(channel.counts.gaps, 1U);
  EXPECT_EQ(channel.counts.frames_lost, 1U);
  EXPECT_EQ(channel.counts.first_counter, 9842876U);
  EXPECT_EQ(channel.counts.last_counter, 9842941U);
  EXPECT_EQ(whole.report.codewords.by_symbols_corrected[0], 260U);
  EXPECT_EQ(whole.list.size(), 12U);
  EXPECT_EQ(whole.packets.size(), 53098U);
  EXPECT_EQ(md5_hex(whole.packets), "5e11051d86c46ddc3500904c99bbe978");
}

TEST(Recordings, ForgettingTheRandomizerIsRefusedByTheHeaderCheckAlthoughReedSolomonFindsNoError) {
  DL_RECORDING(cadus, kSnpp);
  Profile profile = snpp_profile();
  profile.randomizer = Randomizer::none;
  const Outcome wrong = run(profile, cadus);
  EXPECT_THAT(wrong.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(wrong.report.codewords.by_symbols_corrected[0], 260U);
  EXPECT_EQ(wrong.dropped(DropReason::frame_version) + wrong.dropped(DropReason::frame_scid), 65U);
  EXPECT_EQ(wrong.report.headers.units_out, 0U);
  EXPECT_TRUE(wrong.list.empty());
}

TEST(Recordings, FramesOfAnotherSpacecraftAreCountedAndNotUsed) {
  DL_RECORDING(cadus, kSnpp);
  Profile profile = snpp_profile();
  profile.scid = 159;
  const Outcome wrong = run(profile, cadus);
  EXPECT_EQ(wrong.dropped(DropReason::frame_scid), 65U);
  EXPECT_TRUE(wrong.list.empty());
}

TEST(Recordings, TwoVirtualChannelsAreKeptApart) {
  DL_RECORDING(cadus, kTwoChannels);
  const Outcome both = run(snpp_profile(), cadus);
  EXPECT_THAT(both.report.imbalances(), ::testing::IsEmpty());
  ASSERT_EQ(both.report.virtual_channels.size(), 2U);
  EXPECT_EQ(both.report.virtual_channels[0].vcid, 6);
  EXPECT_EQ(both.report.virtual_channels[0].counts.frames, 4U);
  EXPECT_EQ(both.report.virtual_channels[0].counts.first_counter, 6820673U);
  EXPECT_EQ(both.report.virtual_channels[1].vcid, 16);
  EXPECT_EQ(both.report.virtual_channels[1].counts.frames, 3U);
  EXPECT_EQ(both.report.virtual_channels[1].counts.last_counter, 9847472U);
  ASSERT_EQ(both.list.size(), 1U);
  EXPECT_EQ(both.list[0].apid, 1341);
  EXPECT_EQ(both.packets.size(), 1862U);
}

TEST(Recordings, ZeroPaddingOfPacketZonesIsIdleAndCounterResetsAreCounted) {
  DL_RECORDING(frames, "data/gk2a-lrit-vcdu/gk2a_lrit_vcdu_test.bin");
  Profile profile;
  profile.scid = 195;
  profile.code = ReedSolomonCode::none;
  profile.randomizer = Randomizer::none;
  profile.cadu_size_bytes = 896;
  const CaduEncoder encoder(profile);
  Bytes cadus;
  for (std::size_t at = 0; at < frames.size(); at += 892) encoder.encode(ByteView(frames).subspan(at, 892), cadus);
  const Outcome whole = run(profile, cadus);
  EXPECT_THAT(whole.report.imbalances(), ::testing::IsEmpty());
  ASSERT_EQ(whole.report.virtual_channels.size(), 1U);
  EXPECT_EQ(whole.report.virtual_channels[0].counts.frames, 4422U);
  EXPECT_EQ(whole.report.virtual_channels[0].counts.counter_resets, 3U);
  EXPECT_EQ(whole.list.size(), 500U);
  EXPECT_EQ(whole.report.packets().lost().bytes, 0U);
}

class MeteorBitShift : public ::testing::TestWithParam<unsigned> {};

TEST_P(MeteorBitShift, UprightAndInvertedGiveTheSamePackets) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(GetParam());
  Bits bits;
  for (unsigned i = 0; i < GetParam(); ++i) bits.push_back((random() & 1) != 0);
  const Bits stream = to_bits(cadus);
  bits.insert(bits.end(), stream.begin(), stream.end());
  const Bytes shifted = to_bytes(bits);
  expect_whole_meteor_pass(run(meteor_profile(), shifted));
  expect_whole_meteor_pass(run(meteor_profile(), inverted(shifted)));
}
INSTANTIATE_TEST_SUITE_P(Link, MeteorBitShift, ::testing::Values(0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U));

TEST(Recordings, PolarityThatTurnsOverBetweenFramesCostsNothing) {
  DL_RECORDING(cadus, kMeteor);
  Bytes stream = cadus;
  for (std::size_t i = 100 * kCadu; i < 300 * kCadu; ++i) stream[i] = static_cast<Byte>(~stream[i]);
  expect_whole_meteor_pass(run(meteor_profile(), stream));
}

TEST(Recordings, SixteenWrongSymbolsInEveryCodewordAreCorrected) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(1);
  Bytes stream = cadus;
  for (std::size_t frame = 0; frame < 886; ++frame) {
    for (std::size_t codeword = 0; codeword < 4; ++codeword) {
      std::vector<std::size_t> symbols(255);
      for (std::size_t i = 0; i < 255; ++i) symbols[i] = i;
      std::shuffle(symbols.begin(), symbols.end(), random);
      for (std::size_t i = 0; i < 16; ++i) {
        stream[frame * kCadu + 4 + symbols[i] * 4 + codeword] ^= static_cast<Byte>(1 + below(random, 255));
      }
    }
  }
  const Outcome noisy = run(meteor_profile(), stream);
  expect_whole_meteor_pass(noisy);
  EXPECT_EQ(noisy.report.codewords.by_symbols_corrected[16], 3544U);
  EXPECT_EQ(noisy.report.virtual_channels[0].counts.symbols_corrected, 3544U * 16);
  EXPECT_EQ(noisy.list[0].quality.symbols_corrected, 64);
}

TEST(Recordings, SeventeenWrongSymbolsDropTheFrameAndCutItsPackets) {
  DL_RECORDING(cadus, kMeteor);
  Bytes stream = cadus;
  for (std::size_t i = 0; i < 17; ++i) stream[10 * kCadu + 4 + 40 * i] ^= 0x55;
  const Outcome noisy = run(meteor_profile(), stream);
  EXPECT_THAT(noisy.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(noisy.dropped(DropReason::rs_uncorrectable), 1U);
  EXPECT_EQ(noisy.report.codewords.uncorrectable, 1U);
  EXPECT_EQ(noisy.frames_lost(), 3U);
  EXPECT_EQ(noisy.gaps(), 2U);
}

TEST(Recordings, FourBitErrorsInEveryMarkerAfterLockCostNothing) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(2);
  Bytes stream = cadus;
  for (std::size_t frame = 2; frame < 886; ++frame) {
    for (int i = 0; i < 4; ++i) stream[frame * kCadu + below(random, 4)] ^= static_cast<Byte>(1U << below(random, 8));
  }
  expect_whole_meteor_pass(run(meteor_profile(), stream));
}

TEST(Recordings, DestroyedMarkersAreFlownOver) {
  DL_RECORDING(cadus, kMeteor);
  Bytes stream = cadus;
  for (const std::size_t frame : {3, 50, 51, 52, 884, 885}) {
    for (std::size_t i = 0; i < 4; ++i) stream[frame * kCadu + i] ^= 0x5A;
  }
  const Outcome noisy = run(meteor_profile(), stream);
  expect_whole_meteor_pass(noisy);
  EXPECT_EQ(noisy.report.virtual_channels[0].counts.flywheel_frames, 6U);
}

TEST(Recordings, FramesCutOutAreAGapAndNothingElse) {
  DL_RECORDING(cadus, kMeteor);
  Bytes stream(cadus.begin(), cadus.begin() + 200 * kCadu);
  append(stream, ByteView(cadus).subspan(205 * kCadu));
  const Outcome cut = run(meteor_profile(), stream);
  EXPECT_THAT(cut.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(cut.report.sync.units_out, 881U);
  EXPECT_EQ(cut.report.sync.lost().bytes, 0U);
  EXPECT_EQ(cut.gaps(), 2U);
  EXPECT_EQ(cut.frames_lost(), 7U);
}

// One frame is damaged by the slip, and no other is lost: not the one before, not the one behind.
void expect_one_frame_lost(const Outcome& run, const std::string& what) {
  EXPECT_THAT(run.report.imbalances(), ::testing::IsEmpty()) << what;
  EXPECT_EQ(run.report.headers.units_out, 885U) << what;
  EXPECT_EQ(run.frames_lost(), 3U) << what;
}

TEST(Recordings, BitsInsertedOrRemovedCostTheOneFrameTheyHit) {
  DL_RECORDING(cadus, kMeteor);
  const Bits stream = to_bits(cadus);
  std::mt19937 random(3);
  for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 40U, 800U, 5000U}) {
    // Away from the frame's end, where Reed-Solomon would repair the rest of the frame.
    const auto at = static_cast<std::ptrdiff_t>((300 * kCadu + 100 + below(random, 200)) * 8 + below(random, 8));
    Bits removed(stream.begin(), stream.begin() + at);
    removed.insert(removed.end(), stream.begin() + at + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, 4000)),
                   stream.end());
    expect_one_frame_lost(run(meteor_profile(), to_bytes(removed)), "removed " + std::to_string(count));
    Bits inserted(stream.begin(), stream.begin() + at);
    for (std::size_t i = 0; i < count; ++i) inserted.push_back((random() & 1) != 0);
    inserted.insert(inserted.end(), stream.begin() + at, stream.end());
    expect_one_frame_lost(run(meteor_profile(), to_bytes(inserted)), "inserted " + std::to_string(count));
  }
}

TEST(Recordings, NoiseBetweenTwoFramesCostsNothing) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(4);
  for (const std::size_t count : {1U, 3U, 500U, 1023U, 1025U, 3000U, 20000U}) {
    Bytes stream(cadus.begin(), cadus.begin() + 400 * kCadu);
    append(stream, random_bytes(random, count));
    append(stream, ByteView(cadus).subspan(400 * kCadu));
    SCOPED_TRACE(count);
    expect_whole_meteor_pass(run(meteor_profile(), stream));
  }
}

TEST(Recordings, SenderThatStartsAgainFromTheBeginningAtAnyByteGivesTheSamePackets) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(5);
  for (int i = 0; i < 8; ++i) {
    const std::size_t broken_at = 1 + below(random, cadus.size() - 1);
    Bytes stream(cadus.begin(), cadus.begin() + static_cast<std::ptrdiff_t>(broken_at));
    append(stream, cadus);
    SCOPED_TRACE(broken_at);
    const Outcome again = run(meteor_profile(), stream);
    expect_whole_meteor_pass(again);
    EXPECT_EQ(again.dropped(DropReason::repeated_frame), broken_at / kCadu);
  }
}

TEST(Recordings, SenderThatGoesOnSomewhereBeforeTheBreakGivesTheSamePackets) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(6);
  for (int i = 0; i < 8; ++i) {
    const std::size_t broken_at = 20000 + below(random, cadus.size() - 20000);
    // At least the frame that the break cut is sent again whole, whatever byte the sender goes on at.
    const std::size_t from = below(random, broken_at / kCadu * kCadu);
    Bytes stream(cadus.begin(), cadus.begin() + static_cast<std::ptrdiff_t>(broken_at));
    append(stream, ByteView(cadus).subspan(from));
    SCOPED_TRACE(::testing::Message() << "broken at " << broken_at << ", goes on at " << from);
    expect_whole_meteor_pass(run(meteor_profile(), stream));
  }
}

TEST(Recordings, AnyChoppingOfTheInputGivesTheSameResult) {
  DL_RECORDING(cadus, kMeteor);
  std::mt19937 random(7);
  // With damage of each kind in the way, so that every state of the synchroniser is chopped.
  Bytes stream = random_bytes(random, 777);
  append(stream, ByteView(cadus).first(50 * kCadu + 300));
  append(stream, random_bytes(random, 5000));
  append(stream, inverted(Bytes(cadus.begin(), cadus.begin() + 90 * kCadu)));
  append(stream, ByteView(cadus).subspan(90 * kCadu, 10 * kCadu + 3));
  append(stream, ByteView(cadus).subspan(99 * kCadu + 500, 100 * kCadu));
  const Outcome whole = run(meteor_profile(), stream, [&] { return stream.size(); });
  EXPECT_GT(whole.list.size(), 400U);
  for (const std::size_t largest : {1U, 7U, 1024U, 5000U}) {
    const Outcome chopped = run(meteor_profile(), stream, [&] { return 1 + below(random, largest); });
    EXPECT_EQ(chopped.packets, whole.packets);
    EXPECT_THAT(chopped.report.imbalances(), ::testing::IsEmpty());
    EXPECT_EQ(chopped.report.sync.units_out, whole.report.sync.units_out);
    EXPECT_EQ(chopped.report.sync.dropped(DropReason::slip).bytes, whole.report.sync.dropped(DropReason::slip).bytes);
    EXPECT_EQ(chopped.report.sync.dropped(DropReason::no_sync).bytes,
              whole.report.sync.dropped(DropReason::no_sync).bytes);
    EXPECT_EQ(chopped.report.coding.dropped(DropReason::rs_uncorrectable).units,
              whole.report.coding.dropped(DropReason::rs_uncorrectable).units);
  }
}

}  // namespace
}  // namespace dl::link::testing
