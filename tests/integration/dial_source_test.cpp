#include "daemon/ingest/dial/dial_source.h"

#include "daemon/ingest/dial/raw_protocol.h"
#include "daemon/ingest/dial/sp_protocol.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

using asio::ip::tcp;

constexpr std::size_t kFrameBytes = 892;

// A receiver that is dialled. Never waits for the daemon: the test turns the daemon's thread in between.
class Receiver {
 public:
  explicit Receiver(const std::string& host = "127.0.0.1", std::uint16_t port = 0)
      : acceptor_(io_, tcp::endpoint(asio::ip::make_address(host), port)), socket_(io_) {
    acceptor_.non_blocking(true);
  }
  [[nodiscard]] std::string address() const {
    const auto endpoint = acceptor_.local_endpoint();
    return config::ListenAddress{endpoint.address().to_string(), endpoint.port()}.text();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool accepted() {
    error_code error;
    acceptor_.accept(socket_, error);
    return !error;
  }
  void send(ByteView bytes) { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }
  std::size_t send_some(ByteView bytes) {
    socket_.non_blocking(true);
    error_code error;
    return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  }
  Bytes receive(std::size_t count) {
    Bytes bytes(count);
    asio::read(socket_, asio::buffer(bytes));
    return bytes;
  }
  void end_orderly() { socket_.shutdown(tcp::socket::shutdown_send); }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  tcp::socket socket_;
};

Bytes frame(std::uint32_t count, unsigned vcid = 3) {
  Bytes bytes = pattern(kFrameBytes, count);
  // AOS, SCID 0xD5.
  const unsigned scid = 0xD5;
  bytes[0] = static_cast<Byte>(1U << 6 | scid >> 2);
  bytes[1] = static_cast<Byte>((scid & 3U) << 6 | vcid);
  bytes[2] = static_cast<Byte>(count >> 16);
  bytes[3] = static_cast<Byte>(count >> 8);
  bytes[4] = static_cast<Byte>(count);
  return bytes;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

class DialSourceTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    recover({"antenna"});
  }
  void stop_daemon() override {
    for (const auto& source : sources_) source->stop();
    // What they have to say at their end is said.
    until([this] { return io_->run_for(std::chrono::milliseconds(1)) == 0; });
    DaemonTest::stop_daemon();
    sources_.clear();
  }
  static config::Source config_of(const std::string& connect, const std::string& name = "antenna") {
    config::Source config;
    config.name = name;
    config.kind = config::SourceKind::tcp_dial;
    config.spacecraft = "metop-b";
    config.form = link::InputForm::frames;
    config.connect = connect;
    config.reconnect_delay_max = Milliseconds(20);
    config.idle_timeout = Milliseconds(60'000);
    return config;
  }
  DialSource& start(const config::Source& config, MakeProtocol make) {
    sources_.push_back(std::make_shared<DialSource>(*io_, clock_, config, "station", *passes_, *incidents_,
                                                    [make]() -> Result<MakeProtocol> { return make; }));
    EXPECT_TRUE(sources_.back()->start());
    return *sources_.back();
  }
  DialSource& start_raw(const std::string& connect, const std::string& name = "antenna") {
    return start(config_of(connect, name),
                 [] { return std::make_unique<RawProtocol>(Unit(link::InputForm::frames, kFrameBytes)); });
  }
  DialSource& start_sp(const std::string& connect, std::size_t strip = 0) {
    const auto gaps = std::make_shared<FrameGaps>(std::uint16_t{0xD5});
    return start(config_of(connect), [gaps, strip] {
      return std::make_unique<SpProtocol>(Unit(link::InputForm::frames, kFrameBytes), strip, gaps);
    });
  }
  bool accepts(Receiver& receiver) {
    return until([&] { return receiver.accepted(); });
  }
  bool arrived(std::uint64_t bytes, std::size_t pass = 0) {
    return until([&] { return passes_->active().size() > pass && passes_->active()[pass]->received_bytes() >= bytes; });
  }
  bool ended(std::size_t pass = 0) {
    return until([&] { return passes_->active().size() > pass && passes_->active()[pass]->closed(); });
  }
  std::string end_reason(std::size_t pass = 0) { return passes_->active().at(pass)->row().end_reason; }

  std::vector<std::shared_ptr<DialSource>> sources_;
};

TEST_F(DialSourceTest, OrderlyEndEndsThePassAndTheReceiverIsDialledAgain) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    Receiver receiver(host);
    const std::size_t pass = passes_->active().size();
    DialSource& source = start_raw(receiver.address(), std::string("antenna") + (pass == 0 ? "" : "-6"));
    ASSERT_TRUE(accepts(receiver));
    receiver.send(joined({frame(1), frame(2)}));
    receiver.end_orderly();
    ASSERT_TRUE(ended(pass));
    EXPECT_EQ(end_reason(pass), "eof");
    EXPECT_EQ(recorded(passes_->active()[pass]->id()), joined({frame(1), frame(2)}));
    receiver.close();
    ASSERT_TRUE(accepts(receiver));
    // The receiver hears of the connection before we do.
    EXPECT_TRUE(until([&] { return source.status().intake.reconnects == 1; }));
    source.stop();
  }
}

