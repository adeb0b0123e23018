#include "daemon/ingest/files/folder_source.h"

#include <sys/stat.h>
#include <unistd.h>
#include <fstream>

#include "core/file.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

// Whoever runs the tests is not root for as long as this lives.
class OrdinaryUser {
 public:
  explicit OrdinaryUser(const std::filesystem::path& tree) {
    if (!is_root_) return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) give(entry.path());
    give(tree);
    EXPECT_EQ(::seteuid(kNobody), 0);
  }
  ~OrdinaryUser() {
    EXPECT_TRUE(!is_root_ || ::seteuid(0) == 0);
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  static void give(const std::filesystem::path& path) { EXPECT_EQ(::lchown(path.c_str(), kNobody, kNobody), 0); }
  const bool is_root_ = ::geteuid() == 0;
};

class FolderSourceTest : public DaemonTest {
 protected:
  FolderSourceTest() {
    options_.settle_time = Milliseconds(200);
    options_.retry_interval = Milliseconds(20);
    options_.rescan_interval = Milliseconds(60'000);  // what is seen is seen because it was told
    options_.most_active_passes = 100;                // nobody decodes here
  }
  void SetUp() override {
    DaemonTest::SetUp();
    std::filesystem::create_directories(folder());
  }
  void stop_daemon() override {
    if (source_) source_->stop();
    DaemonTest::stop_daemon();
    source_.reset();
  }
  [[nodiscard]] std::filesystem::path folder() const { return root_ / "drop"; }

  void start_source() {
    recover({"drop"});
    config::Source config;
    config.name = "drop";
    config.kind = config::SourceKind::folder;
    config.spacecraft = "metop-b";
    config.path = folder();
    config.pattern = "*.cadu";
    source_ =
        std::make_shared<FolderSource>(*io_, *blocking_, clock_, config, "station", *passes_, *incidents_, options_);
    ASSERT_TRUE(source_->start());
  }
  void restart() {
    stop_daemon();
    start_daemon();
    start_source();
  }

  // As whoever keeps to the convention does it.
  void drop(const std::string& name, ByteView bytes) {
    const auto part = folder() / (name + ".part");
    std::ofstream(part, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    std::filesystem::rename(part, folder() / name);
  }
  void append(const std::string& name, ByteView bytes) {
    std::ofstream(folder() / name, std::ios::binary | std::ios::app)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  // Files look as if they had been there for long.
  void make_old(const std::string& name, int seconds_ago = 3600) {
    const timespec then{::time(nullptr) - seconds_ago, 0};
    const timespec times[2] = {then, then};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder() / name).c_str(), times, 0), 0);
  }

  std::size_t passes_ended() {
    const auto rows = pass_rows();
    return static_cast<std::size_t>(
        std::ranges::count_if(rows, [](const spool::Pass& row) { return row.state == spool::PassState::ended; }));
  }
  bool takes_in(std::size_t count) {
    return until([&] { return passes_ended() == count && source_->status().state == "listening"; });
  }
  std::vector<Bytes> recordings() {
    std::vector<Bytes> all;
    for (const spool::Pass& row : pass_rows()) all.push_back(recorded(row.id));
    return all;
  }
  bool was_recorded(const Bytes& bytes) {
    const auto all = recordings();
    return std::ranges::count(all, bytes) == 1;
  }

  FolderOptions options_;
  std::shared_ptr<FolderSource> source_;
};

