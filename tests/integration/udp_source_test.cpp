#include "daemon/ingest/udp/udp_source.h"

#include "daemon/service/make_source.h"
#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

using asio::ip::udp;

constexpr std::size_t kUnitBytes = 1020;

// A receiver that sends datagrams from one port.
class Sender {
 public:
  Sender(const std::string& host, std::uint16_t port)
      : peer_(asio::ip::make_address(host), port), socket_(io_, udp::endpoint(peer_.protocol(), 0)) {}
  void send(ByteView datagram) { socket_.send_to(asio::buffer(datagram.data(), datagram.size()), peer_); }

 private:
  asio::io_context io_;
  udp::endpoint peer_;
  udp::socket socket_;
};

class UdpSourceTest : public DaemonTest {
 protected:
  void start_daemon() override {
    DaemonTest::start_daemon();
    recover({"antenna"});
  }
  void stop_daemon() override {
    for (const auto& source : sources_) source->stop();
    DaemonTest::stop_daemon();
    sources_.clear();
  }
  static config::Source config_of(const std::string& name = "antenna") {
    config::Source config;
    config.name = name;
    config.kind = config::SourceKind::udp;
    config.spacecraft = "metop-b";
    config.form = link::InputForm::codeblocks;
    config.listen = {"127.0.0.1", 0};
    config.allowed_peers = {{"127.0.0.0", 8}, {"::1", 128}};
    config.idle_timeout = Milliseconds(60'000);
    config.receive_buffer_bytes = 1 << 20;
    return config;
  }
  UdpSource& start(const config::Source& config) {
    sources_.push_back(std::make_shared<UdpSource>(*io_, clock_, config, "station", *passes_, *incidents_,
                                                   [form = config.form] { return Unit(form, kUnitBytes); }));
    const auto started = sources_.back()->start();
    EXPECT_TRUE(started) << started.error().message;
    return *sources_.back();
  }
  static Bytes unit(unsigned number) { return pattern(kUnitBytes, number); }
  bool arrived(std::uint64_t units, std::size_t pass = 0) {
    return until([&] {
      return passes_->active().size() > pass && passes_->active()[pass]->received_bytes() >= units * kUnitBytes;
    });
  }
  bool ended(std::size_t pass = 0) {
    return until([&] { return passes_->active().size() > pass && passes_->active()[pass]->closed(); });
  }

  std::vector<std::shared_ptr<UdpSource>> sources_;
};

TEST_F(UdpSourceTest, EveryDatagramIsOneUnitOfTheRecordingInTheOrderOfArrival) {
  UdpSource& source = start(config_of());
  Sender sender("127.0.0.1", source.port());
  Bytes expected;
  for (unsigned i = 0; i < 300; ++i) {
    sender.send(unit(i));
    const Bytes sent = unit(i);
    expected.insert(expected.end(), sent.begin(), sent.end());
    if (i % 50 != 49) continue;
    ASSERT_TRUE(arrived(i + 1));
  }
  ASSERT_TRUE(arrived(300));
  EXPECT_EQ(source.status().intake.messages, 300U);
  EXPECT_EQ(source.status().intake.dropped_by_kernel, 0U);
  EXPECT_EQ(source.status().state, "receiving");
  const auto pass = passes_->active()[0];
  ASSERT_TRUE(until([&] { return pass->synced_bytes() == expected.size(); }));
  EXPECT_EQ(recorded(pass->id()), expected);
  EXPECT_EQ(pass->row().intake.messages, 300U);
  EXPECT_EQ(recording::read_form(pass->directory()).value(), "codeblocks");
}

TEST_F(UdpSourceTest, DatagramsOfAWrongSizeAreCountedAndShiftNothing) {
  config::Source config = config_of();
  config.strip_bytes = 7;
  UdpSource& source = start(config);
  Sender sender("127.0.0.1", source.port());
  const auto with_header = [](ByteView payload) {
    Bytes datagram(7, 0xEE);
    datagram.insert(datagram.end(), payload.begin(), payload.end());
    return datagram;
  };
  sender.send(with_header(unit(1)));
  sender.send(with_header(pattern(kUnitBytes - 1)));  // one byte short
  sender.send(with_header(pattern(kUnitBytes + 1)));
  sender.send(Bytes{});          // empty
  sender.send(Bytes(3));         // shorter than what is stripped
  sender.send(unit(2));          // no header in front
  sender.send(pattern(65'507));  // the longest there is
  sender.send(with_header(unit(2)));
  ASSERT_TRUE(arrived(2));
  const auto counters = source.status().intake;
  EXPECT_EQ(counters.messages, 2U);
  EXPECT_EQ(counters.wrong_size_messages, 6U);
  EXPECT_EQ(counters.wrong_size_bytes, 7 + kUnitBytes - 1 + 7 + kUnitBytes + 1 + 3 + kUnitBytes + 65'507);
  const auto pass = passes_->active()[0];
  ASSERT_TRUE(until([&] { return pass->synced_bytes() == 2 * kUnitBytes; }));
  Bytes expected = unit(1);
  const Bytes second = unit(2);
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(recorded(pass->id()), expected);
}

TEST_F(UdpSourceTest, WhatTheKernelDroppedIsCountedApart) {
  // Nobody reads: the buffer of the kernel fills.
  auto socket = UdpSocket::open({"127.0.0.1", 0}, 64 << 10);
  ASSERT_TRUE(socket) << socket.error().message;
  const std::uint16_t port = socket->port;
  constexpr unsigned kSent = 1000;
  bool waiting = false;
  UdpReceiver receiver(clock_, std::move(*socket), Unit(link::InputForm::frames, kUnitBytes), {},
                       [&] { asio::post(*io_, [&] { waiting = true; }); });
  Sender sender("127.0.0.1", port);
  for (unsigned i = 0; i < kSent; ++i) sender.send(unit(i));
  ASSERT_TRUE(receiver.start({{"127.0.0.0", 8}}));
  IntakeCounters counters;
  Bytes units;
  ASSERT_TRUE(until([&] {
    while (auto block = receiver.next()) {
      counters += block->counters;
      units.insert(units.end(), block->units.begin(), block->units.end());
    }
    return counters.messages + counters.dropped_by_kernel == kSent;
  })) << counters.messages
      << " came, " << counters.dropped_by_kernel << " dropped";
  EXPECT_GT(counters.dropped_by_kernel, 0U);
  EXPECT_GT(counters.messages, 0U);
  EXPECT_EQ(units.size(), counters.messages * kUnitBytes);
  // The buffer keeps what came first.
  EXPECT_TRUE(std::ranges::equal(ByteView(units).first(kUnitBytes), unit(0)));
}

TEST_F(UdpSourceTest, WhatNobodyTakesIsDroppedAndCountedAndTheRestGoesOn) {
  auto socket = UdpSocket::open({"127.0.0.1", 0}, 1 << 20);
  ASSERT_TRUE(socket);
  UdpReceiverOptions options;
  options.queue_bytes = 10 * kUnitBytes;
  const std::uint16_t port = socket->port;
  UdpReceiver receiver(clock_, std::move(*socket), Unit(link::InputForm::frames, kUnitBytes), options, [] {});
  ASSERT_TRUE(receiver.start({{"127.0.0.0", 8}}));
  Sender sender("127.0.0.1", port);
  for (unsigned i = 0; i < 100; ++i) sender.send(unit(i));
  IntakeCounters counters;
  const auto drain = [&] {
    while (auto block = receiver.next()) counters += block->counters;
    return counters.messages + counters.dropped_no_room_messages;
  };
  // Counts come with blocks: what is taken last shows the whole.
  ASSERT_TRUE(until([&] {
    if (drain() < 100) sender.send({});  // of a wrong size: wakes the thread
    return counters.messages + counters.dropped_no_room_messages == 100;
  }));
  EXPECT_EQ(counters.dropped_no_room_bytes, counters.dropped_no_room_messages * kUnitBytes);
  sender.send(unit(100));
  ASSERT_TRUE(until([&] { return drain() == 101; }));
}

TEST_F(UdpSourceTest, StoppedDiskCostsNothingThatFits) {
  UdpSource& source = start(config_of());
  Sender sender("127.0.0.1", source.port());
  sender.send(unit(0));
  ASSERT_TRUE(arrived(1));
  ASSERT_TRUE(until([&] { return passes_->active()[0]->synced_bytes() == kUnitBytes; }));
  recorder_->set_stop_below_bytes(std::uint64_t{1} << 60);
  for (unsigned i = 1; i < 200; ++i) sender.send(unit(i));
  ASSERT_TRUE(arrived(200));
  ASSERT_TRUE(until([&] { return has_incident("recording_stopped"); }));
  recorder_->set_stop_below_bytes(0);
  const auto pass = passes_->active()[0];
  ASSERT_TRUE(until([&] { return pass->synced_bytes() == 200 * kUnitBytes; }));
  EXPECT_EQ(source.status().intake.dropped_no_room_messages, 0U);
}

TEST_F(UdpSourceTest, SilenceEndsThePassAndTheNextDatagramBeginsAnother) {
  config::Source config = config_of();
  config.idle_timeout = Milliseconds(150);
  UdpSource& source = start(config);
  Sender sender("127.0.0.1", source.port());
  sender.send(unit(1));
  ASSERT_TRUE(ended(0));
  EXPECT_EQ(passes_->active()[0]->row().end_reason, "idle");
  EXPECT_EQ(source.status().state, "listening");
  sender.send(unit(2));
  ASSERT_TRUE(ended(1));
  EXPECT_EQ(recorded(passes_->active()[1]->id()), unit(2));
  EXPECT_EQ(passes_->active()[1]->row().intake.messages, 1U);
}

TEST_F(UdpSourceTest, StrangersAreRefusedAndCountedUntilTheyAreAllowed) {
  config::Source config = config_of();
  config.allowed_peers = {{"192.0.2.0", 24}};
  UdpSource& source = start(config);
  Sender sender("127.0.0.1", source.port());
  sender.send(unit(1));
  ASSERT_TRUE(until([&] { return source.status().peers_refused == 1; }));
  EXPECT_TRUE(until([&] { return has_incident("peer_refused"); }));
  EXPECT_TRUE(passes_->active().empty());
  config.allowed_peers = {{"127.0.0.1", 32}};
  source.update(config);
  sender.send(unit(2));
  ASSERT_TRUE(arrived(1));
  EXPECT_EQ(source.status().peers_refused, 1U);
}

TEST_F(UdpSourceTest, TwoSourcesReceiveTheirPassesAtOnceAndOneThatStopsDisturbsNotTheOther) {
  config::Source v6 = config_of("second");
  v6.listen = {"::1", 0};
  UdpSource& first = start(config_of());
  UdpSource& second = start(v6);
  Sender to_first("127.0.0.1", first.port());
  Sender to_second("::1", second.port());
  for (unsigned i = 0; i < 20; ++i) {
    to_first.send(unit(i));
    to_second.send(unit(100 + i));
  }
  ASSERT_TRUE(until([&] { return first.status().intake.messages == 20 && second.status().intake.messages == 20; }));
  ASSERT_EQ(passes_->active().size(), 2U);
  first.stop();
  to_second.send(unit(120));
  ASSERT_TRUE(until([&] { return second.status().intake.messages == 21; }));
}

TEST_F(UdpSourceTest, PassIsContinuedAfterARestart) {
  UdpSource& source = start(config_of());
  Sender sender("127.0.0.1", source.port());
  sender.send(unit(1));
  ASSERT_TRUE(arrived(1));
  ASSERT_TRUE(until([&] { return passes_->active()[0]->synced_bytes() == kUnitBytes && !pass_rows().empty(); }));
  stop_daemon();
  start_daemon();
  UdpSource& again = start(config_of());
  Sender next("127.0.0.1", again.port());
  next.send(unit(2));
  ASSERT_TRUE(arrived(2));
  EXPECT_EQ(passes_->active().size(), 1U);
}

TEST_F(UdpSourceTest, BytesOfAnotherFormBeginAnotherPass) {
  UdpSource& source = start(config_of());
  Sender sender("127.0.0.1", source.port());
  sender.send(unit(1));
  ASSERT_TRUE(arrived(1));
  source.stop();
  config::Source config = config_of();
  config.form = link::InputForm::frames;
  UdpSource& other = start(config);
  Sender next("127.0.0.1", other.port());
  next.send(unit(2));
  ASSERT_TRUE(arrived(1, 1));
  ASSERT_TRUE(ended(0));
  EXPECT_EQ(passes_->active()[0]->row().end_reason, "form changed");
  EXPECT_EQ(passes_->active()[1]->form(), "frames");
}

TEST_F(UdpSourceTest, BufferThatTheKernelDoesNotGiveIsTold) {
  config::Source config = config_of();
  config.receive_buffer_bytes = std::uint64_t{512} << 20;
  auto probe = UdpSocket::open({"127.0.0.1", 0}, config.receive_buffer_bytes);
  ASSERT_TRUE(probe);
  const bool is_given = probe->buffer_bytes >= config.receive_buffer_bytes;  // as with CAP_NET_ADMIN
  start(config);
  EXPECT_EQ(has_incident("receive_buffer_small"), !is_given);
}

TEST_F(UdpSourceTest, AddressInUseIsSaid) {
  UdpSource& source = start(config_of());
  config::Source config = config_of("other");
  config.listen.port = source.port();
  const auto other = std::make_shared<UdpSource>(*io_, clock_, config, "station", *passes_, *incidents_,
                                                 [] { return Unit(link::InputForm::frames, kUnitBytes); });
  const auto started = other->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::io);
  EXPECT_NE(started.error().message.find("change 'listen' of the source"), std::string::npos);
  EXPECT_EQ(other->status().state, "failed");
}

}  // namespace
}  // namespace dl::daemon
