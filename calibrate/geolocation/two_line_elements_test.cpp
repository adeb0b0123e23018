#include "calibrate/geolocation/two_line_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace dl::calibrate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kLine1 = "1 38771U 12049A   20270.78655344 -.00000010  00000-0  15371-4 0  9998";
constexpr const char* kLine2 = "2 38771  98.7196 328.5089 0002454  80.6444  30.5251 14.21481950416422";
constexpr double kDegree = 0.017453292519943295769;

TEST(TwoLineElements, ReadsEveryField) {
  const auto set = parse_two_line_elements("0 METOP-B   ", kLine1, kLine2);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->name, "METOP-B");
  EXPECT_EQ(set->norad_id, 38771U);
  EXPECT_EQ(set->international_designator, "12049A");
  EXPECT_EQ(format_utc(set->epoch), "2020-09-26T18:52:38.217216Z");
  EXPECT_NEAR(set->epoch_days_from_1950, 25837.78655344, 1e-9);
  EXPECT_DOUBLE_EQ(set->bstar, 0.15371e-4);
  EXPECT_DOUBLE_EQ(set->inclination_rad, 98.7196 * kDegree);
  EXPECT_DOUBLE_EQ(set->right_ascension_rad, 328.5089 * kDegree);
  EXPECT_DOUBLE_EQ(set->eccentricity, 0.0002454);
  EXPECT_DOUBLE_EQ(set->argument_of_perigee_rad, 80.6444 * kDegree);
  EXPECT_DOUBLE_EQ(set->mean_anomaly_rad, 30.5251 * kDegree);
  EXPECT_DOUBLE_EQ(set->mean_motion_rad_min, 14.21481950 * 360 * kDegree / 1440);
  EXPECT_EQ(set->revolution, 41642U);
  EXPECT_THAT(set->remark, IsEmpty());
}

TEST(TwoLineElements, ReadsSignsAndExponentsOfTheDrag) {
  const auto drag = [](const char* field) {
    std::string line = kLine1;
    line.replace(53, 8, field);
    return parse_two_line_elements("", line, kLine2)->bstar;
  };
  EXPECT_DOUBLE_EQ(drag(" 28098-4"), 0.28098e-4);
  EXPECT_DOUBLE_EQ(drag("-42512-6"), -0.42512e-6);
  EXPECT_DOUBLE_EQ(drag(" 00000+0"), 0);
  EXPECT_DOUBLE_EQ(drag(" 13519-0"), 0.13519);
  EXPECT_DOUBLE_EQ(drag(" 12345+1"), 1.2345);
}

TEST(TwoLineElements, YearsFrom57OnBelongToTheLastCentury) {
  std::string line = kLine1;
  line.replace(18, 2, "57");
  EXPECT_EQ(format_utc(parse_two_line_elements("", line, kLine2)->epoch).substr(0, 4), "1957");
  line.replace(18, 2, "56");
  EXPECT_EQ(format_utc(parse_two_line_elements("", line, kLine2)->epoch).substr(0, 4), "2056");
}

TEST(TwoLineElements, ResolvesLettersInSatelliteNumbers) {
  const auto number = [](const char* field) {
    std::string line1 = kLine1;
    std::string line2 = kLine2;
    line1.replace(2, 5, field);
    line2.replace(2, 5, field);
    const auto set = parse_two_line_elements("", line1, line2);
    return set ? set->norad_id : 0;
  };
  EXPECT_EQ(number("A0000"), 100000U);
  EXPECT_EQ(number("J1234"), 181234U);
  EXPECT_EQ(number("P0001"), 230001U);
  EXPECT_EQ(number("Z9999"), 339999U);
  EXPECT_EQ(number("    5"), 5U);
  EXPECT_EQ(number("I0000"), 0U);
}

TEST(TwoLineElements, TakesLinesWithAWrongOrMissingCheckDigitAndSaysSo) {
  std::string wrong = kLine1;
  wrong.back() = '3';
  EXPECT_THAT(parse_two_line_elements("", wrong, kLine2)->remark,
              HasSubstr("line 1 of the element set has check digit '3' where '8' was expected"));
  EXPECT_THAT(parse_two_line_elements("", kLine1, std::string(kLine2).substr(0, 68))->remark,
              HasSubstr("line 2 of the element set has no check digit"));
}

TEST(TwoLineElements, RefusesWhatCannotBeAnElementSet) {
  const auto message = [](std::string line1, std::string line2) {
    const auto set = parse_two_line_elements("", line1, line2);
    return set ? std::string("accepted") : set.error().message;
  };
  EXPECT_THAT(message("1 38771U", kLine2), HasSubstr("69 characters"));
  EXPECT_THAT(message(kLine2, kLine1), HasSubstr("begin with"));
  std::string other = kLine2;
  other.replace(2, 5, "38772");
  EXPECT_THAT(message(kLine1, other), HasSubstr("line 2 of 38772"));
  std::string day = kLine1;
  day.replace(20, 3, "400");
  EXPECT_THAT(message(day, kLine2), HasSubstr("epoch day"));
  std::string eccentricity = kLine2;
  eccentricity.replace(26, 7, "-002454");
  EXPECT_THAT(message(kLine1, eccentricity), HasSubstr("eccentricity"));
  std::string motion = kLine2;
  motion.replace(52, 11, "        nan");
  EXPECT_THAT(message(kLine1, motion), HasSubstr("mean motion"));
  motion.replace(52, 11, "07.21481E95");
  EXPECT_THAT(message(kLine1, motion), HasSubstr("mean motion"));
  motion.replace(52, 11, "17.90000000");
  EXPECT_THAT(message(kLine1, motion), HasSubstr("above the ground"));
  std::string revolution = kLine2;
  revolution.replace(63, 5, " 9E99");
  EXPECT_THAT(message(kLine1, revolution), HasSubstr("revolution number"));
  EXPECT_THAT(message(std::string(69, '\xff'), std::string(69, '\0')), HasSubstr("element set"));
}

TEST(ElementSets, FindsSetsAmongNamesCommentsBlankLinesAndDamage) {
  const std::string text = std::string("# catalogue\r\n\r\nMETOP-B\r\n") + kLine1 + "\r\n" + kLine2 +
                           "\r\n1 cut off\n" + kLine1 + "\nnoise between\n" + kLine2 + "\n" + kLine1 + "\n" + kLine2;
  const ElementSets found = parse_element_sets(text);
  ASSERT_EQ(found.sets.size(), 2U);
  EXPECT_EQ(found.sets[0].name, "METOP-B");
  EXPECT_EQ(found.sets[0].line1, kLine1);
  EXPECT_EQ(found.sets[1].name, "");
  EXPECT_THAT(found.refused, IsEmpty());
}

TEST(ElementSets, ReadsARealCatalogue) {
  const char* data = std::getenv("DOWNLINKD_TEST_DATA");
  std::ifstream file(std::filesystem::path(data == nullptr ? "" : data) / "data/tle-catalogue/tle-2020-09-27.txt");
  if (!file) GTEST_SKIP() << "no tle-2020-09-27.txt under DOWNLINKD_TEST_DATA/data/tle-catalogue";
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const ElementSets all = parse_element_sets(text);
  EXPECT_EQ(all.sets.size(), 3041U);
  EXPECT_THAT(all.refused, IsEmpty());
  const ElementSets metop = parse_element_sets(text, 38771);
  ASSERT_EQ(metop.sets.size(), 1U);
  EXPECT_EQ(metop.sets[0].name, "METOP-B");
}

}  // namespace
}  // namespace dl::calibrate
