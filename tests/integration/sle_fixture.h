// What the tests of SLE share: simulated providers, and the source that is agreed with them.
#pragma once

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/ingest/sle/sle_options.h"
#include "daemon/ingest/sle/sle_source.h"
#include "tests/integration/daemon_fixture.h"
#include "tools/downlink-sim/sle_provider.h"

namespace dl::daemon {

inline constexpr std::size_t kFrameBytes = 200;
inline constexpr UtcTime kFirst = std::chrono::sys_days(std::chrono::year{2026} / 5 / 12) + std::chrono::hours(11);
inline constexpr Milliseconds kPeriod{10};

// AOS frames of spacecraft 11, on the virtual channels 9 and 12 in turn.
inline std::vector<sim::SleFrame> frames(std::size_t count, UtcTime first = kFirst) {
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

inline Bytes joined(const std::vector<sim::SleFrame>& frames) {
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

}  // namespace dl::daemon
