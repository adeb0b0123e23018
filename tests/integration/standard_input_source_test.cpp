#include "daemon/ingest/files/standard_input_source.h"

#include <fcntl.h>
#include <unistd.h>
#include <thread>

#include "core/file.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

class StandardInputTest : public DaemonTest {
 protected:
  void SetUp() override {
    DaemonTest::SetUp();
    open_pipe();
  }
  void TearDown() override {
    if (writer_.joinable()) writer_.join();
    DaemonTest::TearDown();
  }
  void stop_daemon() override {
    if (source_) source_->stop();
    DaemonTest::stop_daemon();
    source_.reset();
  }

  void open_pipe() {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    input_ = FileDescriptor(ends[0]);
    output_ = FileDescriptor(ends[1]);
  }
  void start_source() {
    recover({"pipe"});
    config::Source config;
    config.name = "pipe";
    config.kind = config::SourceKind::standard_input;
    config.spacecraft = "metop-b";
    source_ = std::make_shared<StandardInputSource>(*io_, *blocking_, clock_, config, "station", *passes_, *incidents_,
                                                    input_.get());
    ASSERT_TRUE(source_->start());
  }
  // In a thread of its own: a pipe holds 64 KiB.
  void write(Bytes bytes, bool then_close) {
    if (writer_.joinable()) writer_.join();
    writer_ = std::thread([this, bytes = std::move(bytes), then_close] {
      EXPECT_TRUE(write_all(output_.get(), bytes, "the pipe"));
      if (then_close) output_.reset();
    });
  }
  bool finishes() {
    return until([&] { return source_->status().state == "finished"; });
  }

  FileDescriptor input_, output_;
  std::thread writer_;
  std::shared_ptr<StandardInputSource> source_;
};

TEST_F(StandardInputTest, WhatIsPipedInIsOnePassUpToItsEnd) {
  start_source();
  EXPECT_EQ(source_->status().state, "listening");
  const Bytes bytes = pattern((2U << 20) + 11);
  write(bytes, true);
  ASSERT_TRUE(finishes());
  ASSERT_EQ(pass_rows().size(), 1U);
  EXPECT_EQ(pass_rows()[0].end_reason, "eof");
  EXPECT_EQ(recorded(pass_rows()[0].id), bytes);
}

TEST_F(StandardInputTest, InputThatEndsAtOnceIsNoPass) {
  output_.reset();
  start_source();
  ASSERT_TRUE(finishes());
  EXPECT_TRUE(pass_rows().empty());
}

TEST_F(StandardInputTest, FileAndDevNullAreReadToo) {
  const Bytes bytes = pattern(700'000);
  ASSERT_TRUE(write_file_durably(root_ / "file", bytes));
  input_ = open_file(root_ / "file", O_RDONLY).value();
  start_source();
  ASSERT_TRUE(finishes());
  ASSERT_EQ(pass_rows().size(), 1U);
  EXPECT_EQ(recorded(pass_rows()[0].id), bytes);
  source_->stop();
  input_ = open_file("/dev/null", O_RDONLY).value();
  start_source();
  ASSERT_TRUE(finishes());
  EXPECT_EQ(pass_rows().size(), 1U);
}

TEST_F(StandardInputTest, PassIsContinuedByThePipeOfTheNextRun) {
  start_source();
  write(pattern(50'000, 1), false);
  ASSERT_TRUE(until([&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() == 50'000; }));
  ASSERT_EQ(pass_rows().size(), 1U);
  stop_daemon();
  open_pipe();
  start_daemon();
  start_source();
  write(pattern(50'000, 2), true);
  ASSERT_TRUE(finishes());
  ASSERT_EQ(pass_rows().size(), 1U);
  EXPECT_EQ(pass_rows()[0].connections, 2U);
  Bytes all = pattern(50'000, 1);
  const Bytes rest = pattern(50'000, 2);
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_EQ(recorded(pass_rows()[0].id), all);
}

TEST_F(StandardInputTest, ReloadThatChangesTheSourceFindsTheInputStillThere) {
  start_source();
  source_->stop();
  start_source();
  write(pattern(1000), true);
  ASSERT_TRUE(finishes());
  EXPECT_EQ(recorded(pass_rows().at(0).id), pattern(1000));
}

}  // namespace
}  // namespace dl::daemon
