#include "config/spacecraft_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"

namespace dl::config {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const fs::path kDirectory = fs::path(DL_SOURCE_DIRECTORY) / "config/spacecraft";

// A profile without a mistake, for one to be put in.
constexpr std::string_view kGood = R"(title = "Test"
platform = "test-1"
norad_id = 5
cospar_id = "2001-001A"
[marker]
pattern = "1ACFFC1D"
[cadu]
size_bytes = 1024
randomizer = "none"
[reed_solomon]
code = "rs_255_223"
interleave = 4
basis = "dual"
[frame]
scid = 7
)";

std::string with(std::string_view old, std::string_view replacement) {
  std::string text(kGood);
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), replacement);
}

std::string mistakes_in(std::string_view text) {
  const auto profile = parse_spacecraft_profile(text, "test.toml");
  if (profile) return "";
  EXPECT_EQ(profile.error().kind, ErrorKind::config);
  return profile.error().message;
}

TEST(SpacecraftProfile, EveryFileThatWeShipLoads) {
  const auto names = list_spacecraft_profiles({kDirectory});
  EXPECT_THAT(names, IsSupersetOf({"ctim", "gk2a-lrit", "hera", "meteor-m2-lrpt", "metop-b", "noaa-19-hrpt", "terra"}));
  for (const std::string& name : names) {
    const auto profile = load_spacecraft_profile(name, {kDirectory});
    ASSERT_TRUE(profile) << profile.error().message;
    EXPECT_EQ(profile->name, name);
    EXPECT_NE(profile->platform, "");
  }
}

TEST(SpacecraftProfile, MetopBIsAsItsSpecificationSays) {
  const auto profile = load_spacecraft_profile("metop-b", {kDirectory});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->platform, "metop-b");
  EXPECT_EQ(profile->norad_id, 38771U);
  EXPECT_EQ(profile->scid, 11);
  EXPECT_EQ(profile->marker, 0x1ACFFC1DU);
  EXPECT_EQ(profile->marker_bits, 32U);
  EXPECT_EQ(profile->randomizer, link::Randomizer::ccsds_255);
  EXPECT_EQ(profile->insert_zone_bytes, 2U);
  ASSERT_TRUE(profile->packet_time);
  EXPECT_EQ(profile->packet_time->epoch_days_from_1970, 10957);
  EXPECT_TRUE(profile->packet_time->day_is_valid);
  const auto avhrr = std::ranges::find(profile->routes, "avhrr-3", &link::Route::instrument);
  ASSERT_NE(avhrr, profile->routes.end());
  EXPECT_EQ(avhrr->vcid, 9);
  EXPECT_THAT(avhrr->apids, ElementsAre(103, 104));
  const auto mhs = std::ranges::find(profile->routes, "mhs", &link::Route::instrument);
  ASSERT_NE(mhs, profile->routes.end());
  EXPECT_EQ(mhs->vcid, 12);
  EXPECT_THAT(mhs->apids, ElementsAre(34));
}

TEST(SpacecraftProfile, MeteorM2IsAsItsRecordingShows) {
  const auto profile = load_spacecraft_profile("meteor-m2-lrpt", {kDirectory});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->platform, "meteor-m2");
  EXPECT_EQ(profile->basis, link::Basis::conventional);
  EXPECT_EQ(profile->randomizer, link::Randomizer::none);
  EXPECT_EQ(profile->sequence_count, link::SequenceCount::across_apids);
  EXPECT_EQ(profile->packet_time->utc_offset_s, -10800);
  EXPECT_FALSE(profile->packet_time->day_is_valid);
}

TEST(SpacecraftProfile, HrptIsMinorFramesOfWordsOfTenBits) {
  const auto profile = load_spacecraft_profile("noaa-19-hrpt", {kDirectory});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->frame_kind, link::FrameKind::hrpt);
  EXPECT_EQ(profile->scid, 15);
  EXPECT_EQ(profile->marker, 0xA116FD719D83C95U);
  EXPECT_EQ(profile->marker_bits, 60U);
  EXPECT_EQ(profile->cadu_bits(), 11090U * 10);
  EXPECT_EQ(profile->codeblock_size_bytes(), (11090U - 6) * 10 / 8);
  EXPECT_THAT(profile->idle_vcids, ::testing::IsEmpty());
}

