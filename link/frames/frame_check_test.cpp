#include "link/frames/frame_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "link/coding/frame_error_control.h"
#include "link/coding/header_error_control.h"
#include "link/frames/aos_frame.h"
#include "link/frames/tm_frame.h"
#include "link/frames/uslp_frame.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// A profile of frames that the station has decoded: nothing proves them but their own fields.
Profile frames_of(FrameKind kind, std::uint16_t scid) {
  Profile profile;
  profile.frame_kind = kind;
  profile.frame_version = kind == FrameKind::tm ? kTmVersion : kind == FrameKind::uslp ? kUslpVersion : kAosVersion;
  profile.scid = scid;
  profile.idle_vcids = {63};
  return profile.received_as(InputForm::frames);
}

// Checks one frame; the batch, which holds its bytes, lives with it.
struct Checked {
  FrameBatch batch;
  Frame frame;
  std::vector<ScidCount> others;
  [[nodiscard]] std::size_t data_starts_at() const {
    return static_cast<std::size_t>(frame.data_field.data() - frame.bytes.data());
  }
};

Checked check(const Profile& profile, const Bytes& bytes, Frame frame = {}) {
  Checked checked;
  std::copy(bytes.begin(), bytes.end(), checked.batch.add(frame, bytes.size()).begin());
  FrameCheck stage(profile);
  stage.check(checked.batch);
  checked.frame = checked.batch.frames()[0];
  checked.others = stage.other_spacecraft();
  EXPECT_TRUE(stage.losses().balanced());
  EXPECT_EQ(stage.losses().units_in, stage.losses().units_out + stage.losses().all_dropped().units);
  return checked;
}

Bytes aos(const AosHeader& header, std::uint16_t pointer = 0, std::size_t size = 100) {
  Bytes bytes(size);
  write_aos_header(header, bytes);
  bytes[6] = static_cast<Byte>(pointer >> 8);
  bytes[7] = static_cast<Byte>(pointer);
  return bytes;
}

Bytes tm(const TmHeader& header, std::size_t size = 100) {
  Bytes bytes(size);
  write_tm_header(header, bytes);
  return bytes;
}

Bytes uslp(UslpHeader header, const UslpDataFieldHeader& data, std::size_t size = 100) {
  Bytes bytes(size);
  header.frame_size_bytes = static_cast<std::uint32_t>(size);
  write_uslp_header(header, bytes);
  write_uslp_data_field_header(data, std::span<Byte>(bytes).subspan(header.size_bytes()));
  return bytes;
}

TEST(FrameCheck, DropsWhatIsNotTheProfiles) {
  const Profile profile = frames_of(FrameKind::aos, 157);
  EXPECT_EQ(check(profile, aos({.scid = 157, .vcid = 16})).frame.dropped, std::nullopt);
  EXPECT_EQ(check(profile, aos({.version = 0, .scid = 157})).frame.dropped, DropReason::frame_version);
  EXPECT_EQ(check(profile, aos({.scid = 159})).frame.dropped, DropReason::frame_scid);
  EXPECT_EQ(check(profile, aos({.scid = 157, .vcid = 63})).frame.dropped, DropReason::idle);
}

TEST(FrameCheck, CountsFramesOfOtherSpacecraftByTheirIdentifierWhateverTheirKind) {
  FrameCheck stage(frames_of(FrameKind::aos, 157));
  FrameBatch batch;
  for (const Bytes& bytes : {aos({.scid = 159}), aos({.scid = 159}), aos({.scid = 11}), tm({.scid = 0x234}),
                             uslp({.scid = 0xABCD}, {}), aos({.scid = 157})}) {
    std::copy(bytes.begin(), bytes.end(), batch.add(Frame{}, bytes.size()).begin());
  }
  stage.check(batch);
  const auto others = stage.other_spacecraft();
  ASSERT_EQ(others.size(), 4U);
  const auto is = [&](std::size_t i, int version, int scid, std::uint64_t frames) {
    EXPECT_EQ(others[i].version, version);
    EXPECT_EQ(others[i].scid, scid);
    EXPECT_EQ(others[i].frames, frames);
  };
  is(0, kTmVersion, 0x234, 1);
  is(1, kAosVersion, 11, 1);
  is(2, kAosVersion, 159, 2);
  is(3, kUslpVersion, 0xABCD, 1);
}

