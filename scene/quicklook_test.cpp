#include "scene/quicklook.h"

#include <gtest/gtest.h>

#include "scene/test_granule.h"

namespace dl::scene {
namespace {

using calibrate::kNoData;

// One band whose stored value is the pixel's number.
calibrate::CalibratedGranule ramp(calibrate::Quantity quantity) {
  calibrate::CalibratedGranule granule;
  granule.line_count = 4;
  granule.pixel_count = 100;
  calibrate::Band band;
  band.name = "1";
  band.quantity = quantity;
  for (std::uint16_t i = 0; i < 400; ++i) band.values.push_back(static_cast<std::uint16_t>(i % 100));
  granule.bands.push_back(band);
  granule.quicklook_bands = {"1"};
  return granule;
}

Byte grey(const Picture& picture, std::size_t pixel) {
  return picture.samples[pixel * picture.channels];
}
Byte alpha(const Picture& picture, std::size_t pixel) {
  return picture.samples[(pixel + 1) * picture.channels - 1];
}

TEST(Quicklook, StretchesFromTheSecondToTheLastButSecondPercentile) {
  const Picture picture = make_quicklook(ramp(calibrate::Quantity::counts));
  EXPECT_EQ(picture.width, 100U);
  EXPECT_EQ(picture.height, 4U);
  EXPECT_EQ(grey(picture, 0), 0);
  EXPECT_EQ(grey(picture, 1), 0);
  EXPECT_EQ(grey(picture, 99), 255);
  EXPECT_NEAR(grey(picture, 50), 127, 3);
}

TEST(Quicklook, LiftsTheDarkEndOfReflectanceAndTurnsColdWhite) {
  EXPECT_GT(grey(make_quicklook(ramp(calibrate::Quantity::reflectance)), 50), 160);
  const Picture thermal = make_quicklook(ramp(calibrate::Quantity::brightness_temperature));
  EXPECT_EQ(grey(thermal, 0), 255);
  EXPECT_EQ(grey(thermal, 99), 0);
}

TEST(Quicklook, TurnsHalfAroundWhenAsked) {
  auto granule = ramp(calibrate::Quantity::counts);
  const Picture upright = make_quicklook(granule);
  granule.quicklook_rotate_180 = true;
  const Picture turned = make_quicklook(granule);
  const std::size_t last = upright.width * upright.height - 1;
  for (std::size_t pixel = 0; pixel <= last; ++pixel) EXPECT_EQ(grey(turned, pixel), grey(upright, last - pixel));
}

// Of an instrument that scans from left to right: descending, its first pixel is in the east.
TEST(Quicklook, ShowsTheEarthAsItIsAndNotAsInAMirror) {
  auto granule = ramp(calibrate::Quantity::counts);
  const Picture plain = make_quicklook(granule);
  calibrate::TieGrid grid;
  grid.lines = {0, 3};
  grid.pixels = {0, 99};
  grid.longitude_deg = {10, -10, 10, -10};
  grid.latitude_deg = {50, 50, 40, 40};
  granule.tie_grid = grid;
  const Picture descending = make_quicklook(granule);
  EXPECT_EQ(grey(descending, 0), grey(plain, 99));
  EXPECT_EQ(grey(descending, 99), grey(plain, 0));
  // Ascending, its first pixel is in the west and its first line in the south.
  granule.tie_grid->longitude_deg = {-10, 10, -10, 10};
  granule.tie_grid->latitude_deg = {40, 40, 50, 50};
  for (std::size_t i = 0; i < 100; ++i) granule.bands[0].values[i] = 0;  // the first line is black
  const Picture ascending = make_quicklook(granule);
  EXPECT_EQ(grey(ascending, 3 * 100 + 99), 0);
  EXPECT_EQ(grey(ascending, 99), 255);
  // West on the left and north up already: nothing is turned.
  granule.tie_grid->latitude_deg = {50, 50, 40, 40};
  EXPECT_EQ(grey(make_quicklook(granule), 99), 0);
  EXPECT_EQ(grey(make_quicklook(granule), 3 * 100 + 99), 255);
}

TEST(Quicklook, IsTransparentWhereNothingIsKnown) {
  auto granule = ramp(calibrate::Quantity::counts);
  granule.bands[0].values[7] = kNoData;
  const Picture picture = make_quicklook(granule);
  EXPECT_EQ(alpha(picture, 7), 0);
  EXPECT_EQ(grey(picture, 7), 0);
  EXPECT_EQ(alpha(picture, 8), 255);
}

TEST(Quicklook, StaysBelowItsWidthAndAveragesOnlyWhatIsValid) {
  auto granule = test::make_granule({.lines = 101, .pixels = 2048, .tie_step = 8, .node_longitude_deg = 0});
  for (std::size_t i = 0; i < granule.bands[0].values.size(); ++i) {
    granule.bands[0].values[i] = i % 2 == 0 ? kNoData : static_cast<std::uint16_t>(i % 2048);
  }
  granule.quicklook_bands = {"1"};
  const Picture picture = make_quicklook(granule);
  EXPECT_EQ(picture.width, 1024U);
  EXPECT_EQ(picture.height, 51U);
  // A mean that took the nodata value in would be white everywhere but at the edge.
  EXPECT_NEAR(grey(picture, 512), 174, 4);  // 255 * 0.5 ^ (1 / 1.8)
  EXPECT_EQ(alpha(picture, 0), 255);
}

TEST(Quicklook, IsColourOfThreeBandsAndGreyOfWhatIsThere) {
  auto granule = test::make_granule({.lines = 20, .pixels = 64, .tie_step = 8, .node_longitude_deg = 0});
  granule.quicklook_bands = {"2", "1", "4"};
  EXPECT_EQ(make_quicklook(granule).channels, 4U);
  granule.quicklook_bands = {"2", "1", "9"};
  EXPECT_EQ(make_quicklook(granule).channels, 2U);
  granule.quicklook_bands = {"nothing"};
  EXPECT_EQ(make_quicklook(granule).channels, 2U);
}

TEST(Quicklook, SurvivesAGranuleWithoutAnyValue) {
  auto granule = ramp(calibrate::Quantity::reflectance);
  granule.bands[0].values.assign(400, kNoData);
  const Picture picture = make_quicklook(granule);
  EXPECT_EQ(alpha(picture, 200), 0);
  EXPECT_TRUE(encode_png(picture));
}

TEST(Png, RefusesAPictureThatContradictsItself) {
  EXPECT_FALSE(encode_png({10, 10, 3, Bytes(300)}));
  EXPECT_FALSE(encode_png({10, 10, 2, Bytes(199)}));
  EXPECT_FALSE(encode_png({0, 10, 2, {}}));
}

}  // namespace
}  // namespace dl::scene
