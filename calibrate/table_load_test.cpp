#include "calibrate/table_load.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "calibrate/canonical_json.h"
#include "calibrate/table_check.h"

namespace dl::calibrate {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json row(const std::string& id, const std::string& valid_from, double slope = 0.05818) {
  return {{"id", id},
          {"valid_from", valid_from},
          {"valid_to", nullptr},
          {"recorded_at", valid_from},
          {"recorded_at_basis", "bulletin issued"},
          {"superseded_at", nullptr},
          {"config", {{"side", nullptr}, {"mirror_side", nullptr}, {"detector", nullptr}, {"parameter_set", nullptr}}},
          {"values", {{"1", {{"lo", {slope, -2.291}}, {"hi", {0.1724, -59.46}}, {"cut", {500.62}}}}}},
          {"uncertainty", nullptr},
          {"status", "operational"},
          {"source", {{"title", "bulletin"}, {"locator", "page"}}},
          {"reason", "monthly update"}};
}

json table() {
  return {
      {"schema", "downlinkd.cal/1"},
      {"table", "sat/radiometer/visible"},
      {"platform", "sat"},
      {"instrument", "radiometer"},
      {"profiles", {"bulletins"}},
      {"quantity", "scaled_radiance"},
      {"unit", "%"},
      {"axes", {"band"}},
      {"time_model", "step"},
      {"extrapolation", {{"before", "forbid"}, {"after", "hold"}, {"max_age_days", 75}, {"flag", "cal_extrapolated"}}},
      {"rows", {row("a", "2026-03-10T12:00:00Z"), row("b", "2026-05-12T12:00:00Z")}},
      {"events", json::array()}};
}

Result<Table> parse(const json& object) {
  return parse_table(object.dump(), "test.json");
}
Result<void> check(const json& object) {
  DL_TRY(const Table parsed, parse(object));
  return check_table(parsed);
}

TEST(TableLoad, ReadsEveryMember) {
  const auto parsed = parse(table());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->name, "sat/radiometer/visible");
  EXPECT_EQ(parsed->time_model, TimeModel::step);
  EXPECT_EQ(parsed->extrapolation.max_age_days, 75);
  ASSERT_EQ(parsed->rows.size(), 2u);
  ASSERT_NE(parsed->rows[1].find("1", "lo"), nullptr);
  EXPECT_EQ((*parsed->rows[1].find("1", "lo"))[0], 0.05818);
  EXPECT_EQ(parsed->rows[1].find("2", "lo"), nullptr);
  EXPECT_TRUE(check_table(*parsed));
}

TEST(TableLoad, HashIsOfTheCanonicalFormAndNotOfTheSpelling) {
  const auto one = parse_table(R"({"b":1.50,"a":[]})", "x");
  EXPECT_FALSE(one);  // no table, but JSON
  EXPECT_EQ(canonical_json(json::parse(R"({ "b" : 1.50, "a" : [ 5.0, 1e-7, "x\n" ] , "c":{} , "d":null})")),
            R"({"a":[5,1e-7,"x\n"],"b":1.5,"c":{},"d":null})");
  json respelled = table();
  respelled["rows"][0]["values"]["1"]["cut"][0] = 500.620;
  EXPECT_EQ(parse(respelled)->rows[0].sha256, parse(table())->rows[0].sha256);
  respelled["rows"][0]["reason"] = "another";
  EXPECT_NE(parse(respelled)->rows[0].sha256, parse(table())->rows[0].sha256);
}

TEST(TableLoad, RowWithoutSourceIsRefusedByName) {
  json broken = table();
  broken["rows"][1].erase("source");
  const auto parsed = parse(broken);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(parsed.error().message, HasSubstr("'b'"));
  EXPECT_THAT(parsed.error().message, HasSubstr("'source'"));
  broken["rows"][1]["source"] = {{"title", ""}, {"locator", "page"}};
  EXPECT_FALSE(parse(broken));
}

TEST(TableLoad, UnknownTimeModelIsRefusedAndTheKnownOnesNamed) {
  json broken = table();
  broken["time_model"] = "spline";
  const auto parsed = parse(broken);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(parsed.error().message, HasSubstr("constant, step, linear, poly_since_launch, downlinked"));
}

TEST(TableLoad, EveryProblemOfAFileIsToldAtOnceWithItsLine) {
  json broken = table();
  broken["rows"][0]["status"] = "splendid";
  broken["rows"][0]["remark"] = "x";
  broken["rows"][1]["config"].erase("detector");
  broken["rows"][1]["valid_from"] = "12 May";
  broken.erase("unit");
  const TableText read = read_table(broken.dump(1), "test.json");
  EXPECT_FALSE(read.table);
  std::string all;
  for (const TableProblem& problem : read.problems) all += to_string(problem) + '\n';
  EXPECT_THAT(all, HasSubstr("test.json: member 'unit': expected a text\n"));
  EXPECT_THAT(all, HasSubstr("'a': member 'remark' is not known here\n"));
  EXPECT_THAT(all, HasSubstr("'a': member 'status': expected one of operational"));
  EXPECT_THAT(all, HasSubstr("'b': member 'config.detector': expected a text or null"));
  EXPECT_THAT(all, HasSubstr("'b': member 'valid_from': "));
  EXPECT_EQ(read.problems.size(), 5u);
  for (const TableProblem& problem : read.problems) EXPECT_EQ(problem.line == 0, problem.element.empty());
}

