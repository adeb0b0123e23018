// Gaps of passes that an SLE source fetches offline, against the simulated provider.
#include "daemon/ingest/sle/sle_gap_filler.h"

#include "tests/integration/sle_fixture.h"

namespace dl::daemon {
namespace {

class SleGapFillerTest : public SleSourceTest {
 protected:
  void stop_daemon() override {
    if (filler_) filler_->stop();
    if (io_) turn(Milliseconds(20));
    filler_.reset();
    SleSourceTest::stop_daemon();
  }
  // A source for online delivery, and one that fills its gaps; in force when the pass begins.
  void bind(const sim::SleProvider& online, const sim::SleProvider& offline) {
    online_ = agreed(online);
    archive_ = agreed(offline);
    archive_.name = "archive";
    archive_.sle.mode = config::SleMode::offline;
    archive_.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=offl1";
    archive_.sle.fill_gaps_of = online_.name;
    archive_.sle.fill_timeout = Milliseconds(60'000);
    passes_->bind({online_, archive_});
  }
  void fill() {
    const auto prepare = [config = archive_]() -> Result<SleSource::Prepared> {
      DL_TRY(auto options, sle_user_options(config.sle));
      return SleSource::Prepared{Unit(config.form, kFrameBytes), std::move(options)};
    };
    filler_ = std::make_shared<SleGapFiller>(*io_, *blocking_, clock_, archive_, *passes_, *incidents_, prepare);
    const auto started = filler_->start();
    EXPECT_TRUE(started) << started.error().message;
  }
  static sim::SleProviderOptions losing() {
    sim::SleProviderOptions options;
    options.faults.lost_online = {10, 11, 50};
    return options;
  }
  [[nodiscard]] std::filesystem::path folder(const Pass& pass) const { return layout().pass(pass.id()) / "archive"; }
  [[nodiscard]] FillMark mark(const Pass& pass) const { return read_fill_mark(folder(pass)); }
  bool settled(const std::shared_ptr<Pass>& pass) {
    return until([&] { return pass->fill() == nullptr && pass->opened(); });
  }

  config::Source online_;
  config::Source archive_;
  std::shared_ptr<SleGapFiller> filler_;
};

TEST_F(SleGapFillerTest, GapsAreFetchedOfflineAndAreAReceptionOfThePassThen) {
  const auto& provider = provide(frames(100), losing());
  bind(provider, provider);
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_TRUE(pass->waits_for_fill() || mark(*pass).is_settled());
  // Before the frame behind the first gap; what comes before may be decoded meanwhile.
  if (pass->fill() != nullptr) {
    EXPECT_EQ(pass->fill()->whole_bytes, 10 * kFrameBytes);
  }
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass), FillMark{FillMark::State::fetched});
  ASSERT_EQ(pass->receptions().size(), 2U);
  EXPECT_EQ(pass->receptions()[1].source, "archive");
  EXPECT_EQ(pass->receptions()[1].form, "frames");
  EXPECT_TRUE(until([&] { return pass->synced_bytes(1) == 100 * kFrameBytes; }));
  EXPECT_TRUE(pass->closed());
  EXPECT_EQ(recorded(pass->id() + "/archive"), joined(frames(100)));
  EXPECT_EQ(chunks(pass->id() + "/archive").front().received_at, kFirst);
  EXPECT_EQ(recorded(pass->id()).size(), 97 * kFrameBytes);
  EXPECT_EQ(filler_->status().intake.messages, 100U);
  EXPECT_TRUE(open_incidents().empty());
}

TEST_F(SleGapFillerTest, PassWithoutGapsIsNotAskedFor) {
  const auto& provider = provide(frames(100));
  bind(provider, provider);
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_NE(pass->fill(), nullptr) << "a gap may still be found";
  turn(Milliseconds(100));
  EXPECT_FALSE(pass->waits_for_fill());
  EXPECT_EQ(filler_->status().state, "waiting");
  EXPECT_EQ(mark(*pass), FillMark{});
  pass->want_fill(0);
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass), FillMark{FillMark::State::fetched});
}

TEST_F(SleGapFillerTest, EveryFrameIsRecordedOnceHoweverOftenTheConnectionBreaks) {
  sim::SleProviderOptions breaking;
  breaking.faults.abort_after_frames = 40;
  breaking.faults.resend_frames = 25;
  bind(provide(frames(100), losing()), provide(frames(100), breaking));
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass), FillMark{FillMark::State::fetched});
  // Those that come again before the time that was asked for are the provider's fault: the virtual channels drop them.
  EXPECT_EQ(recorded_once(pass->id() + "/archive"), joined(frames(100)));
}

