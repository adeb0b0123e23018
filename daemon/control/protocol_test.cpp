#include "daemon/control/protocol.h"

#include <gtest/gtest.h>

#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

std::string refusal(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "" : request.error().message;
}

TEST(Request, EveryCommandComesBackFromItsLine) {
  for (const auto command : {Command::status, Command::passes, Command::pass, Command::scenes, Command::deliveries,
                             Command::events, Command::incidents, Command::release, Command::close, Command::wait}) {
    Request request;
    request.command = command;
    request.pass_id = "20260512T115203Z-antenna-1";
    request.limit = 7;
    request.all = true;
    request.delivery_id = 42;
    request.incident_id = 43;
    request.condition = WaitCondition::drained;
    request.timeout = Milliseconds(1500);
    const auto line = format_request(request);
    ASSERT_TRUE(line.ends_with('\n'));
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto again = parse_request(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->command, command);
    EXPECT_EQ(format_request(*again), line);
  }
}

TEST(Request, ArgumentsMayBeLeftOut) {
  const auto request = parse_request(R"({"command":"passes"})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->limit, kRowLimitDefault);
}

TEST(Request, WhatIsNoRequestIsRefusedWithWhatWasExpected) {
  EXPECT_EQ(refusal(""), "expected a request such as {\"command\":\"status\"}, found no JSON object");
  EXPECT_EQ(refusal("[1]"), "expected a request such as {\"command\":\"status\"}, found no JSON object");
  EXPECT_EQ(refusal(R"({"command":"reboot"})"),
            "expected a command ('status', 'passes', 'pass', 'scenes', 'deliveries', 'events', 'incidents', 'release', "
            "'close', 'wait'), found 'reboot'");
  EXPECT_EQ(refusal(R"({"command":7})").substr(0, 18), "expected a command");
  EXPECT_EQ(refusal(R"({"command":"status","arguments":[]})"), "expected 'arguments' to be an object");
  EXPECT_EQ(refusal(R"({"command":"status","arguments":{"limit":1}})"), "command 'status' takes no argument 'limit'");
  EXPECT_EQ(refusal(R"({"command":"passes","arguments":{"limit":0}})"),
            "argument 'limit': expected a whole number from 1 to 10000");
  EXPECT_EQ(refusal(R"({"command":"passes","arguments":{"limit":1.5}})"),
            "argument 'limit': expected a whole number from 1 to 10000");
  EXPECT_EQ(refusal(R"({"command":"pass"})"), "command 'pass' needs argument 'id'");
  EXPECT_EQ(refusal(R"({"command":"release","arguments":{}})"), "command 'release' needs argument 'delivery'");
  EXPECT_EQ(refusal(R"({"command":"wait","arguments":{"condition":"quiet"}})"),
            "argument 'condition': expected 'idle' or 'drained'");
}

TEST(Request, AnIdIsNeverAPath) {
  for (const std::string id : {"", "..", ".hidden", "a/b", "/etc/passwd"})
    EXPECT_NE(refusal(R"({"command":"pass","arguments":{"id":")" + id + "\"}}"), "") << id;
}

TEST(Request, DeepNestingIsHarmless) {
  EXPECT_NE(refusal(std::string(kRequestSizeLimitBytes, '[')), "");
  EXPECT_NE(refusal(R"({"command":)" + std::string(8000, '[') + std::string(8000, ']') + "}"), "");
}

TEST(Answer, AReportIsOneLineAndComesBack) {
  for (const auto& sample : sample_reports()) {
    const auto line = format_answer(sample.report);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << sample.name;
    const auto answer = parse_answer(sample.command, line);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_TRUE(*answer);
    EXPECT_EQ(format_answer(**answer), line);
  }
}

TEST(Answer, ARefusalComesBackWithItsKind) {
  const auto answer = parse_answer(Command::release, format_answer(fail(ErrorKind::unsupported, "no delivery 42")));
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().kind, ErrorKind::unsupported);
  EXPECT_EQ(answer->error().message, "no delivery 42");
}

TEST(Answer, WhatIsNoAnswerIsCorrupt) {
  for (const auto* line : {"", "{}", "HTTP/1.1 400 Bad Request", R"({"ok":"yes"})", R"({"ok":true})", R"({"ok":false})",
                           R"({"ok":true,"report":7})"}) {
    const auto answer = parse_answer(Command::status, line);
    ASSERT_FALSE(answer) << line;
    EXPECT_EQ(answer.error().kind, ErrorKind::corrupt);
  }
}

TEST(Answer, TextOfServersThatIsNoUtf8DoesNotBreakTheLine) {
  StatusReport report;
  report.station = "\xFF\xFE";
  EXPECT_TRUE(parse_answer(Command::status, format_answer(Report(report))));
  EXPECT_TRUE(parse_answer(Command::status, format_answer(fail(ErrorKind::io, "\xC3("))));
}

}  // namespace
}  // namespace dl::control
