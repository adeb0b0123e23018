#include "calibrate/geolocation/orbit_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/geolocation/geolocation_fixtures.h"
#include "calibrate/geolocation/geolocator.h"

namespace dl::calibrate {
namespace {

using fixtures::geolocator;
using fixtures::kMetopB;
using fixtures::kMetopBTime;
using fixtures::kNoaa19;
using testing::HasSubstr;

Result<std::shared_ptr<const Orbit>> chosen(const std::string& tle, std::uint32_t norad_id, UtcTime at) {
  return OrbitBook(tle, norad_id).choose(at, at);
}

TEST(OrbitBook, TakesTheNewestSetThatIsNotAfterTheGranule) {
  const std::string later =
      "1 38771U 12049A   20271.78655344 -.00000010  00000-0  15371-4 0  9999\n"
      "2 38771  98.7196 329.5089 0002454  80.6444  30.5251 14.21481950416562\n";
  const UtcTime at = *parse_utc("2020-09-27T18:00:00Z");
  // The later set is closer in time, but a live station could not have had it.
  EXPECT_EQ(geolocator(kMetopB + later, 38771, at).orbit().source().line1.substr(18, 5), "20270");
  EXPECT_EQ(geolocator(later + kMetopB, 38771, at).orbit().source().line1.substr(18, 5), "20270");
  EXPECT_EQ(geolocator(kMetopB + later, 38771, at + Seconds(86400)).orbit().source().line1.substr(18, 5), "20271");
  // Before both: the nearest.
  const auto early = geolocator(later + kMetopB, 38771, kMetopBTime - Seconds(2 * 86400));
  EXPECT_EQ(early.orbit().source().line1.substr(18, 5), "20270");
  EXPECT_LT(early.orbit().source().age_days, -1.9);
  EXPECT_TRUE(early.orbit().source().old);
}

TEST(OrbitBook, FlagsOldSetsAndRefusesThoseBeyondTheLimit) {
  const UtcTime epoch = geolocator(kMetopB, 38771, kMetopBTime).orbit().source().epoch;
  const auto at_age = [&](double days) {
    return chosen(kMetopB, 38771, epoch + Microseconds(static_cast<std::int64_t>(days * 86400e6)));
  };
  EXPECT_FALSE(at_age(0.99)->get()->source().old);
  EXPECT_TRUE(at_age(1.01)->get()->source().old);
  EXPECT_TRUE(at_age(2.99));
  const auto refused = at_age(3.5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_THAT(refused.error().message, HasSubstr("3.5 days before"));
  EXPECT_THAT(refused.error().message, HasSubstr("tle_age_refuse"));
}

TEST(OrbitBook, SaysWhatToDoWhenThereIsNoSet) {
  const auto none = chosen(" \n", 38771, kMetopBTime);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::config);
  EXPECT_THAT(none.error().message, HasSubstr("--tle"));
  const auto other = chosen(kNoaa19, 38771, kMetopBTime);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("no element set of satellite 38771 (1 of other satellites)"));
  std::string damaged = kMetopB;
  damaged.replace(damaged.find("98.7196"), 7, "98.x196");
  const auto unreadable = chosen(damaged, 38771, kMetopBTime);
  ASSERT_FALSE(unreadable);
  EXPECT_THAT(unreadable.error().message, HasSubstr("inclination"));
}

TEST(OrbitBook, RefusesAnOrbitThatHasDecayed) {
  // Verification case 28872, which reaches the ground within the hour.
  const std::string decaying =
      "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534\n"
      "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708\n";
  const UtcTime epoch = parse_element_sets(decaying).sets.front().epoch;
  const auto orbit = chosen(decaying, 28872, epoch);
  ASSERT_TRUE(orbit);
  const auto grid = Geolocator(*orbit).tie_grid(fixtures::avhrr(), fixtures::line_times(epoch + Seconds(3600), 4));
  ASSERT_FALSE(grid);
  EXPECT_EQ(grid.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(grid.error().message, HasSubstr("decayed"));
}

TEST(OrbitBook, NamesTheSetForProvenance) {
  const OrbitSource source = geolocator(kMetopB, 38771, kMetopBTime).orbit().source();
  EXPECT_EQ(source.name, "METOP-B");
  EXPECT_EQ(format_utc(source.epoch), "2020-09-26T18:52:38.217216Z");
  EXPECT_NEAR(source.age_days, 0.0468, 1e-4);
  EXPECT_EQ(source.sha256.size(), 64U);
}

// Sets that the spacecraft sends.

TwoLineElements set_of(const std::string& text) {
  return parse_element_sets(text).sets.at(0);
}

// A day after kMetopB's, as SGP4 itself puts the satellite there to a few kilometres.
const std::string kDayLater =
    "1 38771U 12049A   20271.77907000 -.00000010  00000-0  15371-4 0  9997\n"
    "2 38771  98.7196 329.4870 0002454  77.7000  69.5750 14.21481950416566\n";

TEST(OrbitBook, UsesTheNewestSetWhereverItComesFrom) {
  OrbitBook book(kMetopB, 38771);
  const UtcTime at = kMetopBTime + Seconds(2 * 86400);
  EXPECT_EQ(book.choose(at, at).value()->source().kind, OrbitKind::element_file);
  EXPECT_TRUE(book.choose(at, at).value()->source().old);
  const auto added = book.add(set_of(kDayLater), OrbitKind::metop_admin_message);
  ASSERT_TRUE(added) << added.error().message;
  const auto orbit = book.choose(at, at).value();
  EXPECT_EQ(orbit->source().kind, OrbitKind::metop_admin_message);
  EXPECT_EQ(orbit->source().line1.substr(18, 5), "20271");
  EXPECT_FALSE(book.choose(kMetopBTime, kMetopBTime).value()->source().line1.empty());
  EXPECT_EQ(book.choose(kMetopBTime, kMetopBTime).value()->source().kind, OrbitKind::element_file);
}

TEST(OrbitBook, LocatesWithWhatTheSpacecraftSendsWhereTheOperatorGaveNothing) {
  OrbitBook book("", 38771);
  EXPECT_FALSE(book.choose(kMetopBTime, kMetopBTime));
  ASSERT_TRUE(book.add(set_of(kMetopB), OrbitKind::metop_admin_message));
  const auto orbit = book.choose(kMetopBTime, kMetopBTime);
  ASSERT_TRUE(orbit);
  EXPECT_EQ(orbit->get()->source().kind, OrbitKind::metop_admin_message);
  EXPECT_EQ(to_string(orbit->get()->source().kind), "metop_admin_message");
}

TEST(OrbitBook, OfTwoSetsOfOneEpochTakesTheOperators) {
  OrbitBook book(kMetopB, 38771);
  TwoLineElements same_epoch = set_of(kMetopB);
  same_epoch.line1.back() = '7';
  ASSERT_TRUE(book.add(same_epoch, OrbitKind::metop_admin_message));
  EXPECT_EQ(book.choose(kMetopBTime, kMetopBTime).value()->source().kind, OrbitKind::element_file);
}

TEST(OrbitBook, RefusesASetThatPutsTheSatelliteElsewhere) {
  std::string slipped = kDayLater;
  slipped.replace(slipped.find("329.4870"), 8, "339.4870");
  OrbitBook book(kMetopB, 38771);
  const auto refused = book.add(set_of(slipped), OrbitKind::metop_admin_message);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("km from where the sets known before put the satellite"));
  // Nothing to compare it with: the other set is of another month.
  OrbitBook alone(kMetopB, 38771, {1, 0.5});
  EXPECT_TRUE(alone.add(set_of(slipped), OrbitKind::metop_admin_message));
}

TEST(OrbitBook, RefusesOtherSatellitesImpossibleOrbitsAndAFlood) {
  OrbitBook book("", 38771);
  EXPECT_FALSE(book.add(set_of(kNoaa19), OrbitKind::metop_admin_message));
  TwoLineElements impossible = set_of(kMetopB);
  impossible.eccentricity = 1.5;
  EXPECT_FALSE(book.add(impossible, OrbitKind::metop_admin_message));
  TwoLineElements set = set_of(kMetopB);
  for (std::size_t i = 0; i < OrbitBook::kMostSets; ++i) {
    set.line1 = kMetopB.substr(25, 64) + std::to_string(10000 + i);
    ASSERT_TRUE(book.add(set, OrbitKind::metop_admin_message)) << i;
    ASSERT_TRUE(book.add(set, OrbitKind::metop_admin_message)) << "known already";
  }
  set.line1 += "x";
  EXPECT_FALSE(book.add(set, OrbitKind::metop_admin_message));
}

}  // namespace
}  // namespace dl::calibrate
