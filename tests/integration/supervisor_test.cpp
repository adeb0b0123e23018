#include "daemon/supervisor/process_supervisor.h"
#include "uplink/events/pass_event.h"

#include <future>

#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

using nlohmann::json;

constexpr std::size_t kPassBytes = 5 * kBlockBytes + 17;

class SupervisorTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    SupervisorSettings settings;
    settings.process.parallel_processes = 2;
    settings.program = std::filesystem::path(DL_SOURCE_DIRECTORY) / "tests/support/fake_process.py";
    settings.destinations = {"local"};
    SupervisorTiming timing;
    timing.crash_delay = Milliseconds(1);
    timing.failure_delay = Milliseconds(50);
    timing.hang_timeout = hang_timeout_;
    timing.kill_delay = Milliseconds(200);
    const auto announce = [](const spool::Pass& pass, const std::string& report) {
      return uplink::pass_ended_announcements(pass, report, {{"cloud", false}});
    };
    supervisor_ = std::make_unique<ProcessSupervisor>(*io_, *blocking_, clock_, *passes_, *journal_, *incidents_,
                                                      announce, settings, timing);
    passes_->on_pass([this](const std::shared_ptr<Pass>& pass) { supervisor_->supervise(pass); });
    recover({});
  }
  void stop_daemon() override {
    if (supervisor_) supervisor_->stop();
    if (supervisor_) until([&] { return supervisor_->running() == 0; });
    DaemonTest::stop_daemon();
    supervisor_.reset();
  }
  // A whole pass of kPassBytes for the fake process's `behaviour`.
  std::string receive_pass(const std::string& behaviour) {
    const auto pass = passes_->begin({"antenna", behaviour, "station"}, clock_.now());
    pass->start_connection();
    pass->push(bytes_, clock_.now());
    pass->end("eof");
    return pass->id();
  }
  spool::Pass row(const std::string& id) {
    return journal_->call([&](spool::Journal& journal) { return journal.pass(id); }).value().value_or(spool::Pass{});
  }
  bool processed(const std::string& id) {
    return until([&] { return row(id).state == spool::PassState::processed; });
  }

  const Bytes bytes_ = pattern(kPassBytes);
  Milliseconds hang_timeout_{60'000};
  std::unique_ptr<ProcessSupervisor> supervisor_;
};

TEST_F(SupervisorTest, PassIsDecodedToItsLastByteAndItsReportIsKept) {
  const std::string id = receive_pass("good");
  ASSERT_TRUE(processed(id));
  const json report = json::parse(row(id).report_json);
  EXPECT_EQ(report["bytes"], kPassBytes);
  EXPECT_EQ(report["sha256"], sha256_hex(bytes_));
  EXPECT_EQ(row(id).process_starts, 1U);
  EXPECT_EQ(row(id).process_crashes, 0U);
  EXPECT_TRUE(std::filesystem::exists(layout().pass(id) / "report.json"));
  EXPECT_TRUE(passes_->active().empty());
}

TEST_F(SupervisorTest, ProcessThatDiesOnceIsStartedAgainAndNothingIsSteppedOver) {
  const std::string id = receive_pass("crash-once-at-600000");
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_starts, 2U);
  EXPECT_EQ(row(id).process_crashes, 1U);
  EXPECT_EQ(json::parse(row(id).report_json)["stepped_over"], 0);
  EXPECT_FALSE(has_incident("process_crash")) << "closed when the pass is done";
}

TEST_F(SupervisorTest, BlockThatKillsThreeTimesIsQuarantinedAndSteppedOver) {
  const std::string id = receive_pass("crash-at-600000");
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_crashes, 3U);
  EXPECT_EQ(row(id).process_starts, 4U);
  EXPECT_EQ(json::parse(row(id).report_json)["stepped_over"], kBlockBytes);
  EXPECT_TRUE(has_incident("recording_quarantined"));
  EXPECT_EQ(read_quarantine(layout().pass(id)), (std::vector<Stretch>{{2 * kBlockBytes, kBlockBytes}}));
}

TEST_F(SupervisorTest, BlockUnderWhichTheProcessIsKilledFromOutsideIsSteppedOverOnlyAfterTenTimes) {
  const std::string id = receive_pass("killed-at-600000");
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_crashes, 10U);
  EXPECT_EQ(json::parse(row(id).report_json)["stepped_over"], kBlockBytes);
}

TEST_F(SupervisorTest, ProcessThatDiesWhileItWaitsForMoreIsNoReasonToStepOverAnything) {
  const auto pass = passes_->begin({"antenna", "crash-idle-4", "station"}, clock_.now());
  pass->start_connection();
  pass->push(bytes_, clock_.now());
  ASSERT_TRUE(until([&] { return pass->row().process_crashes == 4 && pass->progress.offset(0) == kPassBytes; }));
  pass->end("eof");
  ASSERT_TRUE(processed(pass->id()));
  EXPECT_EQ(json::parse(row(pass->id()).report_json)["stepped_over"], 0);
  EXPECT_FALSE(has_incident("recording_quarantined"));
}

