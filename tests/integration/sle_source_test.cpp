// The SLE source against the simulated provider: deliveries, breaks, faults.
#include "tests/integration/sle_fixture.h"

namespace dl::daemon {
namespace {

TEST_F(SleSourceTest, RecordsEveryFrameWithItsTimeAndVerdictAndUnbinds) {
  sim::SleProviderOptions options;
  options.faults.erred_frames = {3};
  const auto& provider = provide(frames(100), options);
  const auto source = run(agreed(provider));
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->id(), "20260512T110000Z-station");
  EXPECT_EQ(pass->row().end_reason, "eof");
  EXPECT_EQ(recorded(pass->id()), joined(frames(100)));
  const auto index = chunks(pass->id());
  ASSERT_EQ(index.size(), 100U);
  for (std::size_t i = 0; i < index.size(); ++i) {
    EXPECT_EQ(index[i].received_at, kFirst + kPeriod * static_cast<std::int64_t>(i));
    EXPECT_EQ(index[i].verdict, i == 3 ? recording::Verdict::erred : recording::Verdict::good);
  }
  EXPECT_EQ(source->status().intake.messages, 100U);
  EXPECT_TRUE(until([&] { return provider.counts().unbinds >= 1; }));
  EXPECT_TRUE(open_incidents().empty());
}

TEST_F(SleSourceTest, ProvesItselfWithEitherHashAndPasswordsOfEitherForm) {
  for (const bool sha1 : {false, true}) {
    sim::SleProviderOptions options;
    options.authentication = link::sle::Authentication::all;
    options.hash = sha1 ? link::sle::Hash::sha1 : link::sle::Hash::sha256;
    options.user_password = {0x0A, 0xFF};
    options.password = {'o', 'p', 'e', 'n'};
    const auto& provider = provide(frames(20), options);
    auto config = agreed(provider);
    config.name = sha1 ? "old" : "new";
    config.sle.authentication = config::SleAuthentication::all;
    config.sle.hash = sha1 ? config::SleHash::sha1 : config::SleHash::sha256;
    config.sle.password_file = password_file("ours", "hex:0aFF\n");
    config.sle.responder_password_file = password_file("theirs", "open\n");
    run(config);
    const auto pass = ended_pass(sha1 ? 1 : 0);
    ASSERT_TRUE(pass);
    EXPECT_EQ(recorded(pass->id()), joined(frames(20)));
    sources_.back()->stop();
  }
}

TEST_F(SleSourceTest, WrongPasswordOfOursIsAnIncidentThatSaysSoAndEndsWhenItIsRight) {
  sim::SleProviderOptions options;
  options.authentication = link::sle::Authentication::bind;
  options.user_password = {'r', 'i', 'g', 'h', 't'};
  const auto& provider = provide(frames(20), options);
  auto config = agreed(provider);
  config.sle.authentication = config::SleAuthentication::bind;
  config.sle.password_file = password_file("ours", "wrong");
  run(config);
  ASSERT_TRUE(until([&] { return has_incident("sle_refused"); }));
  EXPECT_NE(incident_message("sle_refused").find("access denied"), std::string::npos);
  EXPECT_TRUE(passes_->active().empty());
  sources_[0]->stop();
  config.sle.password_file = password_file("ours", "right");
  run(config);
  EXPECT_TRUE(ended_pass());
  EXPECT_FALSE(has_incident("sle_refused"));
}

TEST_F(SleSourceTest, ProviderThatDoesNotKnowItsPasswordIsAbortedBeforeAnyFrame) {
  sim::SleProviderOptions options;
  options.authentication = link::sle::Authentication::all;
  options.faults.wrong_credentials = true;
  options.user_password = options.password = {'s'};
  const auto& provider = provide(frames(20), options);
  auto config = agreed(provider);
  config.sle.authentication = config::SleAuthentication::all;
  config.sle.password_file = config.sle.responder_password_file = password_file("ours", "s");
  run(config);
  ASSERT_TRUE(until([&] { return has_incident("sle_not_authentic"); }));
  EXPECT_NE(incident_message("sle_not_authentic").find("'STATION'"), std::string::npos);
  EXPECT_TRUE(until([&] { return provider.counts().aborts_received >= 1; }));
  EXPECT_TRUE(passes_->active().empty());
}

TEST_F(SleSourceTest, RefusedServiceInstanceIsAnIncidentThatNamesIt) {
  sim::SleProviderOptions options;
  options.service_instance = "sagr=1.spack=OTHER.rsl-fg=1.raf=onlc1";
  run(agreed(provide(frames(20), options)));
  ASSERT_TRUE(until([&] { return has_incident("sle_refused"); }));
  EXPECT_NE(incident_message("sle_refused").find("PASS1"), std::string::npos);
  EXPECT_NE(incident_message("sle_refused").find("no such service instance"), std::string::npos);
}

TEST_F(SleSourceTest, ServiceThatIsNotOnYetIsWaitedForQuietly) {
  sim::SleProviderOptions options;
  options.faults.refuse_bind = std::uint8_t{8};
  run(agreed(provide(frames(20), options)));
  ASSERT_TRUE(ended_pass());
  EXPECT_TRUE(journal_->call([](spool::Journal& journal) { return journal.incidents(false); }).value().empty());
}

TEST_F(SleSourceTest, GoesOnFromTheLastFrameAfterEveryKindOfBreak) {
  struct Break {
    const char* name;
    sim::SleFaults faults;
  };
  std::vector<Break> breaks(4);
  breaks[0].name = "abort";
  breaks[0].faults.abort_after_frames = 40;
  breaks[1].name = "cut";
  breaks[1].faults.cut_after_frames = 40;
  breaks[2].name = "garbage";
  breaks[2].faults.garbage_after_frames = 40;
  breaks[3].name = "resend";
  breaks[3].faults.abort_after_frames = 40;
  breaks[3].faults.resend_frames = 25;
  std::size_t number = 0;
  for (const Break& each : breaks) {
    SCOPED_TRACE(each.name);
    sim::SleProviderOptions options;
    options.faults = each.faults;
    // What a reset throws away was sent and never read: some of it must have been.
    options.frames_per_s = 400;
    const auto& provider = provide(frames(100), options);
    auto config = agreed(provider);
    config.name = each.name;
    const auto source = run(config);
    const auto pass = ended_pass(number++);
    ASSERT_TRUE(pass);
    EXPECT_EQ(recorded_once(pass->id()), joined(frames(100)));
    EXPECT_EQ(pass->row().connections, 2U);
    EXPECT_TRUE(provider.counts().last_start_time);
    // Behind the end nothing comes again, or a pass of a few frames begins.
    EXPECT_TRUE(until([&] { return provider.counts().completed >= 2; }));
    EXPECT_EQ(passes_->active().size(), number);
    EXPECT_GE(source->status().intake.reconnects, 2U);
    source->stop();
  }
}

TEST_F(SleSourceTest, AbortIsToldAndOverWithTheNextStart) {
  sim::SleProviderOptions options;
  options.faults.abort_after_frames = 40;
  run(agreed(provide(frames(100), options)));
  ASSERT_TRUE(ended_pass());
  const auto all = journal_->call([](spool::Journal& journal) { return journal.incidents(false); }).value();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, "sle_aborted");
  EXPECT_NE(all[0].message.find("operational requirement"), std::string::npos);
  EXPECT_FALSE(has_incident("sle_aborted"));
}

