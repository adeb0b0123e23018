// What the daemon's tests share: a spool of their own, and an io thread that the test turns by hand.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/passes/pass_manager.h"
#include "recording/recording_reader.h"
#include "spool/recovery.h"

namespace dl::daemon {

inline Bytes pattern(std::size_t size, unsigned seed = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>((i * 31 + seed * 101 + (i >> 9)) & 0xFF);
  return bytes;
}

class DaemonTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "dl-daemon-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    ASSERT_TRUE(spool::make_spool_folders(layout()));
    start_daemon();
  }
  void TearDown() override {
    stop_daemon();
    std::filesystem::remove_all(root_);
  }

  [[nodiscard]] spool::Layout layout() const { return {root_ / "spool"}; }

  virtual void start_daemon() {
    io_ = std::make_unique<asio::io_context>();
    blocking_ = std::make_unique<asio::thread_pool>(1);
    auto journal = spool::JournalService::start(layout().journal(), clock_);
    ASSERT_TRUE(journal) << journal.error().message;
    journal_ = std::move(*journal);
    recorder_ = std::make_unique<Recorder>(
        clock_, [io = io_.get()](std::function<void()> job) { asio::post(*io, std::move(job)); }, recorder_options_);
    incidents_ = std::make_unique<Incidents>(*journal_, clock_);
    passes_ = std::make_unique<PassManager>(*io_, clock_, layout(), *journal_, *recorder_, *incidents_);
  }

  // As at the end of the program. What was not stored yet is lost, as by a kill.
  virtual void stop_daemon() {
    if (!io_) return;
    recorder_->stop();
    blocking_->join();
    journal_->stop();
    io_.reset();
    passes_.reset();
    incidents_.reset();
    recorder_.reset();
    journal_.reset();
    blocking_.reset();
  }

  // Turns the io thread until the condition holds; false when it does not within `patience`.
  bool until(const std::function<bool()>& condition, Seconds patience = Seconds(20)) {
    const SteadyTime deadline = clock_.steady_now() + patience;
    while (!condition()) {
      if (clock_.steady_now() > deadline) return false;
      io_->restart();
      io_->run_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  void recover(std::vector<std::string> sources) {
    bool done = false;
    asio::co_spawn(*io_, passes_->recover(std::move(sources)), [&done](std::exception_ptr, Result<void> result) {
      EXPECT_TRUE(result);
      done = true;
    });
    ASSERT_TRUE(until([&] { return done; }));
  }

  // Waits for what is queued for the journal.
  std::vector<spool::Pass> pass_rows() {
    return journal_->call([](spool::Journal& journal) { return journal.passes(); }).value();
  }
  std::vector<spool::Incident> open_incidents() {
    return journal_->call([](spool::Journal& journal) { return journal.incidents(true); }).value();
  }
  bool has_incident(const std::string& kind) {
    const auto incidents = open_incidents();
    return std::any_of(incidents.begin(), incidents.end(), [&](const auto& incident) { return incident.kind == kind; });
  }
  Bytes recorded(const std::string& pass_id) {
    const auto reader = recording::RecordingReader::open(layout().pass(pass_id));
    if (!reader) return {};
    Bytes bytes(static_cast<std::size_t>(reader->size_bytes()));
    EXPECT_EQ(reader->read(0, bytes).value(), bytes.size());
    EXPECT_TRUE(reader->verify().value().empty());
    return bytes;
  }

  SystemClock clock_;
  RecorderOptions recorder_options_;
  std::filesystem::path root_;
  std::unique_ptr<asio::io_context> io_;
  std::unique_ptr<asio::thread_pool> blocking_;
  std::unique_ptr<spool::JournalService> journal_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Incidents> incidents_;
  std::unique_ptr<PassManager> passes_;
};

}  // namespace dl::daemon
