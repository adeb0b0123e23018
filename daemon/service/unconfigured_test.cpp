#include "daemon/service/unconfigured.h"

#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::daemon {
namespace {

class UnconfiguredTest : public testing::Test {
 protected:
  UnconfiguredTest() : journal_(spool::Journal::open(folder_ / "journal.db", clock_).value()) {}
  std::vector<spool::Incident> incidents() { return journal_->incidents(/*open_only=*/true).value(); }

  spool::TemporaryFolder folder_;
  SystemClock clock_;
  std::unique_ptr<spool::Journal> journal_;
};

TEST_F(UnconfiguredTest, WorkForADestinationThatIsGoneIsToldUntilItIsBack) {
  ASSERT_TRUE(journal_->commit_scene(spool::make_manifest("scene-1"), "", folder_ / "x", {"old", "new"}).value());
  ASSERT_TRUE(report_unconfigured(*journal_, {"new"}, {"events"}));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_EQ(incidents()[0].kind, "destination_not_configured");
  EXPECT_EQ(incidents()[0].subject, "old");
  EXPECT_NE(incidents()[0].message.find("deliveries wait for destination 'old'"), std::string::npos);
  EXPECT_EQ(unconfigured(journal_->delivery_counts().value(), {"new"}).size(), 1U);
  ASSERT_TRUE(report_unconfigured(*journal_, {"new", "old"}, {"events"}));
  EXPECT_TRUE(incidents().empty());
}

TEST_F(UnconfiguredTest, EventsForAPublisherThatIsGoneAreTold) {
  ASSERT_TRUE(journal_->add_announcement(spool::make_announcement("e1")));  // for publisher "events"
  ASSERT_TRUE(report_unconfigured(*journal_, {}, {"other"}));
  ASSERT_EQ(incidents().size(), 1U);
  EXPECT_EQ(incidents()[0].kind, "publisher_not_configured");
  EXPECT_EQ(incidents()[0].subject, "events");
  ASSERT_TRUE(report_unconfigured(*journal_, {}, {"events"}));
  EXPECT_TRUE(incidents().empty());
}

TEST_F(UnconfiguredTest, NameWithoutOpenWorkIsNobodysConcern) {
  spool::QueueCounts delivered;
  delivered.done = 7;
  EXPECT_TRUE(unconfigured({{"old", delivered}}, {}).empty());
}

}  // namespace
}  // namespace dl::daemon
