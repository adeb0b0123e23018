#include "daemon/control/request.h"

#include <gtest/gtest.h>

namespace dl::control {
namespace {

std::string refusal(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "" : request.error().message;
}

TEST(Request, EveryCommandComesBackFromItsLine) {
  for (int number = 0; number <= static_cast<int>(Command::wait); ++number) {
    const auto command = static_cast<Command>(number);
    Request request;
    request.command = command;
    request.pass_id = "20260512T115203Z-antenna-1";
    request.limit = 7;
    request.all = true;
    request.selection = {42, "a-scene", "a-pass", "archive", 12, true};
    request.state = "parked";
    request.urgent = false;
    request.delivery_class = "level_0";
    request.reason = "made by mistake";
    request.dry_run = false;
    request.rate = "2 Mbit/s";
    request.duration = Milliseconds(3'600'000);
    request.remote = true;
    request.unsent = true;
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
  EXPECT_EQ(
      refusal(R"({"command":"reboot"})"),
      "expected a command ('status', 'sources', 'passes', 'pass', 'scenes', 'deliveries', 'hold', 'release', "
      "'retry', 'prioritise', 'drop', 'bandwidth', 'bandwidth_set', 'destinations', 'outbox', 'verify', 'retention', "
      "'incidents', 'close', 'wait'), found 'reboot'");
  EXPECT_EQ(refusal(R"({"command":7})").substr(0, 18), "expected a command");
  EXPECT_EQ(refusal(R"({"command":"status","arguments":[]})"), "expected 'arguments' to be an object");
  EXPECT_EQ(refusal(R"({"command":"status","arguments":{"limit":1}})"), "command 'status' takes no argument 'limit'");
  EXPECT_EQ(refusal(R"({"command":"passes","arguments":{"limit":0}})"),
            "argument 'limit': expected a whole number from 1 to 10000");
  EXPECT_EQ(refusal(R"({"command":"passes","arguments":{"limit":1.5}})"),
            "argument 'limit': expected a whole number from 1 to 10000");
  EXPECT_EQ(refusal(R"({"command":"pass"})"), "command 'pass' needs argument 'id'");
  EXPECT_EQ(
      refusal(R"({"command":"release","arguments":{}})"),
      "command 'release' needs argument 'delivery' or 'scene' or 'pass' or 'destination' or 'everything' or 'event'");
  EXPECT_EQ(refusal(R"({"command":"drop","arguments":{"class":"scene"}})"),
            "argument 'class': expected 'level_0' or 'raw'");
  EXPECT_EQ(refusal(R"({"command":"drop","arguments":{"everything":true}})"),
            "command 'drop' takes no argument 'everything'");
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

TEST(Request, NothingIsDroppedUnlessItIsSaidSo) {
  for (const std::string line : {R"({"command":"drop","arguments":{"scene":"s"}})", R"({"command":"retention"})"}) {
    const auto request = parse_request(line);
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_TRUE(request->dry_run);
  }
}

TEST(Selection, IsToldInWords) {
  Selection selection;
  EXPECT_TRUE(selection.empty());
  selection.destination = "archive";
  selection.scene_id = "s";
  EXPECT_FALSE(selection.empty());
  EXPECT_EQ(to_text(selection), "scene 's' of destination 'archive'");
  EXPECT_EQ(to_text(Selection{}), "everything");
}

}  // namespace
}  // namespace dl::control
