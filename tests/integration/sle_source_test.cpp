// The SLE source against the simulated provider: deliveries, breaks, faults.
#include "daemon/ingest/sle/sle_source.h"

#include <fstream>

#include "daemon/ingest/sle/sle_gap_filler.h"
#include "daemon/ingest/sle/sle_options.h"
#include "recording/form_file.h"
#include "tests/integration/daemon_fixture.h"
#include "tools/downlink-sim/sle_provider.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kFrameBytes = 200;
constexpr UtcTime kFirst = std::chrono::sys_days(std::chrono::year{2026} / 5 / 12) + std::chrono::hours(11);
constexpr Milliseconds kPeriod{10};

// AOS frames of spacecraft 11, on the virtual channels 9 and 12 in turn.
std::vector<sim::SleFrame> frames(std::size_t count, UtcTime first = kFirst) {
  std::vector<sim::SleFrame> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    made[i].data = pattern(kFrameBytes, static_cast<unsigned>(i));
    made[i].data[0] = 0x42;
    made[i].data[1] = static_cast<Byte>(0xC0 | (i % 2 == 0 ? 9 : 12));
    made[i].data[2] = static_cast<Byte>(i >> 8);
    made[i].data[3] = static_cast<Byte>(i);
    made[i].earth_receive_time = first + kPeriod * static_cast<std::int64_t>(i);
  }
  return made;
}

Bytes joined(const std::vector<sim::SleFrame>& frames) {
  Bytes bytes;
  for (const auto& frame : frames) bytes.insert(bytes.end(), frame.data.begin(), frame.data.end());
  return bytes;
}

class SleSourceTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    recover(interrupted_);
  }
  void stop_daemon() override {
    for (const auto& source : sources_) source->stop();
    if (io_) turn(Milliseconds(20));
    sources_.clear();
    DaemonTest::stop_daemon();
  }
  void TearDown() override {
    DaemonTest::TearDown();
    providers_.clear();
  }
  void turn(Milliseconds time) {
    io_->restart();
    io_->run_for(time);
  }

  sim::SleProvider& provide(std::vector<sim::SleFrame> frames, sim::SleProviderOptions options = {}) {
    providers_.push_back(std::make_unique<sim::SleProvider>(std::move(frames), std::move(options)));
    EXPECT_TRUE(providers_.back()->start());
    return *providers_.back();
  }

  static config::Source agreed(const sim::SleProvider& provider) {
    config::Source source;
    source.name = "station";
    source.kind = config::SourceKind::sle;
    source.spacecraft = "metop-b";
    source.form = link::InputForm::frames;
    source.connect = "127.0.0.1:" + std::to_string(provider.port());
    source.reconnect_delay_max = Milliseconds(50);
    source.idle_timeout = Milliseconds(60'000);
    source.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=onlc1";
    source.sle.initiator = "DOWNLINKD";
    source.sle.responder = "STATION";
    source.sle.responder_port = "PORT1";
    source.sle.authentication = config::SleAuthentication::none;
    source.sle.return_timeout = Milliseconds(5'000);
    return source;
  }

  std::shared_ptr<SleSource> add(const config::Source& config) {
    auto prepare = [config]() -> Result<SleSource::Prepared> {
      DL_TRY(auto options, sle_user_options(config.sle));
      return SleSource::Prepared{Unit(config.form, kFrameBytes), std::move(options)};
    };
    sources_.push_back(
        std::make_shared<SleSource>(*io_, *blocking_, clock_, config, "here", *passes_, *incidents_, prepare));
    return sources_.back();
  }
  std::shared_ptr<SleSource> run(const config::Source& config) {
    auto source = add(config);
    const auto started = source->start();
    EXPECT_TRUE(started) << started.error().message;
    return source;
  }

  // Until the first pass has ended and is on the disk.
  std::shared_ptr<Pass> ended_pass(std::size_t number = 0) {
    const bool ended = until([&] { return passes_->active().size() > number && passes_->active()[number]->closed(); });
    EXPECT_TRUE(ended) << (sources_.empty() ? "" : sources_[0]->status().last_error);
    return ended ? passes_->active()[number] : nullptr;
  }
  std::vector<recording::Chunk> chunks(const std::string& pass_id) {
    const auto reader = recording::RecordingReader::open(layout().pass(pass_id));
    return reader ? reader->chunks() : std::vector<recording::Chunk>{};
  }
  // The frames of the recording, each once, in the order in which they came first.
  Bytes recorded_once(const std::string& pass_id) {
    const Bytes all = recorded(pass_id);
    std::set<Bytes> seen;
    Bytes once;
    for (std::size_t at = 0; at + kFrameBytes <= all.size(); at += kFrameBytes) {
      const Bytes frame(all.begin() + static_cast<std::ptrdiff_t>(at),
                        all.begin() + static_cast<std::ptrdiff_t>(at + kFrameBytes));
      if (seen.insert(frame).second) once.insert(once.end(), frame.begin(), frame.end());
    }
    return once;
  }
  std::string incident_message(const std::string& kind) {
    for (const auto& incident : open_incidents()) {
      if (incident.kind == kind) return incident.message;
    }
    return "";
  }
  std::filesystem::path password_file(const std::string& name, const std::string& text) {
    const auto path = root_ / name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  std::vector<std::string> interrupted_;
  std::vector<std::unique_ptr<sim::SleProvider>> providers_;
  std::vector<std::shared_ptr<SleSource>> sources_;
};

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
    EXPECT_GE(source->status().intake.reconnects, 1U);  // one more when the pass is over
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

TEST_F(SleSourceTest, GapsOfAnOnlinePassAreFetchedOfflineAsASecondReceptionOfIt) {
  sim::SleProviderOptions options;
  options.faults.lost_online = {10, 11, 50};
  const auto& provider = provide(frames(100), options);
  const auto online = agreed(provider);
  auto offline = online;
  offline.name = "archive";
  offline.sle.mode = config::SleMode::offline;
  offline.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=offl1";
  offline.sle.fill_gaps_of = online.name;
  const auto prepare = [offline]() -> Result<SleSource::Prepared> {
    DL_TRY(auto agreed_options, sle_user_options(offline.sle));
    return SleSource::Prepared{Unit(offline.form, kFrameBytes), std::move(agreed_options)};
  };
  const auto filler = std::make_shared<SleGapFiller>(*io_, *blocking_, clock_, offline, *passes_, *incidents_, prepare);
  ASSERT_TRUE(filler->start());
  run(online);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  const auto directory = layout().pass(pass->id()) / "archive";
  EXPECT_TRUE(until([&] { return std::filesystem::exists(directory / "fetched"); }));
  filler->stop();
  const auto reader = recording::RecordingReader::open(directory);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size_bytes(), 100 * kFrameBytes);
  EXPECT_EQ(reader->chunks().front().received_at, kFirst);
  EXPECT_EQ(recording::read_form(directory), "frames");
  EXPECT_EQ(recorded(pass->id()).size(), 97 * kFrameBytes);
  EXPECT_EQ(filler->status().intake.messages, 100U);
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
