#include "decoders/avhrr3/encoder.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/calibrator.h"

namespace dl::decoders::avhrr3 {
namespace {

using namespace testing;  // the scene of this folder's tests, not of gtest

constexpr std::size_t kLines = 60;

// A location without an orbit: the Sun stands `zenith` everywhere.
Location sunlit(double zenith_deg) {
  Location location;
  calibrate::TieGrid grid;
  grid.lines = {0, static_cast<double>(kLines - 1)};
  grid.pixels = {0, static_cast<double>(kPixels - 1)};
  grid.sun_zenith_deg.assign(4, static_cast<float>(zenith_deg));
  for (auto* field : {&grid.longitude_deg, &grid.latitude_deg}) field->assign(4, 0.0);
  location.grid = grid;
  return location;
}

class RoundTrip : public ::testing::TestWithParam<bool> {};

TEST_P(RoundTrip, FieldsComeBackWithinHalfACount) {
  const bool channel_3b = GetParam();
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const UtcTime start = at("2026-06-01T10:00:00Z");
  const Fields fields = ramp_fields(30);
  RawGranule raw;
  raw.slot_start = start;
  for (std::size_t i = 0; i < kLines; ++i) {
    RawLine line;
    line.scan = Encoder(request).scan_line(scene_line(fields, line_time(start, i), i, channel_3b)).value();
    line.received = true;
    raw.lines.push_back(std::move(line));
  }
  const auto granule = calibrate_granule(std::move(raw), "metop-b", request, sunlit(30));
  EXPECT_EQ(granule.level, "L1B");
  for (const char* name : {"1", "2"}) {
    const calibrate::Band& one = band(granule, name);
    EXPECT_EQ(one.quantity, calibrate::Quantity::reflectance);
    for (std::size_t x = 0; x < kPixels; ++x) {
      // Half a count of the high gain is 0.0012 at this Sun; of the low gain a third of that.
      ASSERT_NEAR(value(one, 30, x), fields.reflectance[x], 0.0013) << name << ' ' << x;
    }
  }
  const std::vector<const char*> thermal =
      channel_3b ? std::vector<const char*>{"3B", "4", "5"} : std::vector<const char*>{"4", "5"};
  for (const char* name : thermal) {
    const calibrate::Band& one = band(granule, name);
    EXPECT_EQ(one.unit, "K");
    for (std::size_t x = 0; x < kPixels; ++x) {
      const double wanted = fields.temperature_kelvin[x];
      const bool warm = wanted >= (name[0] == '3' ? 270.0 : 250.0);  // colder, one count is more than 0.2 K
      ASSERT_NEAR(value(one, 30, x), wanted, warm ? 0.1 : 1.5) << name << ' ' << x;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Channel3, RoundTrip, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "B" : "A"; });

TEST(Encoder, CountsOfTheProductReencodeToTheSameCounts) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const UtcTime start = at("2026-06-01T10:00:00Z");
  RawGranule raw = granule_of(request, start, kLines, true);
  const std::vector<std::uint16_t> sent = raw.lines[30].scan.earth;
  const auto granule = calibrate_granule(std::move(raw), "metop-b", request, sunlit(0));
  Fields back = ramp_fields(0);
  SceneLine scene = scene_line(back, line_time(start, 30), 30, true);
  const auto field = [&](const char* name) {
    std::vector<double> values;
    for (std::size_t x = 0; x < kPixels; ++x) values.push_back(value(band(granule, name), 30, x));
    return values;
  };
  const auto one = field("1"), two = field("2"), three = field("3B"), four = field("4"), five = field("5");
  scene.reflectance_1 = one;
  scene.reflectance_2 = two;
  scene.temperature_3b_kelvin = three;
  scene.temperature_4_kelvin = four;
  scene.temperature_5_kelvin = five;
  const ScanLine again = Encoder(request).scan_line(scene).value();
  for (std::size_t i = 0; i < sent.size(); ++i) ASSERT_NEAR(again.earth[i], sent[i], 1) << i;
}

TEST(Encoder, NightHasNoReflectanceButItsTemperatures) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const Fields night = ramp_fields(120);
  const ScanLine line = Encoder(request).scan_line(scene_line(night, at("2026-06-01T10:00:00Z"), 1, true)).value();
  EXPECT_EQ(line.counts(0).front(), line.counts(0).back());
  EXPECT_NE(line.counts(3).front(), line.counts(3).back());
}

TEST(Encoder, EveryFifthLineIsTheReset) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(encoded_line(request, at("2026-06-01T10:00:00Z"), i).prt[0] == 0, i % 5 == 0) << i;
  }
}

TEST(Encoder, TimeBeforeTheTablesIsAnErrorWithItsReason) {
  const Fields fields = ramp_fields();
  const auto line = Encoder(request_of("metop-b")).scan_line(scene_line(fields, at("2010-01-01T00:00:00Z"), 0));
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, ::testing::HasSubstr("begins at 2014-06-10T15:20:00Z"));
}

}  // namespace
}  // namespace dl::decoders::avhrr3