TEST_F(DialSourceTest, BrokenConnectionContinuesThePassAndHalfAFrameShiftsNothing) {
  Receiver receiver;
  DialSource& source = start_raw(receiver.address());
  ASSERT_TRUE(accepts(receiver));
  Bytes first = joined({frame(1), frame(2)});
  first.resize(first.size() - 100);
  receiver.send(first);
  ASSERT_TRUE(arrived(kFrameBytes));
  receiver.reset();
  ASSERT_TRUE(accepts(receiver));
  receiver.send(frame(3));
  receiver.end_orderly();
  ASSERT_TRUE(ended());
  const auto pass = passes_->active()[0];
  EXPECT_EQ(passes_->active().size(), 1U);
  EXPECT_EQ(recorded(pass->id()), joined({frame(1), frame(3)}));
  EXPECT_EQ(pass->row().connections, 2U);
  EXPECT_EQ(pass->row().intake.wrong_size_messages, 1U);
  EXPECT_EQ(pass->row().intake.wrong_size_bytes, kFrameBytes - 100);
  EXPECT_EQ(pass->row().intake.reconnects, 1U);
  EXPECT_EQ(source.status().intake, pass->row().intake);
}

TEST_F(DialSourceTest, ShortReadsAreOneStreamOfFrames) {
  Receiver receiver;
  start_raw(receiver.address());
  ASSERT_TRUE(accepts(receiver));
  const Bytes bytes = joined({frame(1), frame(2), frame(3)});
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    receiver.send(ByteView(bytes).subspan(at, std::min<std::size_t>(7, bytes.size() - at)));
    if (at % 700 == 0) io_->run_for(std::chrono::milliseconds(1));
  }
  receiver.end_orderly();
  ASSERT_TRUE(ended());
  EXPECT_EQ(recorded(passes_->active()[0]->id()), bytes);
}

