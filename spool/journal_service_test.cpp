#include "spool/journal_service.h"

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

class JournalServiceTest : public testing::Test {
 protected:
  void start(std::size_t queue_limit = JournalService::kQueueLimit) {
    auto started = JournalService::start(folder_ / "journal.db", clock_, queue_limit);
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
  }
  // Keeps the journal thread busy until released; returns when it is.
  void block() {
    std::promise<void> busy;
    service_->post([this, &busy](Journal&) -> Result<void> {
      busy.set_value();
      gate_.get_future().wait();
      return {};
    });
    busy.get_future().wait();
  }
  void release() { gate_.set_value(); }

  TemporaryFolder folder_;
  SystemClock clock_;
  std::promise<void> gate_;
  std::unique_ptr<JournalService> service_;
};

TEST_F(JournalServiceTest, CallsFromManyThreadsAllHappenOnOneOther) {
  start();
  std::mutex mutex;
  std::set<std::thread::id> workers;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 25; ++i) {
        const std::string id = std::to_string(caller) + "-" + std::to_string(i);
        const auto done = service_->call([&](Journal& journal) {
          const std::lock_guard lock(mutex);
          workers.insert(std::this_thread::get_id());
          return journal.add_announcement(make_announcement(id));
        });
        EXPECT_TRUE(done);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(workers.size(), 1U);
  EXPECT_FALSE(workers.contains(std::this_thread::get_id()));
  EXPECT_EQ(service_->call([](Journal& journal) { return journal.announcements(1000); }).value().size(), 100U);
}

TEST_F(JournalServiceTest, JobsRunInTheirOrder) {
  start();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(service_->post(
        [i](Journal& journal) { return journal.add_announcement(make_announcement(std::to_string(i))); }));
  }
  const auto due = service_->call([](Journal& journal) { return journal.due_announcements("events", 100); }).value();
  ASSERT_EQ(due.size(), 100U);
  for (std::size_t i = 0; i < due.size(); ++i) EXPECT_EQ(due[i].event_id, std::to_string(i));
}

TEST_F(JournalServiceTest, StopRunsWhatWaitsAndRefusesWhatComesAfter) {
  start();
  block();
  for (int i = 0; i < 10; ++i) {
    service_->post([i](Journal& journal) { return journal.add_announcement(make_announcement(std::to_string(i))); });
  }
  release();
  service_->stop();
  EXPECT_FALSE(service_->post([](Journal&) { return Result<void>(); }));
  EXPECT_EQ(service_->call([](Journal& journal) { return journal.counts(); }).error().kind, ErrorKind::cancelled);
  service_->stop();
  const auto journal = Journal::open(folder_ / "journal.db", clock_).value();
  EXPECT_EQ(journal->announcements().value().size(), 10U);
}

TEST_F(JournalServiceTest, FullQueueMakesThePosterWait) {
  start(2);
  block();
  const auto nothing = [](Journal&) { return Result<void>(); };
  ASSERT_TRUE(service_->post(nothing));
  ASSERT_TRUE(service_->post(nothing));
  std::atomic<bool> posted = false;
  std::atomic<bool> posting = false;
  std::thread poster([&] {
    posting = true;
    EXPECT_TRUE(service_->post(nothing));
    posted = true;
  });
  while (!posting) std::this_thread::yield();
  EXPECT_FALSE(posted) << "there is no room until the gate opens";
  release();
  poster.join();
  EXPECT_TRUE(posted);
}

TEST_F(JournalServiceTest, WhoMustNotWaitIsToldThatTheQueueIsFull) {
  start(1);
  block();
  const auto nothing = [](Journal&) { return Result<void>(); };
  EXPECT_EQ(service_->try_post(nothing), JournalService::Posted::taken);
  EXPECT_EQ(service_->try_post(nothing), JournalService::Posted::full);
  release();
  service_->stop();
  EXPECT_EQ(service_->try_post(nothing), JournalService::Posted::stopped);
}

TEST_F(JournalServiceTest, StopFreesAWaitingPoster) {
  start(1);
  block();
  ASSERT_TRUE(service_->post([](Journal&) { return Result<void>(); }));
  std::atomic<int> refused = 0;
  std::vector<std::thread> posters;
  for (int i = 0; i < 3; ++i) {
    posters.emplace_back([&] {
      while (service_->post([](Journal&) { return Result<void>(); })) std::this_thread::yield();
      ++refused;
    });
  }
  std::thread stopper([&] { service_->stop(); });
  release();
  for (std::thread& poster : posters) poster.join();
  stopper.join();
  EXPECT_EQ(refused, 3);
}

TEST_F(JournalServiceTest, SubscribersHearOfCommittedWorkUntilTheyLeave) {
  start();
  std::atomic<int> deliveries = 0;
  std::atomic<int> announcements = 0;
  const auto id = service_->on_new_work([&](const NewWork& work) {
    if (work.deliveries) ++deliveries;
    if (work.announcements) ++announcements;
  });
  const SceneManifest manifest = make_manifest("scene-1");
  const auto commit = [&](Journal& journal) { return journal.commit_scene(manifest, "", folder_ / "x", {"bucket"}); };
  const auto settled = [&] { ASSERT_TRUE(service_->call([](Journal& journal) { return journal.counts(); })); };
  ASSERT_TRUE(service_->call(commit).value());
  settled();
  EXPECT_EQ(deliveries, 1);
  ASSERT_FALSE(service_->call(commit).value());
  settled();
  EXPECT_EQ(deliveries, 1) << "nothing new";
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.add_announcement(make_announcement("e1")); }));
  settled();
  EXPECT_EQ(announcements, 1);
  service_->unsubscribe(id);
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.add_announcement(make_announcement("e2")); }));
  settled();
  EXPECT_EQ(announcements, 1);
}

TEST_F(JournalServiceTest, FailureOfACallIsTheCallersOfAPostTheSubscribers) {
  start();
  std::promise<Error> heard;
  service_->on_failure([&](const Error& error) { heard.set_value(error); });
  const auto wrong = [](Journal& journal) { return journal.park_delivery(4711, "permanent", "x"); };
  EXPECT_EQ(service_->call(wrong).error().kind, ErrorKind::permanent);
  ASSERT_TRUE(service_->post(wrong));
  EXPECT_NE(heard.get_future().get().message.find("4711"), std::string::npos);
}

TEST_F(JournalServiceTest, JournalThatCannotBeOpenedIsAnError) {
  const auto started = JournalService::start(folder_ / "absent" / "journal.db", clock_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace dl::spool
