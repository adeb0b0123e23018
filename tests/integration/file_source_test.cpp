#include "daemon/ingest/files/file_source.h"

#include "core/file.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

class FileSourceTest : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    ASSERT_TRUE(write_file_durably(input(), bytes_));
  }
  void stop_daemon() override {
    if (source_) source_->stop();
    DaemonTest::stop_daemon();
    source_.reset();
  }
  [[nodiscard]] std::filesystem::path input() const { return root_ / "old.cadu"; }
  void start_source() {
    recover({"archive"});
    config::Source config;
    config.name = "archive";
    config.kind = config::SourceKind::file;
    config.spacecraft = "metop-b";
    config.path = input();
    config.received_at = parse_utc("2020-09-27T10:00:00Z").value();
    source_ = std::make_shared<FileSource>(*io_, *blocking_, config, "station", *passes_, *incidents_, retry_interval_);
    ASSERT_TRUE(source_->start());
  }
  bool finishes() {
    return until([&] { return source_->status().state == "finished"; });
  }

  Milliseconds retry_interval_{5000};
  Bytes bytes_ = pattern((3U << 20) + 17);
  std::shared_ptr<FileSource> source_;
};

TEST_F(FileSourceTest, WholeFileIsOnePassReceivedWhenItWasSaid) {
  start_source();
  EXPECT_EQ(source_->status().state, "receiving") << "it must not look idle before it has begun";
  ASSERT_TRUE(finishes());
  ASSERT_EQ(passes_->active().size(), 1U);
  const auto& pass = *passes_->active()[0];
  EXPECT_EQ(pass.id(), "20200927T100000Z-archive");
  EXPECT_EQ(pass.row().end_reason, "eof");
  EXPECT_EQ(recorded(pass.id()), bytes_);
  const auto reader = recording::RecordingReader::open(pass.directory()).value();
  EXPECT_EQ(reader.chunks()[0].received_at, parse_utc("2020-09-27T10:00:00Z").value());
}

TEST_F(FileSourceTest, FileThatWasTakenInIsNotTakenInAgain) {
  start_source();
  ASSERT_TRUE(finishes());
  ASSERT_TRUE(until([&] { return !pass_rows().empty() && pass_rows()[0].state == spool::PassState::ended; }));
  stop_daemon();
  start_daemon();
  start_source();
  ASSERT_TRUE(finishes());
  EXPECT_EQ(pass_rows().size(), 1U);
  EXPECT_EQ(recorded("20200927T100000Z-archive"), bytes_);
}

TEST_F(FileSourceTest, FileThatIsNotThereYetIsTakenInWhenItIs) {
  std::filesystem::rename(input(), root_ / "elsewhere");
  retry_interval_ = Milliseconds(10);
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "failed" && has_incident("source_failed"); }));
  std::filesystem::rename(root_ / "elsewhere", input());
  ASSERT_TRUE(finishes());
  EXPECT_EQ(recorded("20200927T100000Z-archive"), bytes_);
  EXPECT_TRUE(until([&] { return !has_incident("source_failed"); }));
}

class InterruptedFileTest : public FileSourceTest {
 protected:
  // So little at a time that there is a middle to stop in.
  InterruptedFileTest() {
    bytes_ = pattern(64U << 20);
    recorder_options_.queue_bytes = 1;
    recorder_options_.sync_interval = Milliseconds(0);
  }
};

TEST_F(InterruptedFileTest, FileIsContinuedWhereTheLastRunStopped) {
  start_source();
  ASSERT_TRUE(until(
      [&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() > 0 && !pass_rows().empty(); }));
  const bool whole = passes_->active()[0]->ending();
  stop_daemon();
  ASSERT_FALSE(whole) << "the file must be longer for this test";
  start_daemon();
  start_source();
  ASSERT_TRUE(finishes());
  ASSERT_EQ(pass_rows().size(), 1U);
  EXPECT_EQ(passes_->active()[0]->row().connections, 2U);
  EXPECT_EQ(recorded("20200927T100000Z-archive"), bytes_);
}

TEST_F(FileSourceTest, FileThatCannotBeReadIsAnIncident) {
  std::filesystem::remove(input());
  start_source();
  ASSERT_TRUE(until([&] { return source_->status().state == "failed"; }));
  EXPECT_NE(source_->status().last_error.find("old.cadu"), std::string::npos);
  EXPECT_TRUE(has_incident("source_failed"));
}

}  // namespace
}  // namespace dl::daemon
