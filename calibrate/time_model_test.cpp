#include "calibrate/time_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/dual_gain.h"
#include "calibrate/table_check.h"

namespace dl::calibrate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

UtcTime at(std::string_view text) {
  return *parse_utc(text);
}

const RowKey kKey{"gain", "plain"};

Row row(std::string id, std::string_view from, RowValues values) {
  Row made;
  made.id = std::move(id);
  made.valid_from = at(from);
  made.recorded_at = at("2026-01-01T00:00:00Z");
  made.values = std::move(values);
  return made;
}

Table table_of(TimeModel model, std::vector<Row> rows) {
  Table table;
  table.name = "sat/cam/gain";
  table.profiles = {"plain"};
  table.quantity = "gain";
  table.time_model = model;
  table.extrapolation.after = default_extrapolation_after(model);
  table.extrapolation.flag = "cal_extrapolated";
  table.rows = std::move(rows);
  return table;
}

TableSet set_of(Table table) {
  auto set = TableSet::create({std::move(table)});
  EXPECT_TRUE(set) << set.error().message;
  return set.value();
}

// PATMOS-x v2023 of Metop-B (instruments.md A.1).
Table trend() {
  const auto band = [](double dark, double cut, double s0, double s1, double s2, double low, double high) {
    return std::map<std::string, std::vector<double>>{
        {"dark", {dark}}, {"cut", {cut}}, {"slope", {s0, s1, s2}}, {"gain_factors", {low, high}}};
  };
  Table table = table_of(TimeModel::poly_since_launch,
                         {row("fit", "2012-10-08T19:40:48Z",
                              {{"1", band(39.7, 501.12, 0.110666667, 1.893, -0.14, 0.5, 1.5)},
                               {"2", band(40.0, 500.82, 0.122666667, 1.392, -0.08, 0.5, 1.5)},
                               {"3A", band(40.3, 501.32, 0.114285714, 2.605, -0.189, 0.25, 1.75)}})});
  table.fit = Fit{at("2012-10-08T19:40:48Z"), Years::pygac_1, FitForm::dual_gain_trend_1};
  table.rows[0].fit_interval = Interval{at("2012-10-08T19:40:48Z"), at("2020-01-01T00:00:00Z")};
  return table;
}

double scaled_radiance(const TableSet& set, std::string_view time, const char* band, double count) {
  const Selection selected = set.select(kKey, at(time), {});
  EXPECT_TRUE(selected) << selected.error();
  const Row values = evaluate(*selected);
  const auto& low = *values.find(band, "lo");
  const auto& high = *values.find(band, "hi");
  return DualGain{{low[0], low[1]}, {high[0], high[1]}, (*values.find(band, "cut"))[0]}.at(count);
}

// pygac 1.7.1, calibrate_solar() with these coefficients.
TEST(TimeModel, DualGainTrendGivesWhatPygacGives) {
  const TableSet set = set_of(trend());
  struct {
    const char* time;
    const char* band;
    double at_100, at_501, at_700;
  } const expected[] = {
      {"2015-04-10T13:00:00Z", "1", 3.4445910936088318, 26.351407487259603, 60.64742444275705},
      {"2015-04-10T13:00:00Z", "2", 3.769212187873752, 28.98291428771511, 66.69151359678213},
      {"2015-04-10T13:00:00Z", "3A", 1.8237140505444671, 14.073451642978826, 55.94027170814604},
      {"2019-12-31T00:00:00Z", "1", 3.52770082236, 26.98720380356, 62.1107014640112},
      {"2019-12-31T00:00:00Z", "2", 3.8752932048000006, 29.798611804299206, 68.5684850247792},
      {"2019-12-31T00:00:00Z", "3A", 1.8863305033047002, 14.556657669555701, 57.86095734401203},
      {"2016-12-31T23:59:59Z", "1", 3.499050916039939, 26.768029644597412, 61.606274964139615},
      {"2016-12-31T23:59:59Z", "2", 3.823187938767348, 29.397954482798063, 67.6465472603678},
      {"2016-12-31T23:59:59Z", "3A", 1.8635738617235116, 14.38104653427172, 57.16292427636278},
  };
  for (const auto& one : expected) {
    EXPECT_NEAR(scaled_radiance(set, one.time, one.band, 100), one.at_100, 1e-10) << one.time << one.band;
    EXPECT_NEAR(scaled_radiance(set, one.time, one.band, 501), one.at_501, 1e-10) << one.time << one.band;
    EXPECT_NEAR(scaled_radiance(set, one.time, one.band, 700), one.at_700, 1e-10) << one.time << one.band;
  }
}

