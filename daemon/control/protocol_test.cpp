#include "daemon/control/protocol.h"

#include <gtest/gtest.h>

#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

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