TEST_F(SleSourceTest, SilentProviderIsLeftByTheHeartbeat) {
  sim::SleProviderOptions options;
  options.faults.silence_after_frames = 40;
  auto config = agreed(provide(frames(100), options));
  config.sle.heartbeat = Milliseconds(1'000);
  config.sle.dead_factor = 1;
  run(config);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(recorded_once(pass->id()), joined(frames(100)));
  const auto all = journal_->call([](spool::Journal& journal) { return journal.incidents(false); }).value();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].kind, "sle_silent");
}

TEST_F(SleSourceTest, ProviderThatDoesNotAnswerBindIsLeftByTheReturnTimeout) {
  sim::SleProviderOptions options;
  options.faults.silent_on_bind = true;
  auto config = agreed(provide(frames(10), options));
  config.sle.return_timeout = Milliseconds(50);
  run(config);
  ASSERT_TRUE(until([&] { return has_incident("sle_silent"); }));
  EXPECT_NE(incident_message("sle_silent").find("did not answer BIND"), std::string::npos);
}

TEST_F(SleSourceTest, ContinuesItsPassAfterARestartOfTheProgram) {
  sim::SleProviderOptions options;
  options.frames_per_s = 200;
  const auto& provider = provide(frames(100), options);
  const auto config = agreed(provider);
  const auto source = run(config);
  ASSERT_TRUE(until([&] { return source->status().intake.messages >= 20; }));
  stop_daemon();
  interrupted_ = {"station"};
  start_daemon();
  run(config);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(recorded_once(pass->id()), joined(frames(100)));
  EXPECT_TRUE(provider.counts().last_start_time);
}

