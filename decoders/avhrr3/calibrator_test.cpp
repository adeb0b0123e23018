#include "decoders/avhrr3/calibrator.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/earth_sun.h"
#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/band_writer.h"

namespace dl::decoders::avhrr3 {
namespace {

using namespace testing;  // the scene of this folder's tests, not of gtest
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Location nowhere() {
  Location location;
  location.reason = "no element set";
  return location;
}

calibrate::CalibratedGranule calibrated(RawGranule raw, const calibrate::CalibrationRequest& request) {
  return calibrate_granule(std::move(raw), "metop-b", request, nowhere());
}

std::vector<std::string> names(const calibrate::CalibratedGranule& granule) {
  std::vector<std::string> out;
  for (const auto& one : granule.bands) out.push_back(one.name);
  return out;
}

std::vector<std::string> row_ids(const calibrate::CalibratedGranule& granule) {
  std::vector<std::string> out;
  for (const auto& row : granule.provenance.rows) out.push_back(row.id);
  return out;
}

TEST(Calibrator, GranuleAcrossABulletinUsesBothRowsAndSaysWhy) {
  // The bulletin of November 2016 took effect at 13:41:00, inside a slot.
  const calibrate::CalibrationRequest request = request_of("metop-b");
  RawGranule raw = granule_of(request, at("2016-11-08T13:40:55Z"), 60);
  const std::uint16_t count = 600;
  for (RawLine& line : raw.lines) line.scan.earth[1024] = count;
  const auto granule = calibrated(std::move(raw), request);

  const double distance = calibrate::earth_sun_distance_au(at("2016-11-08T13:40:30Z"));
  const double before = (0.1613 * count - 55.64) / 100 * distance * distance;
  const double after = (0.1643 * count - 56.68) / 100 * distance * distance;
  EXPECT_NEAR(value(band(granule, "1"), 29, 1024), before, 0.00006);  // 13:40:59.83
  EXPECT_NEAR(value(band(granule, "1"), 30, 1024), after, 0.00006);   // 13:41:00
  EXPECT_GT(std::abs(after - before), 0.005);

  EXPECT_THAT(row_ids(granule), ElementsAre("metop-b/avhrr-3/visible/2015-07-14", "metop-b/avhrr-3/visible/2016-11-08",
                                            "metop-b/avhrr-3/prt-klm/1", "metop-b/avhrr-3/thermal-klm/1"));
  const auto& rows = granule.provenance.rows;
  EXPECT_EQ(rows[0].valid_to, "2016-11-08T13:41:00Z");
  EXPECT_EQ(rows[1].valid_from, "2016-11-08T13:41:00Z");
  EXPECT_EQ(rows[1].reason, "monthly vicarious update");
  EXPECT_EQ(rows[1].sha256.size(), 64u);
  EXPECT_THAT(granule.provenance.remarks, Contains(HasSubstr("lines from 2016-11-08T13:41:00Z on use")));
}

TEST(Calibrator, RowsBeforeAndAfterNoonOf12May2026DifferAndTheProvenanceSaysWhich) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const auto morning = calibrated(granule_of(request, at("2026-05-12T11:59:50Z"), 60), request);
  const auto noon = calibrated(granule_of(request, at("2026-05-12T12:00:00Z"), 60), request);
  EXPECT_EQ(morning.provenance.rows[0].id, "metop-b/avhrr-3/visible/2026-03-10");
  EXPECT_EQ(morning.provenance.rows[0].valid_to, "2026-05-12T12:00:00Z");
  EXPECT_EQ(noon.provenance.rows[0].id, "metop-b/avhrr-3/visible/2026-05-12");
  EXPECT_THAT(noon.provenance.rows[0].source, HasSubstr("May 2026"));
  EXPECT_NE(morning.provenance.rows[0].sha256, noon.provenance.rows[0].sha256);
  EXPECT_FALSE(noon.provenance.rows[0].extrapolated);

  calibrate::CalibrationRequest as_known = request;
  as_known.known_at = at("2026-05-12T18:00:00Z");  // before the bulletin was issued
  const auto then = calibrated(granule_of(request, at("2026-05-12T12:00:00Z"), 60), as_known);
  EXPECT_EQ(then.provenance.rows[0].id, "metop-b/avhrr-3/visible/2026-03-10");
  EXPECT_EQ(then.provenance.known_at, "2026-05-12T18:00:00Z");
  EXPECT_NE(then.bands[0].values, noon.bands[0].values);
}

TEST(Calibrator, OldRowIsFlaggedOnEveryLineAndInTheProvenance) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const auto granule = calibrated(granule_of(request, at("2026-11-22T12:00:00Z"), 60), request);
  EXPECT_THAT(granule.provenance.flags, Contains("cal_extrapolated"));
  EXPECT_THAT(granule.provenance.remarks, Contains(HasSubstr("194 days after its start")));
  EXPECT_TRUE(granule.provenance.rows[0].extrapolated);
  for (const auto& line : granule.lines) EXPECT_TRUE(line.flags & calibrate::kLineCalibrationExtrapolated);
}

