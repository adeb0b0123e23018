// kill -9 at random moments. It shows what survives the death of the process; power cuts are in journal_fault_test.
#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "spool/journal_invariants.h"
#include "spool/journal_service.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

const std::vector<DeliveryTarget> kDestinations = {"bucket", "archive"};

struct Acknowledged {
  std::uint64_t scenes = 0;
  std::uint64_t confirmations = 0;
};

// The child: works until it is killed, and writes one letter for everything that the journal has acknowledged.
class Worker {
 public:
  Worker(const std::filesystem::path& folder, int pipe) : folder_(folder), pipe_(pipe) {}

  [[noreturn]] void run() {
    auto journal = Journal::open(folder_ / "journal.db", clock_);
    if (!journal || (*journal)->rebuilt()) ::_exit(2);
    for (auto next = (*journal)->scenes(1000000).value().size();; ++next) {
      commit(**journal, "scene-" + std::to_string(next));
      // Some scenes stay behind, so that commits and confirmations of different scenes mix.
      if (next % 3 == 0) continue;
      for (int i = 0; i < 8; ++i) confirm(**journal, kDestinations[static_cast<std::size_t>(i % 2)].destination);
    }
  }

 private:
  void acknowledge(char what) {
    if (::write(pipe_, &what, 1) != 1) ::_exit(3);
  }
  void commit(Journal& journal, const std::string& id) {
    const SceneManifest manifest = make_manifest(id);
    const auto scene = write_assets(folder_, manifest);
    if (!journal.commit_scene(manifest, "pass-1", scene, kDestinations)) ::_exit(4);
    acknowledge('s');
  }
  void confirm(Journal& journal, const std::string& destination) {
    const auto due = journal.due_deliveries(destination, 1);
    if (!due) ::_exit(5);
    if (due->empty()) return;
    const Delivery& delivery = due->front();
    if (!journal.record_session(delivery.id, "session")) ::_exit(6);
    if (!journal.record_progress(delivery.id, delivery.size_bytes / 2)) ::_exit(7);
    if (!journal.confirm_delivery(delivery.id, {"1", destination}, announce_once)) ::_exit(8);
    acknowledge('c');
  }

  std::filesystem::path folder_;
  int pipe_;
  SystemClock clock_;
};

// The same with four threads and the service, so that what is acknowledged was committed together.
class CrowdWorker {
 public:
  CrowdWorker(const std::filesystem::path& folder, int pipe) : folder_(folder), pipe_(pipe) {}

  [[noreturn]] void run() {
    auto started = JournalService::start(folder_ / "journal.db", clock_);
    if (!started || (*started)->rebuilt()) ::_exit(2);
    service_ = std::move(*started);
    next_ = service_->call([](Journal& journal) { return journal.scenes(1000000); }).value().size();
    for (int i = 0; i < 3; ++i) std::thread([this] { work(); }).detach();
    while (true) work();
  }

 private:
  void work() {
    while (true) {
      const SceneManifest manifest = make_manifest("scene-" + std::to_string(next_++));
      const auto scene = write_assets(folder_, manifest);
      const auto is_new = service_->call(
          [&](Journal& journal) { return journal.commit_scene(manifest, "pass-1", scene, kDestinations); });
      if (!is_new) ::_exit(4);
      // The child before may have been killed with a later number committed and an earlier one not: not new then.
      if (*is_new) acknowledge('s');
      for (int i = 0; i < 8; ++i) confirm(kDestinations[static_cast<std::size_t>(i % 2)].destination);
    }
  }
  void confirm(const std::string& destination) {
    const auto confirmed = service_->call([&](Journal& journal) -> Result<bool> {
      DL_TRY(const auto due, journal.due_deliveries(destination, 1));
      if (due.empty()) return false;
      DL_CHECK(journal.record_session(due[0].id, "session"));
      DL_CHECK(journal.confirm_delivery(due[0].id, {"1", destination}, announce_once));
      return true;
    });
    if (!confirmed) ::_exit(8);
    if (*confirmed) acknowledge('c');
  }
  void acknowledge(char what) {
    if (::write(pipe_, &what, 1) != 1) ::_exit(3);
  }

  std::filesystem::path folder_;
  int pipe_;
  SystemClock clock_;
  std::unique_ptr<JournalService> service_;
  std::atomic<std::size_t> next_ = 0;
};

void count(char letter, Acknowledged& acknowledged) {
  if (letter == 's') ++acknowledged.scenes;
  if (letter == 'c') ++acknowledged.confirmations;
}

// Lets a child work for `letters` acknowledgements and then `extra`, kills it, returns all that it had acknowledged.
template <class Work>
Acknowledged work_and_die(const std::filesystem::path& folder, unsigned letters, std::chrono::microseconds extra) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Work(folder, ends[1]).run();
  }
  ::close(ends[1]);
  Acknowledged acknowledged;
  char letter = 0;
  for (unsigned i = 0; i < letters && ::read(ends[0], &letter, 1) == 1; ++i) count(letter, acknowledged);
  const auto until = std::chrono::steady_clock::now() + extra;
  while (std::chrono::steady_clock::now() < until) {
  }
  ::kill(child, SIGKILL);
  while (::read(ends[0], &letter, 1) == 1) count(letter, acknowledged);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
  return acknowledged;
}

template <class Work>
void kill_again_and_again(int rounds) {
  const TemporaryFolder folder;
  const SystemClock clock;
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  Acknowledged all;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const Acknowledged now = work_and_die<Work>(folder.path(), 1U + static_cast<unsigned>(random() % 12),
                                                std::chrono::microseconds(random() % 3000));
    all.scenes += now.scenes;
    all.confirmations += now.confirmations;
    const auto journal = Journal::open(folder / "journal.db", clock);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_FALSE((*journal)->rebuilt());
    check_invariants(**journal, kDestinations.size());
    const Counts counts = (*journal)->counts().value();
    ASSERT_GE(counts.scenes_spooled + counts.scenes_delivered, all.scenes);
    ASSERT_GE(counts.deliveries_confirmed, all.confirmations);
    // The next child starts from what is there, acknowledged or just before.
    all.scenes = counts.scenes_spooled + counts.scenes_delivered;
    all.confirmations = counts.deliveries_confirmed;
  }
  EXPECT_GT(all.scenes, 10U);
  EXPECT_GT(all.confirmations, 10U);
}

TEST(JournalCrash, KillAtRandomMomentsLosesNothingAcknowledged) {
  kill_again_and_again<Worker>(20);
}

TEST(JournalCrash, KillAtRandomMomentsLosesNothingAcknowledgedOfJobsThatShareACommit) {
  kill_again_and_again<CrowdWorker>(15);
}

}  // namespace
}  // namespace dl::spool
