#include "daemon/ingest/tcp_listen_source.h"

#include <future>

#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

using asio::ip::tcp;

// A receiver: connects at once, sends what it is told, never waits for the daemon.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(tcp::no_delay(true));
  }
  void send(ByteView bytes) { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }
  // As many bytes as the network takes now.
  std::size_t send_some(ByteView bytes) {
    socket_.non_blocking(true);
    error_code error;
    return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  }
  void end_orderly() { socket_.shutdown(tcp::socket::shutdown_send); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }
  // Whether the other side has ended the connection, orderly or not.
  bool ended() {
    socket_.non_blocking(true);
    Byte byte = 0;
    error_code error;
    socket_.read_some(asio::buffer(&byte, 1), error);
    last_error_ = error;
    return error && error != asio::error::would_block;
  }
  [[nodiscard]] error_code last_error() const { return last_error_; }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  error_code last_error_;
};

class TcpSourceTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    recover({"antenna"});
    config::Source config;
    config.name = "antenna";
    config.spacecraft = "metop-b";
    config.listen = {"127.0.0.1", 0};
    config.allowed_peers = allowed_;
    config.idle_timeout = idle_timeout_;
    source_ = std::make_shared<TcpListenSource>(*io_, clock_, config, "station", *passes_, *incidents_,
                                                TcpListenOptions{silence_of_dead_, [this] { return unit_; }});
    const auto started = source_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  void stop_daemon() override {
    if (source_) source_->stop();
    DaemonTest::stop_daemon();
    source_.reset();
  }
  void restart() {
    stop_daemon();
    start_daemon();
  }
  bool bytes_arrived(std::uint64_t count) {
    return until([&] { return !passes_->active().empty() && passes_->active().back()->received_bytes() >= count; });
  }
  bool pass_ends(std::size_t number = 0) {
    return until([&] { return passes_->active().size() > number && passes_->active()[number]->closed(); });
  }
  std::string end_reason(std::size_t number = 0) { return passes_->active()[number]->row().end_reason; }

  std::vector<config::PeerNetwork> allowed_{{"127.0.0.0", 8}};
  Milliseconds idle_timeout_{60'000};
  Milliseconds silence_of_dead_{60'000};
  Unit unit_{link::InputForm::bits, 0};
  std::shared_ptr<TcpListenSource> source_;
};

TEST_F(TcpSourceTest, OrderlyEndEndsThePassWithEveryByteRecorded) {
  const Bytes bytes = pattern(300'001);
  Sender sender(source_->port());
  sender.send(bytes);
  sender.end_orderly();
  ASSERT_TRUE(pass_ends());
  const auto& pass = *passes_->active()[0];
  EXPECT_EQ(pass.row().end_reason, "eof");
  EXPECT_EQ(pass.row().state, spool::PassState::ended);
  EXPECT_EQ(pass.row().bytes_recorded, bytes.size());
  EXPECT_EQ(recorded(pass.id()), bytes);
  EXPECT_TRUE(until([&] { return !pass_rows().empty() && pass_rows()[0].state == spool::PassState::ended; }));
  EXPECT_TRUE(std::filesystem::exists(pass.directory() / "pass.json"));
}

TEST_F(TcpSourceTest, OurEndIsClosedOnlyWhenTheLastByteIsOnTheDisk) {
  Sender sender(source_->port());
  sender.send(pattern(5000));
  sender.end_orderly();
  ASSERT_TRUE(until([&] { return sender.ended(); }));
  EXPECT_EQ(sender.last_error(), asio::error::eof);
  EXPECT_EQ(passes_->active()[0]->synced_bytes(), 5000U);
}

TEST_F(TcpSourceTest, ShortWritesAreOneStreamOfBytes) {
  const Bytes bytes = pattern(997);
  Sender sender(source_->port());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    sender.send(ByteView(bytes).subspan(at, 1));
    if (at % 100 != 0) continue;
    ASSERT_TRUE(bytes_arrived(at + 1));
  }
  sender.end_orderly();
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(recorded(passes_->active()[0]->id()), bytes);
}

TEST_F(TcpSourceTest, ConnectionAfterAResetContinuesThePass) {
  {
    Sender sender(source_->port());
    sender.send(pattern(1000, 1));
    ASSERT_TRUE(bytes_arrived(1000));
    sender.reset();
  }
  ASSERT_TRUE(until([&] { return source_->status().peer.empty(); }));
  EXPECT_EQ(source_->status().state, "receiving");
  Sender again(source_->port());
  again.send(pattern(500, 2));
  again.end_orderly();
  ASSERT_TRUE(pass_ends());
  ASSERT_EQ(passes_->active().size(), 1U);
  EXPECT_EQ(passes_->active()[0]->row().connections, 2U);
  const auto reader = recording::RecordingReader::open(passes_->active()[0]->directory()).value();
  EXPECT_EQ(reader.size_bytes(), 1500U);
  EXPECT_EQ(reader.chunks().back().connection, 2U);
}

TEST_F(TcpSourceTest, ConnectionAfterOurRestartContinuesThePass) {
  Sender sender(source_->port());
  sender.send(pattern(1000, 1));
  ASSERT_TRUE(until([&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() == 1000; }));
  const std::string id = passes_->active()[0]->id();
  restart();
  EXPECT_TRUE(until([&] { return sender.ended(); }));
  EXPECT_NE(sender.last_error(), asio::error::eof) << "the sender must see that it has to send again";
  EXPECT_EQ(source_->status().pass_id, id);
  Sender again(source_->port());
  again.send(pattern(500, 2));
  again.end_orderly();
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(passes_->active()[0]->id(), id);
  EXPECT_EQ(recorded(id).size(), 1500U);
  EXPECT_EQ(passes_->active()[0]->row().connections, 2U);
}

TEST_F(TcpSourceTest, ConnectionAfterAnOrderlyEndIsANewPass) {
  for (int i = 0; i < 2; ++i) {
    Sender sender(source_->port());
    sender.send(pattern(100));
    sender.end_orderly();
    ASSERT_TRUE(pass_ends(static_cast<std::size_t>(i)));
  }
  EXPECT_NE(passes_->active()[0]->id(), passes_->active()[1]->id());
}

TEST_F(TcpSourceTest, ConnectionWithoutBytesMakesNoPassAndEndsNone) {
  Sender sender(source_->port());
  sender.send(pattern(100));
  ASSERT_TRUE(bytes_arrived(100));
  sender.reset();
  ASSERT_TRUE(until([&] { return source_->status().peer.empty(); }));
  {
    Sender scan(source_->port());
    ASSERT_TRUE(until([&] { return !source_->status().peer.empty(); }));
    scan.end_orderly();
    ASSERT_TRUE(until([&] { return source_->status().peer.empty(); }));
  }
  EXPECT_EQ(source_->status().state, "receiving");
  EXPECT_EQ(passes_->active().size(), 1U);
}

TEST_F(TcpSourceTest, SecondConnectionIsRefusedWhileTheFirstLives) {
  Sender first(source_->port());
  first.send(pattern(100));
  ASSERT_TRUE(bytes_arrived(100));
  Sender second(source_->port());
  ASSERT_TRUE(until([&] { return second.ended(); }));
  EXPECT_EQ(source_->status().peers_refused, 1U);
  EXPECT_TRUE(has_incident("second_connection"));
  first.send(pattern(100));
  EXPECT_TRUE(bytes_arrived(200));
}

class DeadPeerTest : public TcpSourceTest {
 protected:
  DeadPeerTest() { silence_of_dead_ = Milliseconds(0); }
};

TEST_F(DeadPeerTest, SilentConnectionGivesWayAndThePassGoesOn) {
  Sender dead(source_->port());
  dead.send(pattern(100));
  ASSERT_TRUE(bytes_arrived(100));
  Sender again(source_->port());
  again.send(pattern(50, 2));
  again.end_orderly();
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(passes_->active().size(), 1U);
  EXPECT_EQ(recorded(passes_->active()[0]->id()).size(), 150U);
  EXPECT_EQ(end_reason(), "eof");
}

class IdleTest : public TcpSourceTest {
 protected:
  IdleTest() { idle_timeout_ = Milliseconds(200); }
};

TEST_F(IdleTest, SilenceEndsThePassAndTheNextByteBeginsAnother) {
  Sender sender(source_->port());
  sender.send(pattern(100));
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(end_reason(), "idle");
  sender.send(pattern(100));
  ASSERT_TRUE(pass_ends(1));
  EXPECT_EQ(recorded(passes_->active()[1]->id()).size(), 100U);
}

TEST_F(IdleTest, PassThatARestartInterruptedEndsWhenNobodyComes) {
  {
    Sender sender(source_->port());
    sender.send(pattern(100));
    ASSERT_TRUE(until([&] { return !passes_->active().empty() && passes_->active()[0]->synced_bytes() == 100; }));
    restart();
  }
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(end_reason(), "idle");
  EXPECT_EQ(passes_->active()[0]->row().bytes_recorded, 100U);
}

class StrangerTest : public TcpSourceTest {
 protected:
  StrangerTest() { allowed_ = {{"192.0.2.7", 32}}; }
};

TEST_F(StrangerTest, PeerThatIsNotAllowedIsRefusedCountedAndReported) {
  Sender stranger(source_->port());
  ASSERT_TRUE(until([&] { return stranger.ended(); }));
  EXPECT_EQ(source_->status().peers_refused, 1U);
  EXPECT_TRUE(has_incident("peer_refused"));
  EXPECT_TRUE(passes_->active().empty());
}

TEST_F(StrangerTest, ManyRefusedPeersOnASlowDiskDoNotKeepTheIoThread) {
  std::promise<void> gate, waiting;
  journal_->post([opened = gate.get_future().share(), &waiting](spool::Journal&) -> Result<void> {
    waiting.set_value();
    opened.wait();
    return {};
  });
  waiting.get_future().wait();  // or the place of this very job becomes free behind the last that is taken
  const auto nothing = [](spool::Journal&) { return Result<void>(); };
  while (journal_->try_post(nothing) == spool::JournalService::Posted::taken) continue;
  constexpr std::uint64_t kPeers = 20;
  for (std::uint64_t i = 1; i <= kPeers; ++i) {
    Sender stranger(source_->port());
    ASSERT_TRUE(until([&] { return source_->status().peers_refused == i; }));
  }
  gate.set_value();
  ASSERT_TRUE(open_incidents().empty());
  incidents_->flush();
  ASSERT_EQ(open_incidents().size(), 1U);
  EXPECT_EQ(open_incidents()[0].count, kPeers);
}

TEST_F(TcpSourceTest, PortInUseIsAnErrorThatSaysWhatToDo) {
  config::Source config;
  config.name = "second";
  config.listen = {"127.0.0.1", source_->port()};
  const auto second =
      std::make_shared<TcpListenSource>(*io_, clock_, config, "station", *passes_, *incidents_, TcpListenOptions{});
  const auto started = second->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::io) << "it may be free later, and is tried again";
  EXPECT_NE(started.error().message.find("change 'listen'"), std::string::npos);
  EXPECT_EQ(second->status().state, "failed");
  EXPECT_EQ(second->status().last_error, started.error().message);
}