TEST(TimeModel, YearsOfPygacStandStillForADay) {
  const UtcTime launch = at("2012-10-08T19:40:48Z");
  EXPECT_EQ(years_since_launch(Years::pygac_1, launch, at("2015-04-10T00:00:00Z")),
            years_since_launch(Years::pygac_1, launch, at("2015-04-10T23:59:59Z")));
  EXPECT_NEAR(years_since_launch(Years::pygac_1, launch, at("2015-04-10T12:00:00Z")), 2015 + 100 / 365.0 - 2012.77,
              1e-9);
  EXPECT_NEAR(years_since_launch(Years::julian_1, launch, launch + std::chrono::hours(24 * 1461)), 4, 1e-12);
}

TEST(TimeModel, FitEndsWhereItsMeasurementsEnd) {
  Table table = trend();
  const TableSet forbidden = set_of(table);
  EXPECT_TRUE(forbidden.select(kKey, at("2019-12-31T23:59:59.999999Z"), {}));
  const Selection none = forbidden.select(kKey, at("2020-01-01T00:00:00Z"), {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), HasSubstr("extrapolation is forbidden"));

  table.extrapolation.after = Extrapolation::hold;
  const TableSet held = set_of(table);
  const Selection row = held.select(kKey, at("2026-05-12T00:00:00Z"), {});
  ASSERT_TRUE(row) << row.error();
  EXPECT_TRUE(row->extrapolated);
  EXPECT_NEAR(row->extrapolated_days, 2323, 1e-9);
  EXPECT_EQ(row->evaluated_at, at("2020-01-01T00:00:00Z"));
  EXPECT_EQ(scaled_radiance(held, "2026-05-12T00:00:00Z", "1", 300),
            scaled_radiance(held, "2031-05-12T00:00:00Z", "1", 300));

  table.extrapolation.after = Extrapolation::allow;
  const TableSet allowed = set_of(table);
  EXPECT_NE(scaled_radiance(allowed, "2026-05-12T00:00:00Z", "1", 300),
            scaled_radiance(allowed, "2031-05-12T00:00:00Z", "1", 300));
  table.extrapolation.limit_days = 365;
  EXPECT_THAT(set_of(table).select(kKey, at("2026-05-12T00:00:00Z"), {}).error(), HasSubstr("the limit is 365 days"));
}

TEST(TimeModel, PolynomialIsEvaluatedInYearsSinceTheLaunch) {
  Table table = table_of(TimeModel::poly_since_launch, {row("fit", "2000-01-01", {{"1", {{"gain", {1, 0.5, 0.25}}}}})});
  table.fit = Fit{at("2000-01-01"), Years::julian_1, FitForm::polynomial_1};
  table.rows[0].fit_interval = Interval{at("2000-01-01"), at("2010-01-01")};
  const TableSet set = set_of(table);
  const Selection selected = set.select(kKey, at("2000-01-01") + std::chrono::hours(24 * 1461), {});
  ASSERT_TRUE(selected);
  EXPECT_THAT(*evaluate(*selected).find("1", "gain"), ElementsAre(testing::DoubleNear(1 + 0.5 * 4 + 0.25 * 16, 1e-9)));
  EXPECT_THAT(algorithms_of(*selected), ElementsAre("years-julian/1", "polynomial/1"));
}

Table line() {
  return table_of(TimeModel::linear, {row("a", "2020-01-01", {{"1", {{"gain", {10, 1}}}}}),
                                      row("b", "2020-01-11", {{"1", {{"gain", {12, 1}}}}}),
                                      row("c", "2020-01-21", {{"1", {{"gain", {11, 1}}}}})});
}

