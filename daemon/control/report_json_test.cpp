#include "daemon/control/report_json.h"

#include <gtest/gtest.h>

#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

class RoundTrip : public ::testing::TestWithParam<SampleReport> {};

TEST_P(RoundTrip, AReportComesBackFromItsJson) {
  const auto json = to_json(GetParam().report);
  const auto again = report_from_json(GetParam().command, json);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json(*again), json);
}

TEST_P(RoundTrip, EveryMemberMatters) {
  // A codec that forgot a member would not notice that it is gone.
  const auto json = to_json(GetParam().report);
  for (const auto& [name, value] : json.items()) {
    auto without = json;
    without.erase(name);
    const auto again = report_from_json(GetParam().command, without);
    ASSERT_TRUE(again) << name;
    const bool has_default = value.empty() || value == Json(0) || value == Json(false) || value == Json("");
    EXPECT_EQ(to_json(*again) == json, has_default) << name;
  }
}

TEST_P(RoundTrip, MembersOfANewerProgramArePassedOver) {
  auto json = to_json(GetParam().report);
  json["added_later"] = {{"x", 1}};
  EXPECT_TRUE(report_from_json(GetParam().command, json));
}

INSTANTIATE_TEST_SUITE_P(Reports, RoundTrip, ::testing::ValuesIn(sample_reports()), [](const auto& sample) {
  auto name = sample.param.name;
  for (auto& c : name) c = c == '-' ? '_' : c;
  return name;
});

std::string problem(Command command, const char* json) {
  const auto report = report_from_json(command, Json::parse(json));
  return report ? "" : report.error().message;
}

TEST(ReportFromJson, NamesTheMemberThatHasTheWrongType) {
  EXPECT_EQ(problem(Command::status, R"({"pid":"x"})"), "expected a whole number as 'report.pid'");
  EXPECT_EQ(problem(Command::status, R"({"space":7})"), "expected an object as 'report.space'");
  EXPECT_EQ(problem(Command::status, R"({"sources":[{"bytes":-1}]})"),
            "expected a whole number that is not negative as 'report.sources.bytes'");
  EXPECT_EQ(problem(Command::status, R"({"sources":{}})"), "expected a list as 'report.sources'");
  EXPECT_EQ(problem(Command::passes, R"({"passes":[{"started_at":"noon"}]})"),
            "expected a time as 'report.passes.started_at'");
  EXPECT_EQ(problem(Command::passes, R"({"passes":[{"connections":4294967296}]})"),
            "expected a whole number that is not negative as 'report.passes.connections'");
  EXPECT_EQ(problem(Command::status, R"({"pid":9223372036854775808})"), "expected a whole number as 'report.pid'");
  EXPECT_EQ(problem(Command::wait, R"([])"), "expected an object as 'report'");
}

TEST(ReportFromJson, AnAbsentOptionalIsNullAndComesBackAbsent) {
  const auto json = to_json(PassesReport{{}, {PassRow{}}});
  EXPECT_TRUE(json["passes"][0]["ended_at"].is_null());
  const auto again = report_from_json(Command::passes, json);
  ASSERT_TRUE(again);
  EXPECT_FALSE(std::get<PassesReport>(*again).passes[0].ended_at);
}

}  // namespace
}  // namespace dl::control
