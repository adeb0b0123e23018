#include <algorithm>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/table_check.h"
#include "calibrate/table_load.h"
#include "calibrate/time_model.h"
#include "core/file.h"
#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/coefficients.h"
#include "decoders/avhrr3/decoder.h"

namespace dl::decoders::avhrr3 {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::tables_of;

const std::filesystem::path kTables = DL_SOURCE_DIRECTORY "/decoders/avhrr3/tables";
const calibrate::TableFolders kFolders{DL_BINARY_DIRECTORY "/share/downlinkd/tables", {}};

std::string chosen_visible(const std::string& platform, std::string_view time, std::optional<UtcTime> known_at = {}) {
  const auto row = tables_of(platform).select({kVisibleQuantity, "noaa-ospo", {}}, at(time), known_at);
  return row ? row->row->id + (row->extrapolated ? " extrapolated" : "") : row.error();
}

TEST(Tables, EveryFileLoadsWithItsPlatformAndKeepsEveryRule) {
  std::set<std::string> platforms;
  for (const auto& entry : std::filesystem::directory_iterator(kTables)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json")) continue;
    platforms.insert(name.substr(0, name.find('.')));
  }
  EXPECT_THAT(platforms, ::testing::ElementsAre("metop-a", "metop-b", "metop-c", "noaa-15", "noaa-16", "noaa-17",
                                                "noaa-18", "noaa-19"));
  for (const std::string& platform : platforms) {
    const auto tables = calibrate::load_tables(kFolders, platform, "avhrr-3");
    ASSERT_TRUE(tables) << tables.error().message;
    const auto checked = check_rows(*tables);
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(tables->sha256().size(), 64u);
  }
}

TEST(Tables, VisibleRowOfMetopBChangesAtNoonOf12May2026) {
  EXPECT_EQ(chosen_visible("metop-b", "2026-05-12T11:59:59Z"), "metop-b/avhrr-3/visible/2026-03-10");
  EXPECT_EQ(chosen_visible("metop-b", "2026-05-12T12:00:00Z"), "metop-b/avhrr-3/visible/2026-05-12");
}

TEST(Tables, BulletinThatWasIssuedAtNightWasNotKnownInTheAfternoon) {
  // The bulletin of 12 May 2026 took effect at 12:00 and was issued at 22:03.
  EXPECT_EQ(chosen_visible("metop-b", "2026-05-12T13:00:00Z", at("2026-05-12T22:02:59Z")),
            "metop-b/avhrr-3/visible/2026-03-10");
  EXPECT_EQ(chosen_visible("metop-b", "2026-05-12T13:00:00Z", at("2026-05-12T22:03:00Z")),
            "metop-b/avhrr-3/visible/2026-05-12");
}

TEST(Tables, BulletinsMissingFromTheTableAreFlaggedAsExtrapolation) {
  EXPECT_EQ(chosen_visible("metop-b", "2026-07-26T12:00:00Z"), "metop-b/avhrr-3/visible/2026-05-12");
  EXPECT_EQ(chosen_visible("metop-b", "2026-07-30T08:45:56Z"), "metop-b/avhrr-3/visible/2026-05-12 extrapolated");
  EXPECT_EQ(chosen_visible("metop-b", "2025-01-01T00:00:00Z"), "metop-b/avhrr-3/visible/2023-07-11 extrapolated");
  EXPECT_THAT(chosen_visible("metop-b", "2013-01-01T00:00:00Z"), HasSubstr("begins at 2014-06-10T15:20:00Z"));
}

TEST(Tables, NumbersAreThoseOfTheBulletin) {
  const auto row = tables_of("metop-b").select({kVisibleQuantity, "noaa-ospo", {}}, at("2026-05-12T12:00:00Z"), {});
  ASSERT_TRUE(row);
  const auto gain = visible_gain(*row->row, "3A");
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->low.slope, 0.03372);
  EXPECT_EQ(gain->low.intercept, -1.417);
  EXPECT_EQ(gain->high.slope, 0.2348);
  EXPECT_EQ(gain->high.intercept, -102.15);
  EXPECT_EQ(gain->cut_count, 500.85);
  EXPECT_THAT(row->row->source.locator, HasSubstr("MSG_20260512_2203"));
}