double gain_at(const TableSet& set, std::string_view time) {
  const Selection selected = set.select(kKey, at(time), {});
  EXPECT_TRUE(selected) << selected.error();
  return selected ? (*evaluate(*selected).find("1", "gain"))[0] : -1;
}

TEST(TimeModel, LineRunsFromRowToRow) {
  const TableSet set = set_of(line());
  EXPECT_EQ(gain_at(set, "2020-01-01"), 10);
  EXPECT_NEAR(gain_at(set, "2020-01-06"), 11, 1e-12);
  EXPECT_EQ(gain_at(set, "2020-01-11"), 12);
  EXPECT_NEAR(gain_at(set, "2020-01-16"), 11.5, 1e-12);
  EXPECT_EQ(gain_at(set, "2020-01-21"), 11);
  const Selection selected = set.select(kKey, at("2020-01-16"), {});
  EXPECT_EQ(used_row(*selected, "1").id, "b");
  EXPECT_EQ(used_row(*selected, "1").interpolated_with, "c");
}

TEST(TimeModel, LineIsNotContinuedUnlessAllowed) {
  Table table = line();
  EXPECT_THAT(set_of(table).select(kKey, at("2020-01-22"), {}).error(), HasSubstr("no row follows it"));
  table.extrapolation.after = Extrapolation::hold;
  EXPECT_EQ(gain_at(set_of(table), "2020-02-21"), 11);
  table.extrapolation.after = table.extrapolation.before = Extrapolation::allow;
  EXPECT_NEAR(gain_at(set_of(table), "2020-01-31"), 10, 1e-12);
  EXPECT_NEAR(gain_at(set_of(table), "2019-12-22"), 8, 1e-12);
}

TEST(TimeModel, LineEndsAtTheLastRowThatWasKnown) {
  Table table = line();
  table.rows[2].recorded_at = at("2026-02-01");
  const TableSet set = set_of(table);
  EXPECT_FALSE(set.select(kKey, at("2020-01-16"), at("2026-01-15")));
  EXPECT_TRUE(set.select(kKey, at("2020-01-16"), at("2026-02-01")));
}

TEST(TimeModel, RowsThatCannotBeInterpolatedAreRefused) {
  Table table = line();
  table.rows[1].values["1"]["gain"] = {12};
  EXPECT_THAT(check_table(table).error().message, HasSubstr("to interpolate between"));
}

TEST(TimeModel, DownlinkedRowSaysWhereAndBetweenWhichLimits) {
  Table table = table_of(TimeModel::downlinked, {row("a", "2020-01-01", {{"1", {{"bias", {-0.5, 0.5}}}}})});
  EXPECT_THAT(check_table(table).error().message, HasSubstr("'stream'"));
  table.rows[0].stream = "APID 515, word 62";
  const TableSet set = set_of(table);
  const Selection selected = set.select(kKey, at("2026-01-01"), {});
  ASSERT_TRUE(selected);
  const Row row = evaluate(*selected);
  EXPECT_EQ(row.stream, "APID 515, word 62");
  EXPECT_TRUE(within_limits(row, "1", "bias", 0.5));
  EXPECT_FALSE(within_limits(row, "1", "bias", 0.51));
  EXPECT_FALSE(within_limits(row, "2", "bias", 0));
}

TEST(TimeModel, AlgorithmIsARowWithItsOwnTime) {
  Row before = row("old", "2011-12-01", {});
  before.algorithm = "nonlinearity/1";
  Row after = row("new", "2017-03-08", {});
  after.algorithm = "nonlinearity/2";
  const TableSet set = set_of(table_of(TimeModel::step, {before, after}));
  EXPECT_THAT(algorithms_of(*set.select(kKey, at("2017-03-07T23:59:59Z"), {})), ElementsAre("nonlinearity/1"));
  EXPECT_THAT(algorithms_of(*set.select(kKey, at("2017-03-08"), {})), ElementsAre("nonlinearity/2"));
}

}  // namespace
}  // namespace dl::calibrate