TEST(SpacecraftProfile, TerraIsRandomizedInsideTheCode) {
  const auto profile = load_spacecraft_profile("terra", {kDirectory});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->randomizer_place, link::RandomizerPlace::inside_code);
  EXPECT_EQ(profile->randomizer_offset_bytes, 6U);
}

TEST(SpacecraftProfile, FramesThatTheStationDecodedHaveNoCodeAndNoMarker) {
  const auto profile = load_spacecraft_profile("stereo-a", {kDirectory});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->form, link::InputForm::frames);
  EXPECT_EQ(profile->frame_kind, link::FrameKind::tm);
  EXPECT_EQ(profile->frame_version, 0);
  EXPECT_EQ(profile->marker_bits, 0U);
  EXPECT_EQ(profile->code, link::ReedSolomonCode::none);
  EXPECT_EQ(profile->randomizer, link::Randomizer::none);
  EXPECT_EQ(profile->frame_size_bytes(), 1115U);
  EXPECT_TRUE(profile->frame_error_control);
  EXPECT_THAT(profile->idle_vcids, ::testing::IsEmpty());
}

// Every key once, each with another value than it has without.
constexpr std::string_view kEveryKey = R"(title = "Test"
platform = "test-1"
form = "soft-symbols"
[soft]
modulation = "oqpsk"
rate = "3/4"
second_output_inverted = true
interleaver = "lrpt_80k"
differential = true
[marker]
pattern = "34776C7272895B0"
bits = 58
errors_search = 1
errors_check = 2
errors_lock = 5
slip_bits = 1
flywheel_frames = 7
[cadu]
size_bits = 7938
randomizer = "ccsds_131071"
randomizer_place = "inside_code"
randomizer_offset_bytes = 6
[reed_solomon]
code = "rs_255_239"
use = "detect"
interleave = 5
basis = "conventional"
virtual_fill_bytes = 58
[frame]
kind = "aos"
extended_scid = true
scid = 435
header_error_control = true
insert_zone_bytes = 9
trailer_bytes = 1
operational_control = true
frame_error_control = true
idle_vcids = [62, 63]
[[virtual_channel]]
vcid = 5
service = "bitstream"
[[virtual_channel]]
vcid = 6
service = "access"
[packets]
encapsulation = true
sequence_count = "across_apids"
[packets.time]
code = "cuc"
epoch = "1980-01-06"
utc_offset_s = 1
coarse_bytes = 5
fine_bytes = 3
counts_leap_seconds = false
[[checksum]]
apids = [7, 8]
kind = "xor_16"
[[checksum]]
kind = "crc_16"
)";