TEST_F(SupervisorTest, FailureThatIsNoCrashIsReportedWithItsLastWordsAndTriedAgain) {
  const std::string id = receive_pass("exit-74");
  ASSERT_TRUE(until([&] { return row(id).process_starts >= 2; }));
  EXPECT_EQ(row(id).process_crashes, 0U);
  const auto incidents = open_incidents();
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, "process_failed");
  EXPECT_NE(incidents[0].message.find("no can do"), std::string::npos);
}

TEST_F(SupervisorTest, ConfigurationErrorWaitsForAReload) {
  const std::string id = receive_pass("exit-78");
  ASSERT_TRUE(until([&] { return has_incident("process_configuration"); }));
  EXPECT_EQ(row(id).process_starts, 1U);
  SupervisorSettings settings;
  settings.program = std::filesystem::path(DL_SOURCE_DIRECTORY) / "tests/support/fake_process.py";
  supervisor_->reload(settings);
  EXPECT_TRUE(until([&] { return row(id).process_starts == 2; }));
}

TEST_F(SupervisorTest, MissingProgramIsReportedAndThePassIsKept) {
  SupervisorSettings settings;
  settings.program = "/nonexistent/downlink-process";
  supervisor_->reload(settings);
  receive_pass("good");
  EXPECT_TRUE(until([&] { return has_incident("process_failed"); }));
  EXPECT_EQ(passes_->active().size(), 1U);
}

TEST_F(SupervisorTest, NoSceneIsMadeWhileTheyAreNotAllowedAndAllAreMadeLater) {
  supervisor_->allow_scenes(false);
  const std::string id = receive_pass("good");
  ASSERT_TRUE(until([&] { return row(id).state == spool::PassState::ended; }));
  EXPECT_EQ(row(id).process_starts, 0U);
  supervisor_->allow_scenes(true);
  EXPECT_TRUE(processed(id));
}

TEST_F(SupervisorTest, PassThatWasNotDecodedBeforeAStopIsDecodedAfterTheNextStart) {
  supervisor_->allow_scenes(false);
  const std::string id = receive_pass("good");
  ASSERT_TRUE(until([&] { return row(id).state == spool::PassState::ended; }));
  stop_daemon();
  start_daemon();
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(json::parse(row(id).report_json)["sha256"], sha256_hex(bytes_));
}

TEST_F(SupervisorTest, StopEndsTheProcessWithoutCountingACrash) {
  const std::string id = receive_pass("hang");
  ASSERT_TRUE(until([&] { return supervisor_->running() == 1 && passes_->active()[0]->progress.lock; }));
  supervisor_->stop();
  ASSERT_TRUE(until([&] { return supervisor_->running() == 0; }));
  EXPECT_EQ(row(id).process_crashes, 0U);
}

TEST_F(SupervisorTest, PassWhoseReportCameJustBeforeAStopIsAnnouncedAfterTheNextStart) {
  const std::string id = receive_pass("good");
  ASSERT_TRUE(until([&] { return supervisor_->running() == 1; }));
  // Holds up the writing of the report, which comes before the announcement.
  std::promise<void> release;
  asio::post(*blocking_, [held = release.get_future().share()] { held.wait(); });
  ASSERT_TRUE(until([&] { return supervisor_->running() == 0; }));
  supervisor_->stop();
  release.set_value();
  EXPECT_FALSE(until([&] { return passes_->active().empty(); }, Seconds(1))) << "finished without its announcement";
  stop_daemon();

  start_daemon();
  ASSERT_TRUE(processed(id));
  const auto announcements = journal_->call([](spool::Journal& journal) { return journal.announcements(); }).value();
  ASSERT_EQ(announcements.size(), 1U);
  EXPECT_EQ(announcements[0].pass_id, id);
}

// Two antennas: the pass of the first, and what the second has of it.
class TwoReceptionsTest : public SupervisorTest {
 protected:
  void start_daemon() override {
    SupervisorTest::start_daemon();
    config::Source first;
    first.name = "antenna";
    config::Source second;
    second.name = "antenna2";
    second.merge_with = "antenna";
    passes_->bind({first, second});
  }
  // The pass with both in it, of kPassBytes and half as many.
  std::shared_ptr<Pass> begin_pass(const std::string& behaviour) {
    const UtcTime now = clock_.now();
    const auto first = passes_->join({"antenna", behaviour, "station", "bits"}, now);
    const auto second = passes_->join({"antenna2", behaviour, "station", "bits"}, now);
    EXPECT_EQ(first.pass, second.pass);
    EXPECT_EQ(first.reception, 0U);
    EXPECT_EQ(second.reception, 1U);
    first.pass->start_connection(0);
    first.pass->push(bytes_, now, recording::Verdict::none, 0);
    first.pass->start_connection(1);
    first.pass->push(half_, now, recording::Verdict::none, 1);
    return first.pass;
  }
  json reports_of(const std::string& id) { return json::parse(row(id).report_json)["receptions"]; }

