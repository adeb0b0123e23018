#include "daemon/service/source_set.h"
#include "daemon/service/space_watch.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

const SourceSettings kSettings{"station", {}};

using asio::ip::tcp;

class SourceSetTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    recover({});
    sources_ = std::make_unique<SourceSet>(*io_, *blocking_, clock_, *passes_, *incidents_, Milliseconds(20));
  }
  void stop_daemon() override {
    if (sources_) sources_->stop();
    DaemonTest::stop_daemon();
    sources_.reset();
  }
  static config::Source source(const std::string& name, std::uint16_t port = 0) {
    config::Source config;
    config.name = name;
    config.spacecraft = "metop-b";
    config.listen = {"127.0.0.1", port};
    config.allowed_peers = {{"127.0.0.0", 8}};
    config.idle_timeout = Milliseconds(60'000);
    return config;
  }
  // A port that somebody else listens at.
  std::uint16_t occupy() {
    other_.emplace(other_io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    return other_->local_endpoint().port();
  }
  control::SourceRow row(std::size_t number = 0) { return sources_->status().at(number); }
  std::uint16_t port_of(std::size_t number) {
    const std::string address = row(number).address;
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  asio::io_context other_io_;
  std::optional<tcp::acceptor> other_;
  std::unique_ptr<SourceSet> sources_;
};

TEST_F(SourceSetTest, SourceWhosePortIsTakenIsToldTriedAgainAndHarmsNoOther) {
  sources_->configure({source("first", occupy()), source("second")}, kSettings);
  EXPECT_EQ(row(0).state, "failed");
  EXPECT_NE(row(0).last_error.find("cannot listen"), std::string::npos);
  EXPECT_EQ(row(1).state, "listening");
  ASSERT_EQ(open_incidents().size(), 1U);
  EXPECT_EQ(open_incidents()[0].kind, "source_failed");
  EXPECT_EQ(open_incidents()[0].subject, "first");
  other_.reset();
  ASSERT_TRUE(until([&] { return row(0).state == "listening"; }));
  EXPECT_EQ(row(0).last_error, "");
  EXPECT_TRUE(open_incidents().empty());
}

TEST_F(SourceSetTest, FailedSourceIsStartedByAReloadThatChangesNothing) {
  const std::vector<config::Source> wanted = {source("antenna", occupy())};
  sources_->configure(wanted, kSettings);
  ASSERT_EQ(row().state, "failed");
  other_.reset();
  sources_->configure(wanted, kSettings);
  EXPECT_EQ(row().state, "listening");
  EXPECT_FALSE(has_incident("source_failed"));
}

TEST_F(SourceSetTest, IncidentOfAFailedSourceEndsWithTheSource) {
  sources_->configure({source("antenna", occupy())}, kSettings);
  ASSERT_TRUE(has_incident("source_failed"));
  sources_->configure({source("other")}, kSettings);
  EXPECT_FALSE(has_incident("source_failed"));
}

TEST_F(SourceSetTest, PeersAndIdleTimeoutChangeWithoutInterruptingTheReception) {
  config::Source config = source("antenna");
  sources_->configure({config}, kSettings);
  const std::uint16_t port = port_of(0);
  asio::io_context sender_io;
  tcp::socket sender(sender_io);
  sender.connect({asio::ip::make_address("127.0.0.1"), port});
  asio::write(sender, asio::buffer("bits", 4));
  ASSERT_TRUE(until([&] { return row().bytes == 4; }));
  const std::string peer = row().peer;
  config.allowed_peers = {{"192.0.2.7", 32}};
  sources_->configure({config}, kSettings);
  EXPECT_EQ(row().peer, peer);
  asio::write(sender, asio::buffer("more", 4));
  ASSERT_TRUE(until([&] { return row().bytes == 8; }));
  tcp::socket stranger(sender_io);
  stranger.connect({asio::ip::make_address("127.0.0.1"), port});
  ASSERT_TRUE(until([&] { return row().peers_refused == 1; }));
  EXPECT_TRUE(has_incident("peer_refused"));
  config.idle_timeout = Milliseconds(50);
  sources_->configure({config}, kSettings);
  ASSERT_TRUE(until([&] { return passes_->active()[0]->closed(); }));
  EXPECT_EQ(passes_->active()[0]->row().end_reason, "idle");
}

TEST_F(SourceSetTest, DiskThatHasRoomAfterARestartEndsTheIncidentOfTheRunBefore) {
  incidents_->open("disk_low", layout().root.string(), "message", "action");
  ASSERT_TRUE(has_incident("disk_low"));
  SpaceWatch watch(*io_, *blocking_, *passes_, *incidents_, config::Space{});
  watch.start();
  EXPECT_TRUE(until([&] { return !has_incident("disk_low"); }));
  watch.stop();
  io_->restart();
  io_->run_for(std::chrono::milliseconds(5));
}

}  // namespace
}  // namespace dl::daemon