TEST_F(DialSourceTest, ReceiverThatIsNotThereYetIsDialledUntilItIs) {
  std::uint16_t port = 0;
  {
    Receiver before;
    port = before.port();
  }
  DialSource& source = start_raw("127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(until([&] { return !source.status().last_error.empty(); }));
  EXPECT_EQ(source.status().state, "connecting");
  EXPECT_NE(source.status().last_error.find("cannot connect to 127.0.0.1"), std::string::npos);
  Receiver receiver("127.0.0.1", port);
  ASSERT_TRUE(accepts(receiver));
  ASSERT_TRUE(until([&] { return source.status().state == "connected"; }));
  EXPECT_EQ(source.status().last_error, "");
  EXPECT_EQ(source.status().intake.reconnects, 0U);
}

TEST_F(DialSourceTest, OperatorIsToldOfAReceiverThatStaysAway) {
  std::uint16_t port = 0;
  {
    Receiver before;
    port = before.port();
  }
  const auto config = config_of("127.0.0.1:" + std::to_string(port));
  const auto dialler = std::make_shared<Dialler>(*io_, clock_, config, *incidents_, Milliseconds(50));
  bool connected = false;
  asio::co_spawn(*io_, Dialler::connect(dialler), [&](std::exception_ptr, auto socket) { connected = bool(socket); });
  ASSERT_TRUE(until([&] { return has_incident("source_unreachable"); }));
  Receiver receiver("127.0.0.1", port);
  ASSERT_TRUE(until([&] { return connected; }));
  EXPECT_TRUE(until([&] { return !has_incident("source_unreachable"); }));
}

TEST_F(DialSourceTest, SilenceEndsThePassAndTheConnectionGoesOn) {
  Receiver receiver;
  config::Source config = config_of(receiver.address());
  config.idle_timeout = Milliseconds(150);
  DialSource& source =
      start(config, [] { return std::make_unique<RawProtocol>(Unit(link::InputForm::frames, kFrameBytes)); });
  ASSERT_TRUE(accepts(receiver));
  receiver.send(frame(1));
  ASSERT_TRUE(ended());
  EXPECT_EQ(end_reason(), "idle");
  EXPECT_EQ(source.status().state, "connected");
  receiver.send(frame(2));
  ASSERT_TRUE(ended(1));
  EXPECT_EQ(recorded(passes_->active()[1]->id()), frame(2));
  EXPECT_EQ(source.status().intake.reconnects, 0U);
}

TEST_F(DialSourceTest, StoppedDiskMakesTheReceiverWaitAndNothingIsLost) {
  Receiver receiver;
  start(config_of(receiver.address()), [] { return std::make_unique<RawProtocol>(Unit(link::InputForm::bits, 0)); });
  ASSERT_TRUE(accepts(receiver));
  receiver.send(Bytes(1));
  ASSERT_TRUE(arrived(1));
  recorder_->set_stop_below_bytes(std::uint64_t{1} << 60);
  const Bytes bytes = pattern(64 << 20);
  std::size_t sent = 0;
  // Until the network takes nothing any more although the daemon has had its turn.
  for (std::size_t last = 1; last > 0;) {
    last = 0;
    for (int i = 0; i < 20; ++i) {
      const std::size_t some = receiver.send_some(ByteView(bytes).subspan(sent));
      sent += some;
      last += some;
      io_->restart();
      io_->run_for(std::chrono::milliseconds(5));
    }
  }
  EXPECT_LT(sent, bytes.size());
  recorder_->set_stop_below_bytes(0);
  ASSERT_TRUE(until([&] {
    sent += receiver.send_some(ByteView(bytes).subspan(sent));
    return sent == bytes.size();
  }));
  receiver.end_orderly();
  ASSERT_TRUE(ended());
  const Bytes all = recorded(passes_->active()[0]->id());
  ASSERT_EQ(all.size(), bytes.size() + 1);
  EXPECT_TRUE(std::ranges::equal(ByteView(all).subspan(1), bytes));
}

TEST_F(DialSourceTest, DeadSourceStopsNoOther) {
  Receiver dead;
  Receiver receiver;
  start_raw(dead.address(), "dead");
  start_raw("127.0.0.1:1", "unreachable");
  start_raw(receiver.address(), "alive");
  ASSERT_TRUE(accepts(dead));
  ASSERT_TRUE(accepts(receiver));
  dead.send(frame(9));
  receiver.send(frame(1));
  receiver.end_orderly();
  ASSERT_TRUE(until([&] {
    const auto& active = passes_->active();
    return std::ranges::any_of(active,
                               [](const auto& pass) { return pass->closed() && pass->row().source == "alive"; });
  }));
  EXPECT_EQ(passes_->active().size(), 2U);
}

const Bytes kSubscriber = {0x00, 0x53, 0x50, 0x00, 0x00, 0x21, 0x00, 0x00};
const Bytes kPublisher = {0x00, 0x53, 0x50, 0x00, 0x00, 0x20, 0x00, 0x00};

Bytes message(ByteView body) {
  Bytes bytes(8);
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<Byte>(std::uint64_t{body.size()} >> (56 - 8 * i));
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

TEST_F(DialSourceTest, SubscriberGreetsAndTakesEveryMessageOfTheRightSize) {
  Receiver publisher;
  DialSource& source = start_sp(publisher.address());
  ASSERT_TRUE(accepts(publisher));
  ASSERT_TRUE(until([&] { return source.status().state == "connected"; }));
  io_->run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(publisher.receive(8), kSubscriber);
  const Bytes stream = joined({kPublisher, message(frame(1)), message(Bytes(10)), message({}), message(frame(2)),
                               message(Bytes(kFrameBytes + 1)), message(frame(7)), message(frame(1, 4))});
  for (std::size_t at = 0; at < stream.size(); at += 333) {
    publisher.send(ByteView(stream).subspan(at, std::min<std::size_t>(333, stream.size() - at)));
    io_->run_for(std::chrono::milliseconds(1));
  }
  publisher.end_orderly();
  ASSERT_TRUE(ended());
  const auto pass = passes_->active()[0];
  EXPECT_EQ(recorded(pass->id()), joined({frame(1), frame(2), frame(7), frame(1, 4)}));
  EXPECT_EQ(pass->row().intake.messages, 4U);
  EXPECT_EQ(pass->row().intake.wrong_size_messages, 3U);
  EXPECT_EQ(pass->row().intake.wrong_size_bytes, 10 + kFrameBytes + 1);
  // Counter 2 to 7 of one channel.
  EXPECT_EQ(pass->row().intake.gaps_told, 4U);
}

TEST_F(DialSourceTest, GapBetweenTwoPassesIsNone) {
  Receiver publisher;
  start_sp(publisher.address());
  ASSERT_TRUE(accepts(publisher));
  publisher.send(joined({kPublisher, message(frame(1))}));
  publisher.end_orderly();
  ASSERT_TRUE(ended());
  publisher.close();
  ASSERT_TRUE(accepts(publisher));
  publisher.send(joined({kPublisher, message(frame(5000)), message(frame(5003))}));
  publisher.end_orderly();
  ASSERT_TRUE(ended(1));
  EXPECT_EQ(passes_->active()[1]->row().intake.gaps_told, 2U);
}

TEST_F(DialSourceTest, PeerThatSpeaksSomethingElseIsCountedGivenUpAndDialledAgain) {
  Receiver publisher;
  DialSource& source = start_sp(publisher.address());
  const Bytes huge = {0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  unsigned errors = 0;
  for (const Bytes& bad :
       {pattern(64), kSubscriber, joined({kPublisher, huge}), joined({kPublisher, Bytes(8, 0xFF)})}) {
    ASSERT_TRUE(accepts(publisher));
    publisher.send(bad);
    ++errors;
    ASSERT_TRUE(until([&] { return source.status().intake.protocol_errors == errors; }));
    publisher.close();
  }
  EXPECT_TRUE(has_incident("protocol_error"));
  EXPECT_TRUE(passes_->active().empty());
  ASSERT_TRUE(accepts(publisher));
  publisher.send(joined({kPublisher, message(frame(1))}));
  ASSERT_TRUE(arrived(kFrameBytes));
  EXPECT_TRUE(until([&] { return !has_incident("protocol_error"); }));
}

}  // namespace
}  // namespace dl::daemon