TEST(SpacecraftProfile, EveryKeyArrives) {
  const auto read = parse_spacecraft_profile(kEveryKey, "every.toml");
  ASSERT_TRUE(read) << read.error().message;
  const link::Profile& profile = *read;
  EXPECT_EQ(profile.form, link::InputForm::soft_symbols);
  ASSERT_TRUE(profile.soft);
  EXPECT_EQ(profile.soft->modulation, link::Modulation::oqpsk);
  EXPECT_EQ(profile.soft->rate, link::ConvolutionalRate::rate_3_4);
  EXPECT_TRUE(profile.soft->second_output_inverted);
  EXPECT_EQ(profile.soft->interleaver, link::SymbolInterleaver::lrpt_80k);
  EXPECT_TRUE(profile.soft->differential);
  EXPECT_EQ(profile.marker, 0x034776C7272895B0U);
  EXPECT_EQ(profile.marker_bits, 58U);
  EXPECT_EQ(profile.marker_errors_search, 1U);
  EXPECT_EQ(profile.marker_errors_check, 2U);
  EXPECT_EQ(profile.marker_errors_lock, 5U);
  EXPECT_EQ(profile.slip_bits, 1U);
  EXPECT_EQ(profile.flywheel_frames, 7U);
  EXPECT_EQ(profile.cadu_bits(), 58U + 5 * (255 - 58) * 8);
  EXPECT_EQ(profile.randomizer, link::Randomizer::ccsds_131071);
  EXPECT_EQ(profile.randomizer_place, link::RandomizerPlace::inside_code);
  EXPECT_EQ(profile.randomizer_offset_bytes, 6U);
  EXPECT_EQ(profile.code, link::ReedSolomonCode::rs_255_239);
  EXPECT_EQ(profile.code_use, link::ReedSolomonUse::detect);
  EXPECT_EQ(profile.interleave, 5U);
  EXPECT_EQ(profile.basis, link::Basis::conventional);
  EXPECT_EQ(profile.virtual_fill_bytes, 58U);
  EXPECT_EQ(profile.frame_size_bytes(), 5U * (239 - 58));
  EXPECT_TRUE(profile.extended_scid);
  EXPECT_EQ(profile.scid, 435);
  EXPECT_TRUE(profile.header_error_control);
  EXPECT_EQ(profile.insert_zone_bytes, 9U);
  EXPECT_EQ(profile.trailer_bytes, 1U);
  EXPECT_TRUE(profile.operational_control);
  EXPECT_TRUE(profile.frame_error_control);
  EXPECT_THAT(profile.idle_vcids, ElementsAre(62, 63));
  ASSERT_EQ(profile.services.size(), 2U);
  EXPECT_EQ(profile.services[0].vcid, 5);
  EXPECT_EQ(profile.services[0].service, link::VirtualChannelService::bitstream);
  EXPECT_EQ(profile.services[1].service, link::VirtualChannelService::access);
  EXPECT_TRUE(profile.encapsulation_packets);
  EXPECT_EQ(profile.sequence_count, link::SequenceCount::across_apids);
  ASSERT_TRUE(profile.packet_time);
  EXPECT_EQ(profile.packet_time->code, link::TimeCode::cuc);
  EXPECT_EQ(profile.packet_time->epoch_days_from_1970, 3657);
  EXPECT_EQ(profile.packet_time->utc_offset_s, 1);
  EXPECT_EQ(profile.packet_time->cuc_coarse_bytes, 5U);
  EXPECT_EQ(profile.packet_time->cuc_fine_bytes, 3U);
  EXPECT_FALSE(profile.packet_time->cuc_counts_leap_seconds);
  ASSERT_EQ(profile.checksums.size(), 2U);
  EXPECT_THAT(profile.checksums[0].apids, ElementsAre(7, 8));
  EXPECT_EQ(profile.checksums[0].checksum, link::PacketChecksum::xor_16);
  EXPECT_EQ(profile.checksums[1].checksum, link::PacketChecksum::crc_16);
}

TEST(SpacecraftProfile, FileIsFoundByPathToo) {
  const auto profile = load_spacecraft_profile((kDirectory / "suomi-npp.toml").native(), {});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->scid, 157);
}

TEST(SpacecraftProfile, UnknownNameListsTheKnownOnesAndTheNearest) {
  const auto profile = load_spacecraft_profile("metop-d", {kDirectory});
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::config);
  EXPECT_THAT(profile.error().message,
              HasSubstr("meteor-m2-lrpt, meteor-m2-lrpt-soft, metop-b, metop-c, noaa-15-hrpt"));
  EXPECT_THAT(profile.error().message, HasSubstr("found 'metop-d'; did you mean 'metop-b'?"));
}

TEST(SpacecraftProfile, NameIsNoWayOutOfTheFolder) {
  EXPECT_FALSE(load_spacecraft_profile("../spacecraft/metop-b", {kDirectory}));
}

TEST(SpacecraftProfile, MissingFileSaysSo) {
  const auto profile = load_spacecraft_profile("/nowhere/x.toml", {});
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("/nowhere/x.toml"));
}

TEST(SpacecraftProfile, GoodOneHasNoMistakes) {
  EXPECT_EQ(mistakes_in(kGood), "");
}