// operations.md section 7, 18: the whole field of the kind of frame in use.
TEST(FrameCheck, ComparesTheWholeIdentifierOfEachKindOfFrame) {
  Profile extended = frames_of(FrameKind::aos, 0x29D);
  extended.extended_scid = true;
  EXPECT_EQ(check(extended, aos({.scid = 0x29D})).frame.dropped, std::nullopt);
  EXPECT_EQ(check(extended, aos({.scid = 0x19D})).frame.dropped, DropReason::frame_scid);
  const Profile telemetry = frames_of(FrameKind::tm, 0x1EA);
  EXPECT_EQ(check(telemetry, tm({.scid = 0x1EA})).frame.dropped, std::nullopt);
  EXPECT_EQ(check(telemetry, tm({.scid = 0x0EA})).frame.dropped, DropReason::frame_scid);
  const Profile unified = frames_of(FrameKind::uslp, 0x12EA);
  EXPECT_EQ(check(unified, uslp({.scid = 0x12EA}, {})).frame.dropped, std::nullopt);
  EXPECT_EQ(check(unified, uslp({.scid = 0x02EA}, {})).frame.dropped, DropReason::frame_scid);
}

TEST(FrameCheck, FindsTheDataFieldOfAnAosFrameBetweenAllThatCanStandAroundIt) {
  Profile profile = frames_of(FrameKind::aos, 157);
  profile.header_error_control = true;
  profile.insert_zone_bytes = 5;
  profile.trailer_bytes = 3;
  profile.operational_control = true;
  profile.frame_error_control = true;
  Bytes bytes = aos({.scid = 157, .vcid = 3, .counter = 77});
  bytes[13] = 0x00;
  bytes[14] = 0x21;
  write_header_error_control(bytes);
  write_frame_error_control(bytes);
  const Checked checked = check(profile, bytes);
  ASSERT_EQ(checked.frame.dropped, std::nullopt);
  EXPECT_EQ(checked.frame.vcid, 3);
  EXPECT_EQ(checked.frame.counter, 77U);
  EXPECT_EQ(checked.data_starts_at(), 15U);
  EXPECT_EQ(checked.frame.data_field.size(), 100U - 15 - 3 - 4 - 2);
  EXPECT_EQ(checked.frame.first_header_pointer, 0x21);
}

TEST(FrameCheck, WrongFrameErrorControlDropsTheFrame) {
  Profile profile = frames_of(FrameKind::aos, 157);
  profile.frame_error_control = true;
  Bytes bytes = aos({.scid = 157});
  write_frame_error_control(bytes);
  EXPECT_EQ(check(profile, bytes).frame.dropped, std::nullopt);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] ^= 0x10;
    EXPECT_EQ(check(profile, bytes).frame.dropped, DropReason::fecf_bad) << at;
    bytes[at] ^= 0x10;
  }
}

TEST(FrameCheck, HeaderErrorControlMendsTheHeaderOrDropsTheFrame) {
  Profile profile = frames_of(FrameKind::aos, 157);
  profile.header_error_control = true;
  Bytes bytes = aos({.scid = 157, .vcid = 9});
  write_header_error_control(bytes);
  bytes[0] ^= 0xF0;
  bytes[5] ^= 0x03;
  EXPECT_EQ(check(profile, bytes).frame.dropped, std::nullopt);
  EXPECT_EQ(check(profile, bytes).frame.vcid, 9);
  bytes[1] ^= 0x33;
  EXPECT_EQ(check(profile, bytes).frame.dropped, DropReason::header_error_control);
}

TEST(FrameCheck, PointersHaveOneMeaningWhateverTheKindOfFrame) {
  const Profile profile = frames_of(FrameKind::aos, 157);
  EXPECT_EQ(check(profile, aos({.scid = 157}, 0x7FF)).frame.first_header_pointer, kNoPacketStart);
  EXPECT_EQ(check(profile, aos({.scid = 157}, 0x7FE)).frame.first_header_pointer, kIdleDataOnly);
  EXPECT_EQ(check(profile, aos({.scid = 157}, 0xF805)).frame.first_header_pointer, 5);  // spare bits set
  const Profile telemetry = frames_of(FrameKind::tm, 181);
  const auto pointer = [&](std::uint16_t sent) {
    return check(telemetry, tm({.scid = 181, .first_header_pointer = sent})).frame.first_header_pointer;
  };
  EXPECT_EQ(pointer(0x7FF), kNoPacketStart);
  EXPECT_EQ(pointer(0x7FE), kIdleDataOnly);
  EXPECT_EQ(pointer(12), 12);
}

