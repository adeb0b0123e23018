#include "daemon/passes/pass_event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace dl::daemon {
namespace {

spool::Pass a_pass() {
  spool::Pass pass;
  pass.id = "20260512T115203Z-antenna1";
  pass.station = "tromso";
  pass.spacecraft = "metop-b";
  pass.ended_at = parse_utc("2026-05-12T12:03:00Z").value();
  return pass;
}

std::vector<config::Publisher> publishers() {
  std::vector<config::Publisher> list(2);
  list[0].name = "journal";
  list[1].name = "cloud";
  list[1].ordering = true;
  return list;
}

TEST(PassEventTest, EveryPublisherIsToldTheSame) {
  const auto events = pass_ended_announcements(a_pass(), R"({"a":1})", publishers());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].publisher, "journal");
  EXPECT_EQ(events[1].publisher, "cloud");
  EXPECT_EQ(events[0].event_id, events[1].event_id);
  EXPECT_EQ(events[0].payload, R"({"a":1})");
  EXPECT_EQ(events[0].ordering_key, "");
  EXPECT_EQ(events[1].ordering_key, "tromso/passes");
  const auto attributes = nlohmann::json::parse(events[0].attributes_json);
  EXPECT_EQ(attributes["ce-type"], "org.downlinkd.pass.ended");
  EXPECT_EQ(attributes["ce-time"], "2026-05-12T12:03:00Z");
  EXPECT_EQ(attributes["ce-id"], events[0].event_id);
}

TEST(PassEventTest, IdNamesThePassAndNothingElse) {
  const auto id = [](const spool::Pass& pass) {
    return pass_ended_announcements(pass, "{}", publishers())[0].event_id;
  };
  spool::Pass again = a_pass();
  again.process_crashes = 3;
  EXPECT_EQ(id(again), id(a_pass()));
  spool::Pass other = a_pass();
  other.station = "kiruna";
  EXPECT_NE(id(other), id(a_pass()));
}

}  // namespace
}  // namespace dl::daemon