TEST(SpacecraftProfile, AllMistakesAreReportedAtOnceWithTheirPlace) {
  std::string text = with("norad_id = 5", "norad_id = \"five\"");
  text.replace(text.find("scid = 7"), 8, "scid = 300\nsicd = 1");
  EXPECT_EQ(mistakes_in(text),
            "test.toml:3:12: norad_id: expected a whole number from 1 to 999999999, found the text 'five'\n"
            "test.toml:15:8: frame.scid: expected a whole number from 0 to 255, found the whole number 300\n"
            "test.toml:16:1: frame.sicd: expected a key of a link profile, found 'sicd', which is none; did you mean "
            "'scid'?");
}

TEST(SpacecraftProfile, MissingKeysAndTablesAreMistakes) {
  const std::string found = mistakes_in("title = \"x\"\n");
  for (const char* key : {"platform", "marker", "cadu", "reed_solomon", "frame"}) {
    EXPECT_THAT(found, HasSubstr(std::string(" ") + key + ": expected")) << key;
  }
}

struct Mistake {
  std::string_view old;
  std::string_view replacement;
  std::string_view message;
};

class SpacecraftProfileMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(SpacecraftProfileMistake, IsRefusedInWords) {
  EXPECT_THAT(mistakes_in(with(GetParam().old, GetParam().replacement)), HasSubstr(std::string(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Config, SpacecraftProfileMistake,
    ::testing::Values(
        Mistake{"1ACFFC1D", "1AC", "marker.pattern: expected 4 to 16 hexadecimal digits"},
        Mistake{"1ACFFC1D", "1ACFFCXX", "marker.pattern: expected 4 to 16 hexadecimal digits"},
        Mistake{"\"1ACFFC1D\"", "\"1ACFFC1D\"\nerrors_lock = 9", "no more than a quarter of the marker's 32 bits"},
        Mistake{"\"1ACFFC1D\"", "\"1ACFFC1D\"\nerrors_search = 2", "no more than marker.errors_check (1), found 2"},
        Mistake{"1024", "1020", "cadu.size_bytes: expected 1024: 4 of marker and 4 codewords of 255, found 1020"},
        Mistake{"randomizer = \"none\"", "randomizer = \"all\"",
                "expected \"none\" or \"ccsds_255\" or \"ccsds_131071\""},
        Mistake{"rs_255_223", "none", "reed_solomon.interleave: expected only with a code"},
        Mistake{"interleave = 4", "interleave = 9", "reed_solomon.interleave: expected a whole number from 1 to 8"},
        Mistake{"scid = 7", "scid = 7\ninsert_zone_bytes = 900", "expected a packet zone of 1 to 2046 bytes"},
        Mistake{"scid = 7", "scid = 7\nidle_vcids = [63, 64]",
                "frame.idle_vcids: expected a whole number from 0 to 63"},
        Mistake{"2001-001A", "2001-1A", "cospar_id: expected a COSPAR number"},
        Mistake{"scid = 7", "scid = 7\n[packets.time]\nepoch = \"2000\"", "packets.time.epoch: expected a date"},
        Mistake{"scid = 7", "scid = 7\n[[route]]\nvcid = 63\napids = [1]\ninstrument = \"a\"",
                "route[0].vcid: expected a virtual channel that is not one of frame.idle_vcids"},
        Mistake{"scid = 7", "scid = 7\n[[route]]\nvcid = 1\napids = [1, 1]\ninstrument = \"a\"",
                "route[0].apids: expected each APID of a virtual channel in one route to an instrument only, found 1 "
                "again"},
        Mistake{"scid = 7", "scid = 7\n[[route]]\nvcid = 1\napids = [2047]\ninstrument = \"a\"",
                "route[0].apids: expected a whole number from 0 to 2046"},
        Mistake{"cospar_id", "form = \"frames\"\ncospar_id",
                "marker: expected no such table where the form has no markers"},
        Mistake{"cospar_id", "form = \"frames\"\ncospar_id", "cadu: expected no such table where the form is decoded"},
        Mistake{"cospar_id", "form = \"frames\"\ncospar_id", "frame.size_bytes: expected a whole number"},
        Mistake{"cospar_id", "form = \"packets\"\ncospar_id",
                "frame: expected no such table where the form has no frames"},
        Mistake{"cospar_id", "form = \"soft-symbols\"\ncospar_id", "soft: expected a table, [soft]"},
        Mistake{"cospar_id", "form = \"baseband\"\ncospar_id", "form: expected \"bits\" or \"codeblocks\""},
        Mistake{"\"1ACFFC1D\"", "\"1ACFFC1D\"\nbits = 31", "cadu.size_bits: expected 8191: 31 bits of marker"},
        Mistake{"\"1ACFFC1D\"", "\"1ACFFC1D\"\nbits = 28", "marker.bits: expected"},
        Mistake{"size_bytes = 1024", "size_bytes = 1024\nsize_bits = 8192", "cadu.size_bits: expected one of"},
        Mistake{"size_bytes = 1024", "size_bits = 8193", "cadu.size_bits: expected 8192: 4 of marker and 4 codewords"},
        Mistake{"randomizer = \"none\"", "randomizer = \"none\"\nrandomizer_offset_bytes = 6",
                "cadu.randomizer_offset_bytes: expected only with a randomizer"},
        Mistake{"randomizer = \"none\"", "randomizer = \"ccsds_255\"\nrandomizer_offset_bytes = 892",
                "cadu.randomizer_offset_bytes: expected less than the 892 bytes of the frame, found 892"},
        Mistake{"scid = 7", "scid = 256", "frame.scid: expected a whole number from 0 to 255"},
        Mistake{"scid = 7", "scid = 1024\nextended_scid = true", "frame.scid: expected a whole number from 0 to 1023"},
        Mistake{"scid = 7", "scid = 1024\nkind = \"tm\"", "frame.scid: expected a whole number from 0 to 1023"},
        Mistake{"scid = 7", "scid = 65536\nkind = \"uslp\"", "frame.scid: expected a whole number from 0 to 65535"},
        Mistake{"scid = 7", "scid = 7\nkind = \"tm\"\nheader_error_control = true",
                "frame.header_error_control: expected only with kind = \"aos\""},
        Mistake{"scid = 7", "scid = 7\nkind = \"tm\"\ninsert_zone_bytes = 2", "frame.insert_zone_bytes: expected 0"},
        Mistake{"scid = 7", "scid = 7\nkind = \"tm\"\nidle_vcids = [63]", "expected a whole number from 0 to 7"},
        Mistake{"scid = 7", "scid = 7\nkind = \"minor_frame\"", "frame.scid: expected a key of a link profile"},
        Mistake{"scid = 7", "scid = 16\nkind = \"hrpt\"", "frame.scid: expected a whole number from 0 to 15"},
        Mistake{"scid = 7", "scid = 7\nkind = \"hrpt\"", "expected 13855 bytes behind the marker with kind = \"hrpt\""},
        Mistake{"scid = 7", "scid = 7\nsize_bytes = 892", "frame.size_bytes: expected only with form = \"frames\""},
        Mistake{"scid = 7", "scid = 7\n[[virtual_channel]]\nvcid = 63\nservice = \"access\"",
                "virtual_channel[0].vcid: expected a virtual channel that is not one of frame.idle_vcids"},
        Mistake{"scid = 7", "scid = 7\n[[checksum]]\napids = [3, 3]\nkind = \"xor_8\"",
                "checksum[0].apids: expected each APID in one checksum only, found 3 again"},
        Mistake{"scid = 7", "scid = 7\n[[checksum]]\nkind = \"xor_8\"\n[[checksum]]\nkind = \"crc_16\"",
                "checksum[1].apids: expected one checksum for all APIDs only"},
        Mistake{"scid = 7", "scid = 7\n[packets.time]\nepoch = \"2000-01-01\"\nsubmillisecond_bytes = 3",
                "packets.time.submillisecond_bytes: expected 0, 2 or 4"},
        Mistake{"scid = 7", "scid = 7\n[packets.time]\nepoch = \"2000-01-01\"\ncoarse_bytes = 4",
                "packets.time.coarse_bytes: expected a key of a link profile"},
        Mistake{"title", "title =", "expected TOML"}));

}  // namespace
}  // namespace dl::config