TEST_F(FolderSourceTest, FileThatIsMovedInIsOnePassAtOnce) {
  options_.settle_time = Milliseconds(60'000);
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "listening"; }));
  drop("a.cadu", pattern(100'000));
  ASSERT_TRUE(takes_in(1));
  EXPECT_TRUE(was_recorded(pattern(100'000)));
  EXPECT_EQ(pass_rows()[0].end_reason, "eof");
  EXPECT_TRUE(std::filesystem::exists(folder() / "a.cadu")) << "the folder stays as it is";
}

TEST_F(FolderSourceTest, WhatIsThereAlreadyIsTakenInOldestFirst) {
  drop("b.cadu", pattern(1000, 2));
  drop("a.cadu", pattern(1000, 1));
  make_old("b.cadu", 7200);
  make_old("a.cadu", 3600);
  options_.settle_time = Milliseconds(60'000);
  start_source();
  ASSERT_TRUE(takes_in(2));
  ASSERT_EQ(passes_->active().size(), 2U);
  EXPECT_EQ(recorded(passes_->active()[0]->id()), pattern(1000, 2));
  EXPECT_EQ(recorded(passes_->active()[1]->id()), pattern(1000, 1));
  EXPECT_LT(passes_->active()[0]->row().started_at, passes_->active()[1]->row().started_at);
}

TEST_F(FolderSourceTest, FilesOfTheSameSecondAndSizeAreDifferentPasses) {
  for (unsigned i = 0; i < 5; ++i) {
    const std::string name = "f" + std::to_string(i) + ".cadu";
    drop(name, pattern(5000, i));
    make_old(name);
  }
  start_source();
  ASSERT_TRUE(takes_in(5));
  for (unsigned i = 0; i < 5; ++i) EXPECT_TRUE(was_recorded(pattern(5000, i))) << i;
}

TEST_F(FolderSourceTest, NothingIsTakenInTwice) {
  drop("a.cadu", pattern(3000));
  start_source();
  ASSERT_TRUE(takes_in(1));
  restart();
  drop("b.cadu", pattern(3000, 2));
  ASSERT_TRUE(takes_in(2));
  // Out and in again is the same file.
  std::filesystem::rename(folder() / "a.cadu", root_ / "away");
  std::filesystem::rename(root_ / "away", folder() / "a.cadu");
  drop("c.cadu", pattern(3000, 3));
  ASSERT_TRUE(takes_in(3));
  EXPECT_TRUE(was_recorded(pattern(3000)));
}

TEST_F(FolderSourceTest, FileOfTheSameNameWithOtherContentIsAnotherPass) {
  drop("latest.cadu", pattern(3000, 1));
  make_old("latest.cadu");
  start_source();
  ASSERT_TRUE(takes_in(1));
  drop("latest.cadu", pattern(4000, 2));
  ASSERT_TRUE(takes_in(2));
  EXPECT_TRUE(was_recorded(pattern(4000, 2)));
}

TEST_F(FolderSourceTest, NamesOfUnfinishedHiddenAndOtherFilesAreNotTakenIn) {
  for (const char* name : {"x.cadu.part", "x.cadu.tmp", ".x.cadu", "x.txt"}) append(name, pattern(100));
  std::filesystem::create_directories(folder() / "sub.cadu");
  ASSERT_EQ(::mkfifo((folder() / "pipe.cadu").c_str(), 0600), 0);
  append("empty.cadu", {});
  for (const char* name : {"x.cadu.part", "x.cadu.tmp", ".x.cadu", "x.txt"}) make_old(name);
  drop("a.cadu", pattern(100, 9));
  make_old("a.cadu");
  start_source();
  ASSERT_TRUE(takes_in(1));
  EXPECT_TRUE(was_recorded(pattern(100, 9)));
  EXPECT_EQ(passes_->active().size(), 1U);
}

TEST_F(FolderSourceTest, GrowingFileIsWaitedFor) {
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "listening"; }));
  // Opened, written and closed again and again, as some programs do: every time less than the settle time ago.
  Bytes all;
  const SteadyTime start = clock_.steady_now();
  unsigned pieces = 0;
  while (clock_.steady_now() - start < Milliseconds(600)) {
    const Bytes piece = pattern(1000, ++pieces);
    append("slow.cadu", piece);
    all.insert(all.end(), piece.begin(), piece.end());
    io_->restart();
    io_->run_for(std::chrono::milliseconds(20));
  }
  ASSERT_TRUE(takes_in(1));
  EXPECT_TRUE(was_recorded(all));
}

TEST_F(FolderSourceTest, FileThatCannotBeReadIsAnIncidentAndStopsNoOther) {
  const OrdinaryUser user(root_);  // root may read everything
  drop("closed.cadu", pattern(100, 1));
  ASSERT_EQ(::chmod((folder() / "closed.cadu").c_str(), 0), 0);
  drop("open.cadu", pattern(100, 2));
  start_source();
  ASSERT_TRUE(until([&] { return passes_ended() == 1 && has_incident("file_unreadable"); }));
  EXPECT_TRUE(was_recorded(pattern(100, 2)));
  EXPECT_NE(source_->status().last_error.find("closed.cadu"), std::string::npos);
  ASSERT_EQ(::chmod((folder() / "closed.cadu").c_str(), 0600), 0);
  ASSERT_TRUE(takes_in(2));
  EXPECT_TRUE(until([&] { return !has_incident("file_unreadable"); }));
}

TEST_F(FolderSourceTest, FolderThatComesLaterAndOneThatIsReplacedAreTakenIn) {
  std::filesystem::remove(folder());
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "failed" && has_incident("source_failed"); }));
  std::filesystem::create_directories(folder());
  ASSERT_TRUE(until([&] { return source_->status().state == "listening" && !has_incident("source_failed"); }));
  std::filesystem::rename(folder(), root_ / "old-folder");
  std::filesystem::create_directories(folder());
  drop("a.cadu", pattern(100));
  ASSERT_TRUE(takes_in(1));
}

