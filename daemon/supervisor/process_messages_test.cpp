#include "daemon/supervisor/process_messages.h"

#include <gtest/gtest.h>

namespace dl::daemon {
namespace {

template <class T>
T parsed(std::string_view line) {
  const auto message = parse_process_message(line);
  EXPECT_TRUE(message) << line;
  return std::get<T>(message.value_or(ProcessMessage{}));
}

TEST(ProcessMessagesTest, MessagesToTheProcessAreLinesOfJson) {
  EXPECT_EQ(format_recorded(7), "{\"bytes\":7,\"type\":\"recorded\"}\n");
  EXPECT_EQ(format_end(8), "{\"bytes\":8,\"type\":\"end\"}\n");
  EXPECT_EQ(format_start({{"a"}, {{1, 2}}}),
            "{\"quarantine\":[{\"offset\":1,\"size\":2}],\"skip\":[\"a\"],\"type\":\"start\"}\n");
  EXPECT_EQ(format_start({}), "{\"quarantine\":[],\"skip\":[],\"type\":\"start\"}\n");
}

TEST(ProcessMessagesTest, StartTellsOfReceptionsAndWhetherToGoOnOverGaps) {
  StartMessage start;
  start.form = "frames";
  start.receptions = {{"archive", "bits", {{3, 4}}}};
  start.stop_at_gap = true;
  EXPECT_EQ(format_start(start),
            "{\"form\":\"frames\",\"quarantine\":[],\"receptions\":[{\"folder\":\"archive\",\"form\":\"bits\","
            "\"quarantine\":[{\"offset\":3,\"size\":4}]}],\"skip\":[],\"stop_at_gap\":true,\"type\":\"start\"}\n");
  StartMessage whole;
  whole.complete = true;
  EXPECT_EQ(format_start(whole), "{\"complete\":true,\"quarantine\":[],\"skip\":[],\"type\":\"start\"}\n");
  EXPECT_EQ(format_recorded(7, 2), "{\"bytes\":7,\"reception\":2,\"type\":\"recorded\"}\n");
  EXPECT_EQ(format_end(8, 1), "{\"bytes\":8,\"reception\":1,\"type\":\"end\"}\n");
  EXPECT_EQ(format_gap(9), "{\"bytes\":9,\"type\":\"gap\"}\n");
}

TEST(ProcessMessagesTest, GapHasNoMembersAndProgressMayNameItsReception) {
  parsed<GapMessage>(R"({"type":"gap"})");
  EXPECT_EQ(parsed<ProgressMessage>(R"({"type":"progress","offset":12,"reception":3})").reception, 3U);
  EXPECT_FALSE(parse_process_message(R"({"type":"progress","offset":12,"reception":"x"})"));
}

TEST(ProcessMessagesTest, ProgressNeedsItsOffsetOnly) {
  const auto progress = parsed<ProgressMessage>(R"({"type":"progress","offset":12,"frames":3,"lock":true,"new":1})");
  EXPECT_EQ(progress.offset, 12U);
  EXPECT_EQ(progress.frames, 3U);
  EXPECT_TRUE(progress.lock);
  EXPECT_FALSE(parse_process_message(R"({"type":"progress","frames":3})"));
}

TEST(ProcessMessagesTest, ReportIsKeptAsText) {
  EXPECT_EQ(parsed<ReportMessage>(R"({"type":"report","report":{"a":1}})").report_json, "{\"a\":1}");
}

TEST(ProcessMessagesTest, RebindNamesALinkProfileAndNoFile) {
  EXPECT_EQ(parsed<RebindMessage>(R"({"type":"rebind","spacecraft":"metop-c","seen":"id 13"})").spacecraft, "metop-c");
  EXPECT_FALSE(parse_process_message(R"({"type":"rebind","spacecraft":"../metop-c"})"));
  EXPECT_FALSE(parse_process_message(R"({"type":"rebind"})"));
}

TEST(ProcessMessagesTest, UnknownTypeIsPassedOver) {
  parsed<UnknownMessage>(R"({"type":"novelty"})");
}

TEST(ProcessMessagesTest, SceneIdCannotLeaveItsFolder) {
  EXPECT_EQ(parsed<SceneMessage>(R"({"type":"scene","id":"metop-b_avhrr-3_20260512T120000Z"})").id,
            "metop-b_avhrr-3_20260512T120000Z");
  for (const char* id : {"", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\\u0000b"}) {
    const auto message = parse_process_message("{\"type\":\"scene\",\"id\":\"" + std::string(id) + "\"}");
    ASSERT_FALSE(message) << id;
    EXPECT_EQ(message.error().kind, ErrorKind::corrupt);
  }
}

TEST(ProcessMessagesTest, NestingThatWouldExhaustTheStackIsRefused) {
  const auto report = [](std::size_t levels) {
    return R"({"type":"report","report":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(parse_process_message(report(kMostNestedLevels - 1)));
  for (const std::size_t levels : {std::size_t{kMostNestedLevels}, std::size_t{4} << 20}) {
    const auto message = parse_process_message(report(levels));
    ASSERT_FALSE(message) << levels;
    EXPECT_EQ(message.error().kind, ErrorKind::corrupt);
  }
}

TEST(ProcessMessagesTest, BracketsInTextAreNoNesting) {
  const std::string brackets = R"(\"[)" + std::string(200, '[') + R"(\\)";
  const auto incident = parsed<IncidentMessage>(R"({"type":"incident","kind":"k","message":")" + brackets + R"("})");
  EXPECT_EQ(incident.message.size(), 203U);
}

TEST(ProcessMessagesTest, WhatIsNoMessageIsCorruptAndNeverThrows) {
  for (const char* line : {"", "{", "null", "[]", "7", "{\"type\":7}", "{\"type\":\"incident\"}",
                           "{\"type\":\"report\"}", "{\"type\":\"progress\",\"offset\":\"x\"}", "\xff\xfe"}) {
    EXPECT_FALSE(parse_process_message(line)) << line;
  }
}

}  // namespace
}  // namespace dl::daemon
