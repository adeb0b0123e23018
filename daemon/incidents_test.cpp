#include "daemon/incidents.h"

#include <future>

#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::daemon {
namespace {

class IncidentsTest : public testing::Test {
 protected:
  IncidentsTest() {
    journal_ = spool::JournalService::start(folder_ / "journal.db", system_clock_, kQueueLimit).value();
    incidents_.emplace(*journal_, clock_);
  }
  ~IncidentsTest() override { journal_->stop(); }

  // Keeps the journal thread busy until released; returns when it is.
  void block() {
    std::promise<void> busy;
    journal_->post([this, &busy](spool::Journal&) -> Result<void> {
      busy.set_value();
      gate_.get_future().wait();
      return {};
    });
    busy.get_future().wait();
  }
  void release() { gate_.set_value(); }
  std::vector<spool::Incident> all() {
    return journal_->call([](spool::Journal& journal) { return journal.incidents(false); }).value();
  }
  void open(const std::string& subject = "antenna") { incidents_->open("peer_refused", subject, "message", "action"); }
  void close() { incidents_->close("peer_refused", "antenna"); }

  static constexpr std::size_t kQueueLimit = 2;
  spool::TemporaryFolder folder_;
  SystemClock system_clock_;  // the journal's
  ManualClock clock_{UtcTime{}};
  std::promise<void> gate_;
  std::unique_ptr<spool::JournalService> journal_;
  std::optional<Incidents> incidents_;
};

TEST_F(IncidentsTest, RepetitionIsWrittenAtMostOnceASecondAndCountedWhole) {
  open();
  ASSERT_EQ(all().size(), 1U);
  for (int i = 0; i < 9; ++i) open();
  EXPECT_EQ(all()[0].count, 1U);
  clock_.advance(Seconds(1));
  open();
  EXPECT_EQ(all()[0].count, 11U);
  open();
  incidents_->flush();
  EXPECT_EQ(all()[0].count, 12U);
}

TEST_F(IncidentsTest, WhileOneIsOnItsWayMoreTakeNoPlaceInTheQueue) {
  block();
  for (int i = 0; i < 5000; ++i) open();
  EXPECT_EQ(journal_->try_post([](spool::Journal&) { return Result<void>(); }), spool::JournalService::Posted::taken);
  release();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].count, 5000U);
}

TEST_F(IncidentsTest, FullQueueKeepsNobodyWaitingAndLosesNothing) {
  block();
  const auto nothing = [](spool::Journal&) { return Result<void>(); };
  while (journal_->try_post(nothing) == spool::JournalService::Posted::taken) continue;
  open();
  open("other");
  release();
  ASSERT_TRUE(all().empty());
  incidents_->flush();
  EXPECT_EQ(all().size(), 2U);
}

TEST_F(IncidentsTest, EndWithinTheSameSecondClosesIt) {
  open();
  close();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_TRUE(all()[0].closed_at);
  open();
  ASSERT_EQ(all().size(), 2U) << "what begins again is another one";
  EXPECT_FALSE(all()[0].closed_at);
}

TEST_F(IncidentsTest, OneThatBeganAndEndedBeforeItWasWrittenIsStillTold) {
  block();
  open();
  close();
  release();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_TRUE(all()[0].closed_at);
}

TEST_F(IncidentsTest, OneThatARunBeforeLeftOpenIsClosed) {
  open();
  ASSERT_EQ(all().size(), 1U);
  incidents_.emplace(*journal_, clock_);
  close();
  EXPECT_TRUE(all()[0].closed_at);
}

TEST_F(IncidentsTest, SubjectsWithoutNumberAreKeptWithinABound) {
  constexpr std::size_t kMany = 3 * Incidents::kKeptLimit;
  for (std::size_t i = 0; i < kMany; ++i) {
    open(std::to_string(i));
    if (i % 100 == 0) all();  // lets the journal come after
  }
  const auto open_now = journal_->call([](spool::Journal& journal) { return journal.counts(); }).value().incidents_open;
  EXPECT_EQ(open_now, kMany);
}

}  // namespace
}  // namespace dl::daemon
