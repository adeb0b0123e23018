#include "daemon/recorder.h"

#include "tests/integration/daemon_fixture.h"
#include "tests/support/failing_fdatasync.h"

namespace dl::daemon {
namespace {

class RecorderTest : public DaemonTest {
 protected:
  void start_daemon() override {
    recorder_options_.retry_interval = Milliseconds(20);
    DaemonTest::start_daemon();
  }
  void TearDown() override {
    test::fail_fdatasync("", 0);
    DaemonTest::TearDown();
  }
  std::shared_ptr<Recorder::Recording> open() {
    RecordingCallbacks callbacks;
    callbacks.synced = [this](std::uint64_t bytes) { told_.push_back("synced " + std::to_string(bytes)); };
    callbacks.trouble = [this](const Error&) { told_.emplace_back("trouble"); };
    callbacks.trouble_over = [this] { told_.emplace_back("over"); };
    callbacks.finished = [this](std::uint64_t bytes) { told_.push_back("finished " + std::to_string(bytes)); };
    return recorder_->open(layout().pass("a"), std::move(callbacks));
  }
  bool finished() {
    return until([this] { return !told_.empty() && told_.back().starts_with("finished"); });
  }

  std::vector<std::string> told_;
};

TEST_F(RecorderTest, BytesWhoseSyncFailedAreWrittenAgainBeforeAnybodyIsToldThatTheyAreOnDisk) {
  const Bytes bytes = pattern(700'000);
  test::fail_fdatasync("rec-", 2);
  const auto recording = open();
  recording->push(bytes, clock_.now(), 1);
  recording->finish();
  ASSERT_TRUE(finished());
  // Two files whose sync failed, and the third.
  EXPECT_EQ(told_, (std::vector<std::string>{"trouble", "trouble", "synced 2100000", "over", "finished 2100000"}));
  EXPECT_EQ(read_file(layout().pass("a") / "rec-000003.raw").value(), bytes);
  const Bytes all = recorded("a");
  EXPECT_EQ(Bytes(all.end() - 700'000, all.end()), bytes);
}

TEST_F(RecorderTest, WindowWhoseSyncFailedInTheMiddleOfWritingIsWrittenAgain) {
  const Bytes bytes = pattern(recording::kMostUnsyncedBytes + (3U << 20));
  test::fail_fdatasync("rec-", 1);
  const auto recording = open();
  for (std::size_t at = 0; at < bytes.size(); at += 1U << 18) {
    recording->push(ByteView(bytes).subspan(at, 1U << 18), clock_.now(), 1);
  }
  recording->finish();
  ASSERT_TRUE(finished());
  EXPECT_EQ(std::count(told_.begin(), told_.end(), "over"), 1);
  EXPECT_EQ(read_file(layout().pass("a") / "rec-000002.raw").value(), bytes);
  EXPECT_TRUE(recording->has_room()) << "the queue's count of bytes is right again";
}

}  // namespace
}  // namespace dl::daemon