TEST_F(SleGapFillerTest, FetchGoesOnBehindTheLastFrameAfterARestart) {
  sim::SleProviderOptions silent;
  silent.faults.silence_after_frames = 40;
  const auto& offline = provide(frames(100), silent);
  bind(provide(frames(100), losing()), offline);
  archive_.sle.heartbeat = Milliseconds(0);
  fill();
  run(online_);
  const auto ended = ended_pass();
  ASSERT_TRUE(ended);
  const auto id = ended->id();
  ASSERT_TRUE(until([&] { return chunks(id + "/archive").size() == 40; }));
  const FillMark wanted{FillMark::State::wanted, 10 * kFrameBytes};
  EXPECT_EQ(mark(*ended), wanted);
  const auto both = std::vector{online_, archive_};
  stop_daemon();

  DaemonTest::start_daemon();
  passes_->bind(both);
  recover({"station", "archive"});
  ASSERT_EQ(passes_->active().size(), 1U);
  const auto pass = passes_->active()[0];
  EXPECT_TRUE(pass->waits_for_fill());
  EXPECT_EQ(pass->fill()->whole_bytes, 10 * kFrameBytes);
  EXPECT_EQ(pass->receptions().size(), 1U) << "what is being fetched is no part of it yet";
  fill();
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass), FillMark{FillMark::State::fetched});
  EXPECT_EQ(recorded(id + "/archive"), joined(frames(100)));
  EXPECT_EQ(offline.counts().last_start_time, kFirst + kPeriod * 39);
  EXPECT_EQ(pass->receptions().size(), 2U);
}

TEST_F(SleGapFillerTest, ProviderThatIsSilentIsLeftAtTheLimitAndWhatItGaveIsKept) {
  sim::SleProviderOptions silent;
  silent.faults.silence_after_frames = 40;
  bind(provide(frames(100), losing()), provide(frames(100), silent));
  archive_.sle.fill_timeout = Milliseconds(1'000);
  archive_.sle.heartbeat = Milliseconds(0);
  passes_->bind({online_, archive_});
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass).state, FillMark::State::given_up);
  EXPECT_NE(incident_message("gaps_not_filled").find("1 s"), std::string::npos);
  ASSERT_EQ(pass->receptions().size(), 2U);
  EXPECT_EQ(pass->synced_bytes(1), 40 * kFrameBytes);
  EXPECT_TRUE(until([&] { return filler_->status().state == "waiting"; })) << "the next pass is not kept waiting";
}

TEST_F(SleGapFillerTest, ProviderThatDoesNotHaveTheTimeIsNotAskedAgain) {
  sim::SleProviderOptions refusing;
  refusing.faults.refuse_start = std::uint8_t{2};
  const auto& offline = provide(frames(100), refusing);
  bind(provide(frames(100), losing()), offline);
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass).state, FillMark::State::given_up);
  EXPECT_TRUE(has_incident("gaps_not_filled"));
  EXPECT_EQ(pass->receptions().size(), 1U);
  EXPECT_EQ(offline.counts().frames, 0U);
}

TEST_F(SleGapFillerTest, FillerThatIsTakenAwayIsWaitedForNoLonger) {
  sim::SleProviderOptions silent;
  silent.faults.silence_after_frames = 40;
  bind(provide(frames(100), losing()), provide(frames(100), silent));
  fill();
  run(online_);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_TRUE(until([&] { return filler_->status().bytes == 40 * kFrameBytes; }));
  passes_->bind({online_});
  filler_->stop();
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass).state, FillMark::State::given_up);
  EXPECT_NE(mark(*pass).why.find("no source 'archive'"), std::string::npos);
  EXPECT_EQ(pass->synced_bytes(1), 40 * kFrameBytes);
}

TEST_F(SleGapFillerTest, FetchOfASourceThatIsGoneAfterARestartIsNoLongerWaitedFor) {
  sim::SleProviderOptions silent;
  silent.faults.silence_after_frames = 40;
  bind(provide(frames(100), losing()), provide(frames(100), silent));
  fill();
  run(online_);
  ASSERT_TRUE(ended_pass());
  ASSERT_TRUE(until([&] { return filler_->status().bytes == 40 * kFrameBytes; }));
  stop_daemon();

  DaemonTest::start_daemon();
  passes_->bind({online_});
  recover({"station"});
  ASSERT_EQ(passes_->active().size(), 1U);
  const auto pass = passes_->active()[0];
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(mark(*pass).state, FillMark::State::given_up);
  ASSERT_EQ(pass->receptions().size(), 2U) << "what it gave is kept";
}

TEST_F(SleGapFillerTest, RestartInTheMiddleOfATimelyPassIsAGap) {
  sim::SleProviderOptions slow;
  slow.frames_per_s = 200;
  const auto& provider = provide(frames(100), slow);
  bind(provider, provider);
  online_.sle.mode = config::SleMode::online_timely;
  online_.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=onlt1";
  const auto both = std::vector{online_, archive_};
  passes_->bind(both);
  const auto source = run(online_);
  ASSERT_TRUE(until([&] { return source->status().intake.messages >= 20; }));
  ASSERT_TRUE(until([&] { return !pass_rows().empty(); }));
  stop_daemon();

  DaemonTest::start_daemon();
  passes_->bind(both);
  recover({"station", "archive"});
  ASSERT_EQ(passes_->active().size(), 1U);
  EXPECT_TRUE(passes_->active()[0]->waits_for_fill());
  run(online_);
  fill();
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_TRUE(settled(pass));
  EXPECT_EQ(recorded(pass->id() + "/archive"), joined(frames(100)));
}

}  // namespace
}  // namespace dl::daemon