TEST_F(SleSourceTest, TwoSessionsAtOnceDoNotDisturbEachOther) {
  sim::SleProviderOptions bad;
  bad.faults.abort_after_frames = 30;
  const auto& first = provide(frames(100));
  const auto& second = provide(frames(100, kFirst + Seconds(5)), bad);
  auto config = agreed(first);
  config.name = "first";
  run(config);
  config = agreed(second);
  config.name = "second";
  run(config);
  ASSERT_TRUE(until([&] {
    return passes_->active().size() == 2 && passes_->active()[0]->closed() && passes_->active()[1]->closed();
  }));
  EXPECT_EQ(recorded_once("20260512T110000Z-first"), joined(frames(100)));
  EXPECT_EQ(recorded_once("20260512T110005Z-second"), joined(frames(100)));
}

TEST_F(SleSourceTest, ChannelServiceDeliversOneVirtualChannel) {
  auto config = agreed(provide(frames(100)));
  config.sle.service = config::SleService::rcf;
  config.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.rcf=onlc1";
  config.sle.frame_version = 1;
  config.sle.spacecraft_id = 11;
  config.sle.virtual_channel = 12;
  run(config);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  const Bytes bytes = recorded(pass->id());
  ASSERT_EQ(bytes.size(), 50 * kFrameBytes);
  for (std::size_t at = 0; at < bytes.size(); at += kFrameBytes) EXPECT_EQ(bytes[at + 1] & 0x3F, 12);
}

TEST_F(SleSourceTest, OfflineRangeIsFetchedOnceAsOnePass) {
  const auto& provider = provide(frames(100));
  auto config = agreed(provider);
  config.sle.mode = config::SleMode::offline;
  config.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=offl1";
  config.sle.from = kFirst + kPeriod * 20;
  config.sle.to = kFirst + kPeriod * 69;
  const auto source = run(config);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(chunks(pass->id()).size(), 50U);
  EXPECT_EQ(chunks(pass->id()).front().received_at, *config.sle.from);
  ASSERT_TRUE(until([&] { return source->status().state == "done" && provider.counts().unbinds == 1; }));
  stop_daemon();
  start_daemon();
  EXPECT_EQ(run(config)->status().state, "done");
  EXPECT_EQ(provider.counts().binds, 1U);
}

TEST_F(SleSourceTest, FramesThatTheProviderMissesAreCountedWithThePass) {
  sim::SleProviderOptions options;
  options.faults.lost_online = {10, 11, 50};
  options.faults.loss_of_sync_after_frames = 10;
  const auto source = run(agreed(provide(frames(100), options)));
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->row().intake.gaps_told, 3U);
  EXPECT_EQ(pass->row().intake.messages, 97U);
}

TEST_F(SleSourceTest, FramesOfAnotherSizeAreCountedAndNotRecorded) {
  auto wrong = frames(30);
  wrong[7].data.pop_back();
  const auto source = run(agreed(provide(wrong)));
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->row().intake.wrong_size_messages, 1U);
  EXPECT_EQ(pass->row().intake.wrong_size_bytes, kFrameBytes - 1);
  EXPECT_EQ(recorded(pass->id()).size(), 29 * kFrameBytes);
}

TEST_F(SleSourceTest, PasswordFileThatIsNotThereKeepsTheSourceFromStarting) {
  auto config = agreed(provide(frames(1)));
  config.sle.authentication = config::SleAuthentication::all;
  config.sle.password_file = root_ / "none";
  const auto started = add(config)->start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("none"), std::string::npos);
  EXPECT_EQ(sources_[0]->status().state, "failed");
}

TEST(SlePassword, IsTextOrHexadecimalBehindItsPrefix) {
  EXPECT_EQ(parse_sle_password("secret\n"), (Bytes{'s', 'e', 'c', 'r', 'e', 't'}));
  EXPECT_EQ(parse_sle_password("cafe"), (Bytes{'c', 'a', 'f', 'e'}));
  EXPECT_EQ(parse_sle_password("hex:CAfe00\r\n"), (Bytes{0xCA, 0xFE, 0x00}));
  for (const char* wrong : {"", "\n", "hex:", "hex:abc", "hex:zz"}) EXPECT_FALSE(parse_sle_password(wrong)) << wrong;
}

}  // namespace
}  // namespace dl::daemon
