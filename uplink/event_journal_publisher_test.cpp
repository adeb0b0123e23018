#include "uplink/event_journal_publisher.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "uplink/test_station.h"

namespace dl::uplink {
namespace {

spool::Announcement event(const std::string& id, const std::string& payload = R"({"type":"Feature"})") {
  spool::Announcement made;
  made.event_id = id;
  made.type = "org.downlinkd.scene.available";
  made.scene_id = "scene-" + id;
  made.attributes_json = R"({"ce-id":")" + id + R"("})";
  made.payload = payload;
  made.created_at = parse_utc("2026-05-12T12:00:00Z").value();
  return made;
}

class EventJournalTest : public ::testing::Test {
 protected:
  std::vector<std::string> ids() {
    std::vector<std::string> found;
    std::istringstream lines(read_text_file(path_).value());
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line, nullptr, false);
      found.push_back(json.is_object() ? json["id"].get<std::string>() : "not json: " + line);
    }
    return found;
  }
  static PublishOutcome publish(EventPublisher& publisher, const std::vector<spool::Announcement>& events) {
    return publisher.publish(events, {});
  }

  testing::Folder folder_;
  std::filesystem::path path_ = folder_ / "events.jsonl";
};

TEST_F(EventJournalTest, EveryEventIsALineThatOtherProgramsCanRead) {
  EventJournalPublisher publisher("journal", path_);
  const auto outcome = publish(publisher, {event("a"), event("b")});
  ASSERT_EQ(outcome.kind, PublishKind::sent) << outcome.message;
  EXPECT_EQ(outcome.message_ids.size(), 2U);
  EXPECT_EQ(outcome.message_ids[0], "0");
  EXPECT_EQ(ids(), (std::vector<std::string>{"a", "b"}));
  const std::string text = read_text_file(path_).value();
  const auto line = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(line["type"], "org.downlinkd.scene.available");
  EXPECT_EQ(line["time"], "2026-05-12T12:00:00Z");
  EXPECT_EQ(line["scene_id"], "scene-a");
  EXPECT_EQ(line["attributes"]["ce-id"], "a");
  EXPECT_EQ(line["data"]["type"], "Feature");
}

TEST_F(EventJournalTest, EventThatComesAgainAfterACrashIsNotWrittenAgain) {
  std::string first_id;
  {
    EventJournalPublisher publisher("journal", path_);
    first_id = publish(publisher, {event("a"), event("b")}).message_ids[1];
  }
  EventJournalPublisher restarted("journal", path_);
  const auto outcome = publish(restarted, {event("b"), event("c"), event("c")});
  EXPECT_EQ(outcome.message_ids[0], first_id);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(publish(restarted, {event("a")}).kind, PublishKind::sent);
  EXPECT_EQ(ids().size(), 3U);
}

TEST_F(EventJournalTest, TornLastLineIsCutAndItsEventWrittenAnew) {
  const std::string whole = event_line(event("a")).value();
  for (std::size_t kept = 1; kept < whole.size(); kept += 13) {
    testing::write_text(path_, event_line(event("before")).value() + whole.substr(0, kept));
    EventJournalPublisher publisher("journal", path_);
    EXPECT_EQ(publish(publisher, {event("a")}).kind, PublishKind::sent);
    EXPECT_EQ(ids(), (std::vector<std::string>{"before", "a"})) << kept;
  }
  testing::write_text(path_, whole.substr(0, 10));
  EventJournalPublisher publisher("journal", path_);
  publish(publisher, {event("a")});
  EXPECT_EQ(ids(), std::vector<std::string>{"a"});
}

TEST_F(EventJournalTest, EndOfALongFileIsFoundOverBlockBorders) {
  std::string text;
  const std::string padding(3000, 'x');
  for (int i = 0; i < 2000; ++i) {
    text += event_line(event("old-" + std::to_string(i), R"({"p":")" + padding + R"("})")).value();
  }
  testing::write_text(path_, text + text.substr(0, 100'000).substr(0, 2500));
  EventJournalPublisher publisher("journal", path_);
  const auto again = publish(publisher, {event("old-1999"), event("old-1900")});
  EXPECT_EQ(again.kind, PublishKind::sent);
  EXPECT_EQ(std::filesystem::file_size(path_), text.size());
  const auto line_at = std::stoul(again.message_ids[1]);
  EXPECT_NE(text.substr(line_at, 60).find("old-1900"), std::string::npos);
}

TEST_F(EventJournalTest, FileThatWasMovedAwayIsStartedAnew) {
  EventJournalPublisher publisher("journal", path_);
  publish(publisher, {event("a")});
  std::filesystem::rename(path_, folder_ / "events.jsonl.1");
  publish(publisher, {event("b")});
  EXPECT_EQ(ids(), std::vector<std::string>{"b"});
}

TEST_F(EventJournalTest, DataThatAreNotJsonAreRejectedAndNothingIsWritten) {
  EventJournalPublisher publisher("journal", path_);
  EXPECT_EQ(publish(publisher, {event("a"), event("bad", "{")}).kind, PublishKind::rejected);
  EXPECT_EQ(read_text_file(path_).value(), "");
}

TEST_F(EventJournalTest, FileThatCannotBeWrittenIsTriedLater) {
  EventJournalPublisher publisher("journal", folder_ / "missing/events.jsonl");
  EXPECT_EQ(publish(publisher, {event("a")}).kind, PublishKind::retry_later);
}

}  // namespace
}  // namespace dl::uplink