TEST(FrameCheck, BitstreamZoneEndsWithItsLastValidBit) {
  Profile profile = frames_of(FrameKind::aos, 157);
  profile.services = {{7, VirtualChannelService::bitstream}};
  const auto size = [&](std::uint16_t pointer) {
    const Checked checked = check(profile, aos({.scid = 157, .vcid = 7}, pointer));
    EXPECT_TRUE(checked.frame.passed_through);
    return checked.frame.data_field.size();
  };
  EXPECT_EQ(size(0x3FFF), 92U);
  EXPECT_EQ(size(0), 1U);
  EXPECT_EQ(size(7), 1U);
  EXPECT_EQ(size(8), 2U);
  EXPECT_EQ(size(92 * 8 - 1), 92U);
  EXPECT_EQ(check(profile, aos({.scid = 157, .vcid = 7}, 92 * 8)).frame.dropped, DropReason::frame_header);
  EXPECT_EQ(check(profile, aos({.scid = 157, .vcid = 7}, 0x3FFE)).frame.first_header_pointer, kIdleDataOnly);
}

TEST(FrameCheck, ChannelAccessDataHaveNoHeaderOfTheirOwn) {
  Profile profile = frames_of(FrameKind::aos, 157);
  profile.services = {{7, VirtualChannelService::access}};
  const Checked checked = check(profile, aos({.scid = 157, .vcid = 7}));
  EXPECT_TRUE(checked.frame.passed_through);
  EXPECT_EQ(checked.data_starts_at(), 6U);
}

TEST(FrameCheck, TmFramesSayThemselvesWhatStandsAroundTheirDataField) {
  const Profile profile = frames_of(FrameKind::tm, 234);
  TmHeader header{.scid = 234, .vcid = 7, .master_counter = 9, .counter = 200, .first_header_pointer = 0};
  Checked plain = check(profile, tm(header));
  EXPECT_EQ(plain.data_starts_at(), 6U);
  EXPECT_EQ(plain.frame.data_field.size(), 94U);
  EXPECT_EQ(plain.frame.counter_bits, 8);
  EXPECT_EQ(plain.frame.counter, 200U);
  EXPECT_EQ(plain.frame.master_counter, 9);
  header.has_operational_control = true;
  header.has_secondary_header = true;
  Bytes bytes = tm(header);
  bytes[6] = 0x0E;
  const Checked full = check(profile, bytes);
  EXPECT_EQ(full.data_starts_at(), 21U);
  EXPECT_EQ(full.frame.data_field.size(), 100U - 21 - 4);
  bytes[6] = 0x8E;
  EXPECT_EQ(check(profile, bytes).frame.dropped, DropReason::frame_header);
  Bytes small = tm(header, 22);
  small[6] = 0x3F;
  EXPECT_EQ(check(profile, small).frame.dropped, DropReason::frame_header);
}

TEST(FrameCheck, TmFrameWithTheSynchronisationFlagIsPassedThrough) {
  const Checked checked = check(frames_of(FrameKind::tm, 234), tm({.scid = 234, .carries_no_packets = true}));
  EXPECT_EQ(checked.frame.dropped, std::nullopt);
  EXPECT_TRUE(checked.frame.passed_through);
}

TEST(FrameCheck, UslpDataFieldFollowsItsConstructionRule) {
  const Profile profile = frames_of(FrameKind::uslp, 500);
  const UslpHeader header{.scid = 500, .vcid = 2, .map_id = 3, .counter_bytes = 2, .counter = 0x1234};
  const auto with = [&](UslpRule rule, std::uint16_t pointer, std::uint8_t protocol = kUslpPacketsProtocol) {
    return check(profile, uslp(header, {rule, protocol, pointer}));
  };
  const Checked spanning = with(UslpRule::packets_spanning_frames, 40);
  EXPECT_EQ(spanning.frame.map_id, 3);
  EXPECT_EQ(spanning.frame.counter_bits, 16);
  EXPECT_EQ(spanning.frame.counter, 0x1234U);
  EXPECT_EQ(spanning.data_starts_at(), 12U);
  EXPECT_EQ(spanning.frame.first_header_pointer, 40);
  EXPECT_EQ(with(UslpRule::packets_spanning_frames, 0xFFFF).frame.first_header_pointer, kNoPacketStart);
  EXPECT_EQ(with(UslpRule::unsegmented, 0).frame.first_header_pointer, 0);
  EXPECT_EQ(with(UslpRule::unsegmented, 0).data_starts_at(), 10U);
  EXPECT_EQ(with(UslpRule::segment_start, 0).frame.first_header_pointer, 0);
  EXPECT_EQ(with(UslpRule::segment_last, 0).frame.first_header_pointer, kNoPacketStart);
  EXPECT_EQ(with(UslpRule::access_start, 9).frame.data_field.size(), 10U);
  EXPECT_TRUE(with(UslpRule::access_start, 9).frame.passed_through);
  EXPECT_EQ(with(UslpRule::access_continued, 88).frame.dropped, DropReason::frame_header);
  EXPECT_TRUE(with(UslpRule::octet_stream, 0).frame.passed_through);
  EXPECT_EQ(with(UslpRule::unsegmented, 0, kUslpIdleProtocol).frame.first_header_pointer, kIdleDataOnly);
}