TEST(Calibrator, WithoutALocationBandsAreScaledRadianceAndSayWhy) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const auto granule = calibrated(granule_of(request, at("2026-06-01T10:00:00Z"), 60), request);
  EXPECT_EQ(granule.level, "L1A");
  EXPECT_EQ(band(granule, "1").quantity, calibrate::Quantity::scaled_radiance);
  EXPECT_THAT(band(granule, "1").uncalibrated_reason, HasSubstr("no element set"));
  EXPECT_EQ(band(granule, "4").quantity, calibrate::Quantity::brightness_temperature);
  EXPECT_THAT(band(granule, "4").uncalibrated_reason, IsEmpty());
  EXPECT_EQ(granule.ungeolocated_reason, "no element set");
}

TEST(Calibrator, ProfileWithoutVisibleRowsKeepsCountsAndSaysWhy) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  calibrate::CalibrationRequest patmosx = request;
  patmosx.profile = "patmosx-v2023";
  RawGranule raw = granule_of(request, at("2026-06-01T10:00:00Z"), 60);
  const std::uint16_t sent = raw.lines[5].scan.counts(0)[700];
  const auto granule = calibrated(std::move(raw), patmosx);
  const calibrate::Band& red = band(granule, "1");
  EXPECT_EQ(red.quantity, calibrate::Quantity::counts);
  EXPECT_EQ(value(red, 5, 700), sent);
  EXPECT_THAT(red.uncalibrated_reason, HasSubstr("patmosx-v2023"));
  EXPECT_TRUE(granule.lines[5].flags & calibrate::kLineUncalibrated);
  EXPECT_TRUE(granule.lines[5].flags & calibrate::kLineCalibrationProvisional);
  EXPECT_THAT(granule.provenance.flags, Contains("cal_provisional"));
}

TEST(Calibrator, SwitchOfChannel3GivesBothBandsAndNoDataInTheOther) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  RawGranule raw = granule_of(request, at("2026-06-01T10:00:00Z"), 60);
  for (std::size_t i = 30; i < 60; ++i) {
    raw.lines[i].scan = encoded_line(request, raw.lines[i].scan.time, i, true);
    raw.lines[i].flags |= calibrate::kLineChannel3B;
  }
  const auto granule = calibrated(std::move(raw), request);
  EXPECT_THAT(names(granule), ElementsAre("1", "2", "3A", "3B", "4", "5"));
  for (std::size_t line = 0; line < 60; ++line) {
    EXPECT_EQ(std::isnan(value(band(granule, "3A"), line, 1000)), line >= 30) << line;
    EXPECT_EQ(std::isnan(value(band(granule, "3B"), line, 1000)), line < 30) << line;
    EXPECT_EQ(quality(granule, "3B")[line * kPixels + 1000] == calibrate::kPixelNoData, line < 30) << line;
  }
  const Fields fields = ramp_fields();
  EXPECT_NEAR(value(band(granule, "3B"), 45, 1500), fields.temperature_kelvin[1500], 0.1);
}

TEST(Calibrator, NoiseOfChannel3AIsAnEventOnlyWhere3AWasActive) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const auto with_3a = calibrated(granule_of(request, at("2026-06-01T10:00:00Z"), 60), request);
  ASSERT_EQ(with_3a.provenance.events.size(), 1u);
  EXPECT_EQ(with_3a.provenance.events[0].id, "metop-b/avhrr-3/events/2023-08-15-3a-snr");
  EXPECT_THAT(with_3a.provenance.flags, Contains("known_bad_epoch:metop-b/avhrr-3/events/2023-08-15-3a-snr"));
  EXPECT_TRUE(with_3a.lines[0].flags & calibrate::kLineKnownBadEpoch);
  const auto with_3b = calibrated(granule_of(request, at("2026-06-01T10:00:00Z"), 60, true), request);
  EXPECT_THAT(with_3b.provenance.events, IsEmpty());
  const auto earlier = calibrated(granule_of(request, at("2023-08-14T10:00:00Z"), 60), request);
  EXPECT_THAT(earlier.provenance.events, IsEmpty());
}