TEST(Tables, ProfilesDifferInTheThermalRowsAndNoneFallsBackOnAnother) {
  const auto row = [](std::string_view quantity, std::string_view profile) {
    const auto selected = tables_of("metop-b").select({quantity, profile, {}}, at("2026-12-01T00:00:00Z"), {});
    return selected ? selected->row->id : selected.error();
  };
  EXPECT_EQ(row(kThermalQuantity, "noaa-ospo"), "metop-b/avhrr-3/thermal-klm/1");
  EXPECT_EQ(row(kThermalQuantity, "klm-prelaunch"), "metop-b/avhrr-3/thermal-klm/1");
  EXPECT_EQ(row(kThermalQuantity, "patmosx-v2023"), "metop-b/avhrr-3/thermal-patmosx/1");
  EXPECT_THAT(row(kVisibleQuantity, "patmosx-v2023"), HasSubstr("the measurements that it fits end before"));
  EXPECT_THAT(row(kVisibleQuantity, "klm-prelaunch"), HasSubstr("no "));
}

// The numbers that instruments.md section 8 gives for the set of the hash that the row names (v2023 sha256
// 56f9dc39...2878): scaled radiances of NOAA-19 on the first day of 2010.
TEST(Tables, TrendsOfPatmosxGiveTheNumbersOfTheirSource) {
  const auto selected =
      tables_of("noaa-19").select({kVisibleQuantity, "patmosx-v2023", {}}, at("2010-01-01T12:00:00Z"), {});
  ASSERT_TRUE(selected);
  EXPECT_THAT(selected->row->source.locator, HasSubstr("56f9dc39...2878"));
  const calibrate::Row row = calibrate::evaluate(*selected);
  const auto gain = visible_gain(row, "1");
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->at(512), 27.32328509, 1e-6);
  EXPECT_NEAR(gain->at(1023), 110.84050459, 1e-6);
  EXPECT_NEAR(gain->at(41), 0.1191198, 1e-6);
  EXPECT_NEAR(gain->at(150), 6.02096454, 1e-6);
}

TEST(Tables, SatelliteWithoutBulletinsIsCalibratedByTheTrendsUnlessSomebodySaysOtherwise) {
  EXPECT_EQ(default_profile(tables_of("metop-b")), "noaa-ospo");
  for (const char* platform : {"noaa-15", "noaa-16", "noaa-17", "noaa-18", "noaa-19"}) {
    EXPECT_EQ(default_profile(tables_of(platform)), "patmosx-v2023") << platform;
  }
}

TEST(Tables, TransposedDigitsOfABulletinAreRefusedAtLoad) {
  std::string text = read_text_file(kTables / "metop-b.visible.json").value();
  const std::size_t place = text.find("0.05818");
  ASSERT_NE(place, std::string::npos);
  text.replace(place, 7, "0.05188");
  const auto table = calibrate::parse_table(text, "metop-b.visible.json");
  ASSERT_TRUE(table);
  const auto checked = calibrate::check_table(*table);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("metop-b/avhrr-3/visible/2026-05-12"));
}

TEST(Tables, ScanGeometryOfMetopSteersItsYawAndThatOfNoaaDoesNot) {
  const auto geometry = [](const std::string& platform) {
    const auto row = tables_of(platform).select({kGeometryQuantity, "noaa-ospo", {}}, at("2020-01-01T00:00:00Z"), {});
    return scan_geometry(*row.value().row).value();
  };
  EXPECT_EQ(geometry("metop-b").attitude, calibrate::AttitudeLaw::local_normal_yaw_steering);
  EXPECT_EQ(geometry("metop-b").first_angle_deg, 55.37);
  EXPECT_EQ(geometry("metop-b").last_angle_deg, -55.37);
  EXPECT_EQ(geometry("metop-a").first_angle_deg, 55.2);
  EXPECT_EQ(geometry("noaa-19").attitude, calibrate::AttitudeLaw::local_normal);
}

TEST(Tables, MissingPlatformIsAConfigurationErrorThatSaysWhatToAdd) {
  const auto tables = calibrate::load_tables(kFolders, "metop-z", "avhrr-3");
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().kind, ErrorKind::config);
  EXPECT_THAT(tables.error().message, HasSubstr("metop-z.*.json"));
}

}  // namespace
}  // namespace dl::decoders::avhrr3