  const Bytes half_ = pattern(kPassBytes / 2, 7);
};

TEST_F(TwoReceptionsTest, BlockOfTheSecondThatKillsIsQuarantinedThereAndNowhereElse) {
  const auto pass = begin_pass("crash-in-1-at-300000");
  pass->end("eof", 0);
  pass->end("eof", 1);
  const std::string id = pass->id();
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_crashes, 3U);
  EXPECT_EQ(row(id).process_starts, 4U);
  EXPECT_EQ(read_quarantine(layout().pass(id) / "antenna2"), (std::vector<Stretch>{{kBlockBytes, kBlockBytes}}));
  EXPECT_FALSE(std::filesystem::exists(layout().pass(id) / "quarantine.json"));
  const json reports = reports_of(id);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0]["stepped_over"], 0);
  EXPECT_EQ(reports[0]["sha256"], sha256_hex(bytes_)) << "the first one is decoded whole";
  EXPECT_EQ(reports[1]["stepped_over"], kBlockBytes);
  EXPECT_EQ(reports[1]["bytes"], half_.size());
  const auto incidents = open_incidents();
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, "recording_quarantined");
  EXPECT_NE(incidents[0].message.find("'antenna2'"), std::string::npos) << incidents[0].message;
}

TEST_F(TwoReceptionsTest, BlocksOfBothThatKillAreEachQuarantinedWhereTheyAre) {
  const auto pass = begin_pass("crash-at-600000");
  pass->end("eof", 0);
  pass->end("eof", 1);
  const std::string id = pass->id();
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_crashes, 6U);
  const std::vector<Stretch> third = {{2 * kBlockBytes, kBlockBytes}};
  EXPECT_EQ(read_quarantine(layout().pass(id)), third);
  EXPECT_EQ(read_quarantine(layout().pass(id) / "antenna2"), third);
}

TEST_F(TwoReceptionsTest, WhatWasQuarantinedInTheSecondIsSteppedOverAfterARestartToo) {
  const auto pass = begin_pass("crash-in-1-at-300000");
  const std::string id = pass->id();
  ASSERT_TRUE(until([&] { return has_incident("recording_quarantined"); })) << "while both go on";
  ASSERT_TRUE(until([&] { return pass->progress.offset(1) == half_.size(); }));
  pass->end("eof", 0);
  pass->end("eof", 1);
  ASSERT_TRUE(until([&] { return pass->closed(); }));
  stop_daemon();
  start_daemon();
  ASSERT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_crashes, 3U);
  EXPECT_EQ(reports_of(id)[1]["stepped_over"], kBlockBytes);
}

TEST_F(TwoReceptionsTest, ProcessThatDiesWhileItWaitsForMoreIsNoReasonToStepOverAnything) {
  const auto pass = begin_pass("crash-idle-4");
  ASSERT_TRUE(until([&] {
    return pass->row().process_crashes == 4 && pass->progress.offset(0) == kPassBytes &&
           pass->progress.offset(1) == half_.size();
  }));
  pass->end("eof", 0);
  pass->end("eof", 1);
  ASSERT_TRUE(processed(pass->id()));
  for (const json& report : reports_of(pass->id())) EXPECT_EQ(report["stepped_over"], 0);
  EXPECT_FALSE(has_incident("recording_quarantined"));
}

class HangTest : public SupervisorTest {
 protected:
  HangTest() { hang_timeout_ = Milliseconds(1000); }
};

TEST_F(HangTest, ProcessThatHangsIsKilledAndItsBlockIsSteppedOver) {
  receive_pass("hang");
  EXPECT_TRUE(until([&] { return has_incident("recording_quarantined"); }, Seconds(60)));
}

TEST_F(HangTest, ProcessWhoseSceneWeAreSlowToCommitDoesNotCountAsHanging) {
  const std::string id = receive_pass("scene-then-work");
  // Longer than the time-out: the scene has no manifest yet, and committing it is tried again and again.
  ASSERT_TRUE(until([&] { return has_incident("scene_not_committed"); }));
  EXPECT_FALSE(until([&] { return row(id).process_crashes > 0; }, Seconds(3)));
  std::filesystem::create_directories(layout().scene("x"));
  ASSERT_TRUE(write_file_durably(layout().scene("x") / "manifest.json", as_bytes("no manifest")));
  EXPECT_TRUE(processed(id));
  EXPECT_EQ(row(id).process_starts, 1U);
}

}  // namespace
}  // namespace dl::daemon