TEST_F(FolderSourceTest, WhatNobodyTellsOfIsSeenByLookingNowAndThen) {
  options_.rescan_interval = Milliseconds(50);
  std::filesystem::create_directories(root_ / "elsewhere");
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "listening"; }));
  // A link is made without any event that we wait for.
  std::ofstream(root_ / "elsewhere/a") << "some bytes";
  std::filesystem::create_symlink(root_ / "elsewhere/a", folder() / "linked.cadu");
  ASSERT_TRUE(takes_in(1));
}

TEST_F(FolderSourceTest, MoreFilesThanAreDecodedWaitInTheFolder) {
  options_.most_active_passes = 2;
  for (unsigned i = 0; i < 5; ++i) drop("f" + std::to_string(i) + ".cadu", pattern(1000, i));
  start_source();
  ASSERT_TRUE(until([&] { return passes_ended() == 2; }));
  io_->restart();
  io_->run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(passes_->active().size(), 2U);
  EXPECT_EQ(source_->status().state, "receiving") << "there is work left";
  while (!passes_->active().empty()) {
    passes_->finish(passes_->active().front(), spool::PassState::processed, "{}");
    ASSERT_TRUE(until([&] { return !passes_->active().empty() || source_->status().state == "listening"; }));
    ASSERT_TRUE(until([&] { return passes_->active().empty() || passes_->active().front()->closed(); }));
  }
  EXPECT_EQ(pass_rows().size(), 5U);
}

class InterruptedFolderTest : public FolderSourceTest {
 protected:
  // So little at a time that there is a middle to stop in.
  InterruptedFolderTest() {
    recorder_options_.queue_bytes = 1;
    recorder_options_.sync_interval = Milliseconds(0);
  }
};

TEST_F(InterruptedFolderTest, FileIsContinuedWhereTheLastRunStopped) {
  const Bytes big = pattern(64U << 20);
  drop("big.cadu", big);
  drop("small.cadu", pattern(100, 2));
  make_old("big.cadu", 7200);
  make_old("small.cadu", 3600);
  start_source();
  ASSERT_TRUE(until(
      [&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() > 0 && !pass_rows().empty(); }));
  ASSERT_FALSE(passes_->active()[0]->ending()) << "the file must be longer for this test";
  restart();
  ASSERT_TRUE(takes_in(2));
  EXPECT_TRUE(was_recorded(big));
  EXPECT_EQ(passes_->active()[0]->row().connections, 2U);
}

TEST_F(InterruptedFolderTest, RecordingThatTheJournalNeverHeardOfIsContinued) {
  const Bytes big = pattern(64U << 20);
  drop("big.cadu", big);
  make_old("big.cadu", 7200);
  start_source();
  ASSERT_TRUE(until([&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() > 0; }));
  stop_daemon();
  // A kill between the first bytes and the first row.
  std::filesystem::remove_all(layout().journal());
  std::filesystem::remove(layout().journal().string() + "-wal");
  std::filesystem::remove(layout().journal().string() + "-shm");
  for (const auto& entry : std::filesystem::directory_iterator(layout().passes())) {
    std::filesystem::remove(entry.path() / "pass.json");
  }
  start_daemon();
  start_source();
  ASSERT_TRUE(takes_in(1));
  EXPECT_TRUE(was_recorded(big));
}

TEST_F(InterruptedFolderTest, FileThatIsGoneAfterARestartLeavesThePassOfItsBeginning) {
  drop("big.cadu", pattern(64U << 20));
  start_source();
  ASSERT_TRUE(until(
      [&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() > 0 && !pass_rows().empty(); }));
  stop_daemon();
  std::filesystem::remove(folder() / "big.cadu");
  start_daemon();
  start_source();
  ASSERT_TRUE(takes_in(1));
  EXPECT_EQ(pass_rows()[0].end_reason, "file gone");
  EXPECT_GT(pass_rows()[0].bytes_recorded, 0U);
}

}  // namespace
}  // namespace dl::daemon
