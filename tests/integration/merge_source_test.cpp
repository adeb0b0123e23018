#include "daemon/ingest/intake.h"

#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

class MergeSourceTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    config::Source first;
    first.name = "first";
    first.spacecraft = "metop-b";
    first.idle_timeout = Milliseconds(0);
    config::Source second = first;
    second.name = "second";
    second.merge_with = "first";
    second.form = link::InputForm::frames;
    passes_->bind({first, second});
    recover({"first", "second"});
    first_ = std::make_shared<Intake>(*io_, clock_, first, "station", *passes_);
    second_ = std::make_shared<Intake>(*io_, clock_, second, "station", *passes_);
    first_->start();
    second_->start();
    passes_->end_interrupted();
  }
  void stop_daemon() override {
    first_->stop();
    second_->stop();
    DaemonTest::stop_daemon();
    first_.reset();
    second_.reset();
  }
  [[nodiscard]] const Pass& pass() const { return *passes_->active().at(0); }

  const Bytes a_ = pattern(300'001, 1);
  const Bytes b_ = pattern(200'003, 2);
  std::shared_ptr<Intake> first_;
  std::shared_ptr<Intake> second_;
};

TEST_F(MergeSourceTest, TwoSourcesMakeOnePassWithARecordingEach) {
  first_->take(a_, clock_.now());
  second_->take(b_, clock_.now());
  first_->end("eof");
  EXPECT_FALSE(pass().ending()) << "the other one is in it still";
  second_->end("idle");
  ASSERT_TRUE(until([&] { return pass().closed(); }));
  ASSERT_EQ(passes_->active().size(), 1U);
  EXPECT_EQ(recorded(pass().id()), a_);
  EXPECT_EQ(recorded(pass().id() + "/second"), b_);
  EXPECT_EQ(recording::read_form(pass().directory() / "second").value(), "frames");
  EXPECT_EQ(pass().row().end_reason, "idle");
  EXPECT_EQ(pass().row().bytes_recorded, a_.size() + b_.size());
}

TEST_F(MergeSourceTest, SecondSourceAloneMakesAPassNamedAfterTheFirst) {
  second_->take(b_, clock_.now());
  second_->end("eof");
  ASSERT_TRUE(until([&] { return pass().closed(); }));
  EXPECT_EQ(pass().row().source, "first");
  EXPECT_TRUE(pass().id().ends_with("-first"));
  EXPECT_TRUE(recorded(pass().id()).empty());
  EXPECT_EQ(recorded(pass().id() + "/second"), b_);
}

TEST_F(MergeSourceTest, FirstSourceJoinsThePassThatTheSecondBegan) {
  second_->take(b_, clock_.now());
  first_->take(a_, clock_.now());
  EXPECT_EQ(passes_->active().size(), 1U);
  second_->end("eof");
  second_->take(b_, clock_.now());  // back again, while the pass goes on
  EXPECT_EQ(passes_->active().size(), 1U);
  first_->end("eof");
  second_->end("eof");
  ASSERT_TRUE(until([&] { return pass().closed(); }));
  EXPECT_EQ(recorded(pass().id()), a_);
  EXPECT_EQ(recorded(pass().id() + "/second").size(), 2 * b_.size());
}

TEST_F(MergeSourceTest, PassesThatFollowOneAnotherAreTwo) {
  first_->take(a_, clock_.now());
  first_->end("eof");
  second_->take(b_, clock_.now());
  ASSERT_EQ(passes_->active().size(), 2U);
  EXPECT_EQ(second_->pass()->row().source, "first");
}

TEST_F(MergeSourceTest, WhoWaitsForItsEndIsToldWhenItsOwnBytesAreOnTheDisk) {
  first_->take(a_, clock_.now());
  second_->take(b_, clock_.now());
  bool told = false;
  asio::co_spawn(*io_, Intake::end_recorded(second_, "eof"), [&told](std::exception_ptr) { told = true; });
  ASSERT_TRUE(until([&] { return told; }));
  EXPECT_EQ(pass().synced_bytes(1), b_.size());
  EXPECT_FALSE(pass().closed());
}

TEST_F(MergeSourceTest, RestartContinuesBothReceptions) {
  first_->take(a_, clock_.now());
  second_->take(b_, clock_.now());
  ASSERT_TRUE(until([&] {
    return pass().synced_bytes(0) == a_.size() && pass().synced_bytes(1) == b_.size() && !pass_rows().empty();
  }));
  const std::string id = pass().id();
  stop_daemon();
  start_daemon();
  ASSERT_EQ(passes_->active().size(), 1U);
  EXPECT_EQ(pass().id(), id);
  first_->take(b_, clock_.now());
  second_->take(a_, clock_.now());
  ASSERT_EQ(passes_->active().size(), 1U);
  first_->end("eof");
  second_->end("eof");
  ASSERT_TRUE(until([&] { return pass().closed(); }));
  EXPECT_EQ(recorded(id).size(), a_.size() + b_.size());
  EXPECT_EQ(recorded(id + "/second").size(), a_.size() + b_.size());
}

}  // namespace
}  // namespace dl::daemon
