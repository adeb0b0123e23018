#include "uplink/events/event_journal_publisher.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "uplink/delivery/test_station.h"
#include "uplink/events/event_lines.h"

namespace {

// A disk that refuses to sync: replaces fsync() of this test program while it is asked to.
std::atomic<int> syncs_to_fail{0};

}  // namespace

extern "C" int fsync(int descriptor) {
  if (syncs_to_fail == 0) return static_cast<int>(::syscall(SYS_fsync, descriptor));
  --syncs_to_fail;
  errno = EIO;
  return -1;
}

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
  std::vector<std::string> ids() { return ids_in(path_); }
  static std::vector<std::string> ids_in(const std::filesystem::path& file) {
    std::vector<std::string> found;
    std::istringstream lines(read_text_file(file).value());
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

TEST_F(EventJournalTest, ZerosThatAPowerCutLeftAreNoEventAndHideNone) {
  const std::string whole = event_line(event("a")).value();
  // The file was made longer and its new block not written; then with a newline of a line behind it.
  for (const std::string& left : {std::string(whole.size(), '\0'), std::string(whole.size(), '\0') + "\n"}) {
    testing::write_text(path_, event_line(event("before")).value() + left);
    EventJournalPublisher publisher("journal", path_);
    EXPECT_EQ(publish(publisher, {event("before"), event("a")}).kind, PublishKind::sent);
    const auto found = ids();
    EXPECT_EQ(found.front(), "before");
    EXPECT_EQ(found.back(), "a");
    EXPECT_EQ(std::count(found.begin(), found.end(), "before"), 1);
  }
}

class EventJournalRotationTest : public EventJournalTest {
 protected:
  [[nodiscard]] std::filesystem::path old(int number) const { return path_.string() + "." + std::to_string(number); }
  // A file takes two events and is then full.
  EventJournalLimits limits_{event_line(event("1")).value().size() * 2, 2};
};

TEST_F(EventJournalRotationTest, FullFileIsPutAsideAndTheOldestGoes) {
  EventJournalPublisher publisher("journal", path_, limits_);
  for (const char* id : {"1", "2", "3", "4", "5", "6", "7"}) {
    EXPECT_EQ(publish(publisher, {event(id)}).kind, PublishKind::sent);
  }
  EXPECT_EQ(ids(), std::vector<std::string>{"7"});
  EXPECT_EQ(ids_in(old(1)), (std::vector<std::string>{"5", "6"}));
  EXPECT_EQ(ids_in(old(2)), (std::vector<std::string>{"3", "4"}));
  EXPECT_FALSE(std::filesystem::exists(old(3)));
}

TEST_F(EventJournalRotationTest, BatchThatARotationCutInTwoIsNotWrittenAgain) {
  {
    EventJournalPublisher publisher("journal", path_, limits_);
    publish(publisher, {event("1"), event("2")});
    publish(publisher, {event("3")});
  }
  EventJournalPublisher restarted("journal", path_, limits_);
  EXPECT_EQ(publish(restarted, {event("1"), event("2"), event("3"), event("4")}).kind, PublishKind::sent);
  EXPECT_EQ(ids_in(old(1)), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(ids(), (std::vector<std::string>{"3", "4"}));
}

TEST_F(EventJournalRotationTest, KillBetweenTwoRenamesLosesNothing) {
  testing::write_text(path_, event_line(event("5")).value() + event_line(event("6")).value());
  testing::write_text(old(2), event_line(event("3")).value());  // there was a .1, which has just become .2
  EventJournalPublisher publisher("journal", path_, {limits_.rotate_at_bytes, 3});
  EXPECT_EQ(publish(publisher, {event("7")}).kind, PublishKind::sent);
  EXPECT_EQ(ids(), std::vector<std::string>{"7"});
  EXPECT_EQ(ids_in(old(1)), (std::vector<std::string>{"5", "6"}));
  EXPECT_EQ(ids_in(old(3)), std::vector<std::string>{"3"});
}

TEST_F(EventJournalRotationTest, FewerOldFilesThanBeforeAreKept) {
  for (int i = 1; i < 6; ++i) testing::write_text(old(i), event_line(event("old")).value());
  testing::write_text(path_, event_line(event("5")).value() + event_line(event("6")).value());
  EventJournalPublisher publisher("journal", path_, limits_);
  publish(publisher, {event("7")});
  EXPECT_TRUE(std::filesystem::exists(old(2)));
  for (int i = 3; i < 6; ++i) EXPECT_FALSE(std::filesystem::exists(old(i))) << i;
}

TEST_F(EventJournalTest, BatchesAreBoundedInEventsAndBytes) {
  const EventJournalPublisher publisher("journal", path_);
  EXPECT_EQ(publisher.batch_size(std::vector<spool::Announcement>(100, event("a"))), EventJournalPublisher::kBatch);
  const std::vector<spool::Announcement> large(5, event("a", std::string(EventJournalPublisher::kBatchBytes / 2, ' ')));
  EXPECT_EQ(publisher.batch_size(large), 1U);
  EXPECT_EQ(publisher.batch_size(std::vector<spool::Announcement>{}), 0U);
}

TEST_F(EventJournalTest, LineThatIsNotOnDiskDoesNotCountAsSentAndIsTakenBack) {
  EventJournalPublisher publisher("journal", path_);
  publish(publisher, {event("a")});
  syncs_to_fail = 1;
  EXPECT_EQ(publish(publisher, {event("b")}).kind, PublishKind::retry_later);
  EXPECT_EQ(syncs_to_fail, 0);
  EXPECT_EQ(ids(), std::vector<std::string>{"a"});
  // Nor do lines that a killed program wrote, before they have been synced.
  testing::write_text(path_, event_line(event("a")).value() + event_line(event("c")).value());
  syncs_to_fail = 1;
  EXPECT_EQ(publish(publisher, {event("c")}).kind, PublishKind::retry_later);
  EXPECT_EQ(publish(publisher, {event("b"), event("c")}).kind, PublishKind::sent);
  EXPECT_EQ(ids(), (std::vector<std::string>{"a", "c", "b"}));
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