class FullDiskTest : public TcpSourceTest {
 protected:
  FullDiskTest() {
    recorder_options_.stop_below_bytes = std::uint64_t{1} << 60;  // more than any disk has
    recorder_options_.queue_bytes = 64U << 10;
    recorder_options_.retry_interval = Milliseconds(20);
  }
};

TEST_F(FullDiskTest, ReceiverIsKeptWaitingAndNothingIsLostUntilThereIsRoom) {
  const Bytes bytes = pattern(32U << 20);
  ByteView rest = bytes;
  Sender sender(source_->port());
  // Until neither the network nor the source take more.
  SteadyTime last_taken = clock_.steady_now();
  until([&] {
    const std::size_t taken = sender.send_some(rest);
    rest = rest.subspan(taken);
    if (taken > 0) last_taken = clock_.steady_now();
    return clock_.steady_now() - last_taken > Milliseconds(300);
  });
  ASSERT_FALSE(rest.empty());
  ASSERT_FALSE(passes_->active().empty());
  const auto pass = passes_->active()[0];
  EXPECT_TRUE(pass->waits_for_room());
  EXPECT_LE(pass->received_bytes(), (64U << 10) * 2);
  EXPECT_EQ(pass->synced_bytes(), 0U);
  EXPECT_TRUE(has_incident("recording_stopped"));

  recorder_->set_stop_below_bytes(0);
  ASSERT_TRUE(until([&] {
    rest = rest.subspan(sender.send_some(rest));
    return rest.empty();
  }));
  sender.end_orderly();
  ASSERT_TRUE(pass_ends());
  EXPECT_EQ(recorded(pass->id()), bytes);
  EXPECT_FALSE(has_incident("recording_stopped"));
}

class TcpFramesTest : public TcpSourceTest {
 protected:
  TcpFramesTest() { unit_ = Unit(link::InputForm::frames, 100); }
};

TEST_F(TcpFramesTest, BrokenConnectionLeavesNoHalfFrameBehind) {
  {
    Sender sender(source_->port());
    sender.send(pattern(250, 1));
    ASSERT_TRUE(bytes_arrived(200));
    sender.reset();
  }
  ASSERT_TRUE(until([&] { return source_->status().peer.empty(); }));
  Sender again(source_->port());
  again.send(pattern(100, 2));
  again.end_orderly();
  ASSERT_TRUE(pass_ends());
  Bytes expected = pattern(200, 1);
  const Bytes second = pattern(100, 2);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(recorded(passes_->active()[0]->id()), expected);
  EXPECT_EQ(source_->status().intake,
            (IntakeCounters{.wrong_size_messages = 1, .wrong_size_bytes = 50, .reconnects = 1}));
}

}  // namespace
}  // namespace dl::daemon
