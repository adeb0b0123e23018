#include "calibrate/geolocation/scan_geometry_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

using testing::HasSubstr;

Row amsu_a1() {
  Row row;
  row.id = "test/amsu-a/geometry/1";
  row.values["amsu-a1"] = {{"edge_scan_angle_deg", {48.333}},
                           {"pixels", {30}},
                           {"sample_interval_us", {202500}},
                           {"lines_per_second", {0.125}},
                           {"roll_deg", {0.1}},
                           {"pitch_deg", {-0.2}},
                           {"yaw_deg", {0.3}},
                           {"yaw_steering", {1}},
                           {"dwell_us", {165000}},
                           {"tie_step", {1}}};
  return row;
}

TEST(ScanGeometryRow, OfASteppedSounderHasItsDwellAndEveryPixelInTheTieGrid) {
  const auto geometry = scan_geometry(amsu_a1(), "amsu-a1");
  ASSERT_TRUE(geometry) << geometry.error().message;
  EXPECT_EQ(geometry->id, "test/amsu-a/geometry/1");
  EXPECT_EQ(geometry->pixel_count, 30U);
  EXPECT_EQ(geometry->pattern, ScanPattern::cross_track);
  EXPECT_EQ(geometry->first_angle_deg, 48.333);
  EXPECT_EQ(geometry->last_angle_deg, -48.333);
  EXPECT_DOUBLE_EQ(geometry->line_interval_s, 8);
  EXPECT_DOUBLE_EQ(geometry->time_offset_s(0), 0.0825);
  EXPECT_DOUBLE_EQ(geometry->time_offset_s(29), 29 * 0.2025 + 0.0825);
  EXPECT_EQ(geometry->tie_step, 1U);
  EXPECT_EQ(geometry->attitude, AttitudeLaw::local_normal_yaw_steering);
  EXPECT_EQ(geometry->roll_deg, 0.1);
  EXPECT_EQ(geometry->pitch_deg, -0.2);
  EXPECT_EQ(geometry->yaw_deg, 0.3);
}

TEST(ScanGeometryRow, OfAConicalScannerHasAzimuths) {
  Row row = amsu_a1();
  row.values["amsu-a1"].erase("edge_scan_angle_deg");
  row.values["amsu-a1"]["cone_angle_deg"] = {45};
  row.values["amsu-a1"]["first_azimuth_deg"] = {-65};
  row.values["amsu-a1"]["last_azimuth_deg"] = {65};
  const auto geometry = scan_geometry(row, "amsu-a1");
  ASSERT_TRUE(geometry) << geometry.error().message;
  EXPECT_EQ(geometry->pattern, ScanPattern::conical);
  EXPECT_EQ(geometry->cone_angle_deg, 45);
  EXPECT_EQ(geometry->angle_deg(0), -65);
  EXPECT_DOUBLE_EQ(geometry->angle_deg(29), 65);
}

TEST(ScanGeometryRow, WithoutANumberOrWithAnImpossibleOneIsRefusedByName) {
  const auto complaint = [](const char* name, std::vector<double> numbers) {
    Row row = amsu_a1();
    row.values["amsu-a1"][name] = std::move(numbers);
    const auto geometry = scan_geometry(row, "amsu-a1");
    return geometry ? std::string() : geometry.error().message;
  };
  EXPECT_THAT(complaint("pixels", {0}), HasSubstr("row 'test/amsu-a/geometry/1': 'pixels' of 'amsu-a1'"));
  EXPECT_THAT(complaint("pixels", {29.5}), HasSubstr("a whole number, found 29.5"));
  EXPECT_THAT(complaint("lines_per_second", {0}), HasSubstr("'lines_per_second'"));
  EXPECT_THAT(complaint("edge_scan_angle_deg", {91}), HasSubstr("from -90 to 90, found 91"));
  EXPECT_THAT(complaint("roll_deg", {1, 2}), HasSubstr("found 2 numbers"));
  EXPECT_THAT(complaint("yaw_steering", {0.5}), HasSubstr("a whole number"));
  const auto other = scan_geometry(amsu_a1(), "mhs");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(other.error().message, HasSubstr("found nothing"));
}

}  // namespace
}  // namespace dl::calibrate
