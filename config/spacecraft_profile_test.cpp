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
  ASSERT_EQ(profile->routes.size(), 1U);
  EXPECT_EQ(profile->routes[0].vcid, 9);
  EXPECT_THAT(profile->routes[0].apids, ElementsAre(103, 104));
  EXPECT_EQ(profile->routes[0].instrument, "avhrr-3");
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

TEST(SpacecraftProfile, FileIsFoundByPathToo) {
  const auto profile = load_spacecraft_profile((kDirectory / "suomi-npp.toml").native(), {});
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->scid, 157);
}

TEST(SpacecraftProfile, UnknownNameListsTheKnownOnesAndTheNearest) {
  const auto profile = load_spacecraft_profile("metop-d", {kDirectory});
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::config);
  EXPECT_THAT(profile.error().message, HasSubstr("meteor-m2-lrpt, meteor-m2-lrpt-soft, metop-b, metop-c, noaa-15-hrpt"));
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
                "route[0].apids: expected each APID of a virtual channel in one route only, found 1 again"},
        Mistake{"scid = 7", "scid = 7\n[[route]]\nvcid = 1\napids = [2047]\ninstrument = \"a\"",
                "route[0].apids: expected a whole number from 0 to 2046"},
        Mistake{"title", "title =", "expected TOML"}));

}  // namespace
}  // namespace dl::config