TEST(FrameCheck, UslpFrameOfAnotherLengthThanItSaysIsDropped) {
  Bytes bytes = uslp({.scid = 500}, {});
  bytes[5] ^= 1;
  EXPECT_EQ(check(frames_of(FrameKind::uslp, 500), bytes).frame.dropped, DropReason::frame_header);
}

TEST(FrameCheck, TruncatedUslpFrameHasNoCounterAndNoInsertZone) {
  Profile profile = frames_of(FrameKind::uslp, 500);
  profile.insert_zone_bytes = 10;
  const Checked checked =
      check(profile, uslp({.scid = 500, .truncated = true}, {UslpRule::unsegmented, kUslpPacketsProtocol, 0}));
  EXPECT_EQ(checked.frame.dropped, std::nullopt);
  EXPECT_EQ(checked.frame.counter_bits, 0);
  EXPECT_EQ(checked.data_starts_at(), 5U);
}

TEST(FrameCheck, MinorFramesHaveNoHeader) {
  const Checked checked = check(frames_of(FrameKind::minor_frame, 8), Bytes(50, 0xFF));
  EXPECT_EQ(checked.frame.dropped, std::nullopt);
  EXPECT_TRUE(checked.frame.passed_through);
  EXPECT_EQ(checked.frame.counter_bits, 0);
  EXPECT_EQ(checked.frame.data_field.size(), 50U);
}

TEST(FrameCheck, FrameThatTheStationCallsErredIsUsedOnlyIfItsCodeProvesIt) {
  Frame erred;
  erred.quality.station = StationVerdict::erred;
  Profile profile = frames_of(FrameKind::aos, 157);
  EXPECT_EQ(check(profile, aos({.scid = 157}), erred).frame.dropped, DropReason::station_erred);
  profile.frame_error_control = true;
  Bytes bytes = aos({.scid = 157});
  write_frame_error_control(bytes);
  EXPECT_EQ(check(profile, bytes, erred).frame.dropped, std::nullopt);
  profile.frame_error_control = false;
  profile.code = ReedSolomonCode::rs_255_223;
  EXPECT_EQ(check(profile, aos({.scid = 157}), erred).frame.dropped, std::nullopt);
}

TEST(FrameCheck, ShortFramesOfEveryKindAreRefusedWithoutReadingPastTheirEnd) {
  for (const FrameKind kind : {FrameKind::aos, FrameKind::tm, FrameKind::uslp}) {
    for (std::size_t size = 0; size < 12; ++size) {
      for (const Byte first : std::initializer_list<Byte>{0x00, 0x40, 0xC0, 0xFF}) {
        Profile profile = frames_of(kind, 0);
        profile.header_error_control = kind == FrameKind::aos && size % 2 == 0;
        EXPECT_NO_FATAL_FAILURE(check(profile, Bytes(size, first)));
      }
    }
  }
}

TEST(FrameCheck, BreaksInTheInputAreCounted) {
  Profile profile = snpp_profile();
  FrameCheck stage(profile);
  FrameBatch batch;
  const auto add = [&](std::uint64_t offset, std::optional<DropReason> dropped = {}) {
    Frame frame;
    frame.input_offset = offset;
    frame.dropped = dropped;
    const Bytes bytes = aos({.scid = 157});
    std::copy(bytes.begin(), bytes.end(), batch.add(frame, bytes.size()).begin());
  };
  add(0);
  add(1024);
  add(2048, DropReason::rs_uncorrectable);
  add(3072);
  add(5120);
  add(6145);  // a slip of the bit clock
  stage.check(batch);
  std::vector<std::uint32_t> breaks;
  for (const Frame& frame : batch.frames()) breaks.push_back(frame.breaks_before);
  EXPECT_THAT(breaks, ::testing::ElementsAre(0, 0, 0, 1, 2, 2));
}

}  // namespace
}  // namespace dl::link::testing