TEST(Calibrator, PixelsThatCannotBeTrustedAreMarked) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  RawGranule raw = granule_of(request, at("2026-06-01T10:00:00Z"), 60, true);
  auto& earth = raw.lines[20].scan.earth;
  earth[0 * kPixels + 0] = 1023;      // saturated
  earth[kSlot3 * kPixels + 1] = 0;    // 3B at its hot end
  earth[kSlot3 * kPixels + 2] = 995;  // above the space count
  earth[3 * kPixels + 3] = 980;       // colder than 170 K
  const auto granule = calibrated(std::move(raw), request);
  const auto at_pixel = [&](const char* name, std::size_t x) { return quality(granule, name)[20 * kPixels + x]; };
  EXPECT_EQ(at_pixel("1", 0), calibrate::kPixelSaturated);
  EXPECT_TRUE(at_pixel("3B", 1) & calibrate::kPixelSaturated);
  EXPECT_TRUE(std::isnan(value(band(granule, "3B"), 20, 1)));
  EXPECT_TRUE(at_pixel("3B", 2) & calibrate::kPixelBelowSpace);
  EXPECT_TRUE(std::isnan(value(band(granule, "3B"), 20, 2)));
  EXPECT_TRUE(at_pixel("4", 3) & calibrate::kPixelOutOfRange);
  EXPECT_TRUE(std::isnan(value(band(granule, "4"), 20, 3)));
  EXPECT_EQ(at_pixel("4", 500), 0);
}

TEST(Calibrator, MissingLineHasNoDataAndDoesNotDisturbItsNeighbours) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  RawGranule raw = granule_of(request, at("2026-06-01T10:00:00Z"), 60);
  raw.lines[20].received = false;
  raw.lines[20].flags = calibrate::kLineMissing;
  raw.lines[20].scan.earth.clear();
  const auto granule = calibrated(std::move(raw), request);
  EXPECT_TRUE(std::isnan(value(band(granule, "4"), 20, 700)));
  EXPECT_EQ(quality(granule, "4")[20 * kPixels + 700], calibrate::kPixelNoData);
  EXPECT_EQ(granule.lines[20].flags, calibrate::kLineMissing);
  EXPECT_NEAR(value(band(granule, "4"), 21, 700), value(band(granule, "4"), 40, 700), 0.05);
}

TEST(Calibrator, ShortGranuleSaysThatItsWindowIsShort) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  const auto at_51 = calibrated(granule_of(request, at("2026-06-01T10:00:00Z"), 51), request);
  const auto at_52 = calibrated(granule_of(request, at("2026-06-01T10:00:00Z"), 52), request);
  EXPECT_THAT(at_51.provenance.flags, Contains("cal_window_short"));
  EXPECT_TRUE(at_51.lines[0].flags & calibrate::kLineCalibrationWindowShort);
  EXPECT_FALSE(at_52.lines[0].flags & calibrate::kLineCalibrationWindowShort);
}

TEST(Calibrator, WithoutThermometersThermalBandsStayCounts) {
  const calibrate::CalibrationRequest request = request_of("metop-b");
  RawGranule raw = granule_of(request, at("2026-06-01T10:00:00Z"), 4);
  for (RawLine& line : raw.lines) line.scan.prt.fill(200);
  const auto granule = calibrated(std::move(raw), request);
  EXPECT_EQ(band(granule, "4").quantity, calibrate::Quantity::counts);
  EXPECT_THAT(band(granule, "4").uncalibrated_reason, HasSubstr("thermometers"));
  EXPECT_TRUE(granule.lines[0].flags & calibrate::kLineUncalibrated);
}

TEST(BandWriter, SunBelowTheLimitGivesNoReflectance) {
  BandWriter writer(kBands[0], 1);
  std::vector<std::uint16_t> counts(kPixels, 400);
  ScaledRadiance scaled{};
  scaled[400] = 0.02;
  SunLine sun;
  auto& cosine = sun.cosine;
  cosine.fill(1.0);
  cosine[1] = std::cos(87.9 * std::numbers::pi / 180);
  cosine[2] = std::cos(88.1 * std::numbers::pi / 180);
  cosine[3] = std::nan("");
  writer.set_quantity(calibrate::Quantity::reflectance, "1", kReflectanceScale, kReflectanceOffset);
  find_inverse(sun);
  writer.write(0, counts, solar_scale(scaled), sun);
  calibrate::CalibratedGranule granule;
  std::move(writer).finish(granule);
  EXPECT_NEAR(value(granule.bands[0], 0, 0), 0.02, 0.00005);
  EXPECT_NEAR(value(granule.bands[0], 0, 1), 0.02 / cosine[1], 0.00005);
  for (const std::size_t x : {std::size_t{2}, std::size_t{3}}) {
    EXPECT_TRUE(std::isnan(value(granule.bands[0], 0, x)));
    EXPECT_EQ(granule.quality[0][x], calibrate::kPixelNoData);
  }
}

}  // namespace
}  // namespace dl::decoders::avhrr3