TEST(TableLoad, MemberThatStandsTwiceIsRefused) {
  std::string text = table().dump();
  text.insert(1, "\"unit\":\"K\",");
  EXPECT_THAT(parse_table(text, "x").error().message, HasSubstr("'unit' stands twice"));
}

TEST(TableLoad, DeepNestingIsRefused) {
  std::string text(100'000, '[');
  text += std::string(100'000, ']');
  EXPECT_THAT(parse_table("{\"a\":" + text + "}", "x").error().message, HasSubstr("nested"));
}

TEST(TableLoad, ExtrapolationThatIsNotStatedFollowsFromTheModel) {
  json stated = table();
  stated["extrapolation"] = {{"flag", "cal_extrapolated"}};
  EXPECT_EQ(parse(stated)->extrapolation.after, Extrapolation::hold);
  stated["time_model"] = "linear";
  EXPECT_EQ(parse(stated)->extrapolation.after, Extrapolation::forbid);
  EXPECT_EQ(parse(stated)->extrapolation.before, Extrapolation::forbid);
}

TEST(TableLoad, FitNamesItsLaunchAndItsAlgorithms) {
  json fitted = table();
  fitted["time_model"] = "poly_since_launch";
  EXPECT_THAT(parse(fitted).error().message, HasSubstr("'fit'"));
  fitted["fit"] = {{"launch", "2012-10-08T19:40:48Z"}, {"years", "years-pygac/1"}, {"form", "polynomial/1"}};
  const auto parsed = parse(fitted);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->fit->years, Years::pygac_1);
  EXPECT_THAT(check_table(*parsed).error().message, HasSubstr("states its fit_interval"));
}

TEST(TableLoad, UnknownSchemaIsRefused) {
  json broken = table();
  broken["schema"] = "downlinkd.cal/2";
  EXPECT_EQ(parse(broken).error().kind, ErrorKind::unsupported);
}

TEST(TableLoad, TextThatIsNoTableIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "{\"schema\":5}"}) EXPECT_FALSE(parse_table(text, "x")) << text;
}

TEST(TableLoad, EveryMemberLostOrMistypedIsAnErrorAndNoCrash) {
  const json whole = table();
  const json flat = whole.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    json damaged = whole;
    damaged[json::json_pointer(pointer)] = json::object({{"unexpected", true}});
    const auto parsed = parse(damaged);
    if (parsed) (void)check_table(*parsed);
  }
}

TEST(TableCheck, SlippedDigitIsRefusedBecauseTheGainLinesNoLongerMeet) {
  json broken = table();
  broken["rows"][1] = row("b", "2026-05-12T12:00:00Z", 0.05188);  // 1 and 8 changed places
  const auto checked = check(broken);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("'b'"));
  EXPECT_THAT(checked.error().message, HasSubstr("cross"));
}

TEST(TableCheck, JumpOfMoreThanAQuarterIsRefused) {
  json broken = table();
  for (auto& one : broken["rows"]) one["values"] = {{"4", {{"wavenumber_cm1", {933.0}}}}};
  EXPECT_TRUE(check(broken));
  broken["rows"][1]["values"]["4"]["wavenumber_cm1"][0] = 633.0;
  const auto checked = check(broken);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("25 %"));
}

TEST(TableCheck, OverlapIsRefusedUnlessOneSupersededTheOther) {
  json broken = table();
  broken["rows"][1]["valid_from"] = broken["rows"][0]["valid_from"];
  EXPECT_THAT(check(broken).error().message, HasSubstr("overlap"));
  broken["rows"][0]["superseded_at"] = broken["rows"][1]["recorded_at"];
  EXPECT_TRUE(check(broken));
}

TEST(TableCheck, IntervalsThatTouchDoNotOverlap) {
  json touching = table();
  touching["rows"][0]["valid_to"] = "2026-05-12T12:00:00Z";
  EXPECT_TRUE(check(touching));
  touching["rows"][0]["valid_to"] = "2026-05-12T12:00:01Z";
  EXPECT_FALSE(check(touching));
}

TEST(TableCheck, ConstantTableHasOneOpenRow) {
  json broken = table();
  broken["time_model"] = "constant";
  EXPECT_THAT(check(broken).error().message, HasSubstr("overlap"));
}

TEST(TableCheck, RowsAreAppendedInTheOrderInWhichTheyWereKnown) {
  json broken = table();
  broken["rows"][1]["recorded_at"] = "2026-01-01T00:00:00Z";
  EXPECT_THAT(check(broken).error().message, HasSubstr("recorded_at"));
}

TEST(TableCheck, IdsAreUnique) {
  json broken = table();
  broken["rows"][1]["id"] = "a";
  EXPECT_THAT(check(broken).error().message, HasSubstr("twice"));
}

}  // namespace
}  // namespace dl::calibrate
