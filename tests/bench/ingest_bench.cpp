// How fast bytes come from a socket into a recording. One line per case:  ingest_bench [FOLDER]
// FOLDER is on the disk to measure; default: the folder for temporary files. Processor time is that of every thread of
// the receiving side, the kernel's work for it included, and of no sender.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "daemon/ingest/tcp_listen_source.h"
#include "daemon/ingest/udp/udp_source.h"
#include "spool/recovery.h"

namespace dl::daemon {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kUnitBytes = 1020;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// `who` as getrusage(2) says.
double cpu_s(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Senders: each says at its end what it took.
class Senders {
 public:
  template <class Send>
  void add(Send send) {
    threads_.emplace_back([this, send] {
      send();
      cpu_ms_ += static_cast<std::uint64_t>(1000 * cpu_s(RUSAGE_THREAD));
    });
  }
  // Waits for all of them.
  double take_cpu_s() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return static_cast<double>(cpu_ms_) / 1000;
  }

 private:
  std::vector<std::thread> threads_;
  std::atomic<std::uint64_t> cpu_ms_ = 0;
};

// The part of downlinkd between a socket and the disk.
class Station {
 public:
  explicit Station(const std::filesystem::path& root) : layout_{root / "spool"} {
    (void)spool::make_spool_folders(layout_);
    journal_ = std::move(*spool::JournalService::start(layout_.journal(), clock_));
    recorder_ = std::make_unique<Recorder>(
        clock_, [this](std::function<void()> job) { asio::post(io_, std::move(job)); }, RecorderOptions{});
    incidents_ = std::make_unique<Incidents>(*journal_, clock_);
    passes_ = std::make_unique<PassManager>(io_, clock_, layout_, *journal_, *recorder_, *incidents_);
  }
  ~Station() {
    recorder_->stop();
    journal_->stop();
  }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      io_.restart();
      io_.run_for(std::chrono::milliseconds(2));
    }
  }

  SystemClock clock_;
  asio::io_context io_;
  spool::Layout layout_;
  std::unique_ptr<spool::JournalService> journal_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Incidents> incidents_;
  std::unique_ptr<PassManager> passes_;
};

config::Source source_of(config::SourceKind kind) {
  config::Source config;
  config.name = "bench";
  config.kind = kind;
  config.spacecraft = "metop-b";
  config.listen = {"127.0.0.1", 0};
  config.allowed_peers = {{"127.0.0.0", 8}};
  config.idle_timeout = Milliseconds(60'000);
  config.receive_buffer_bytes = 64U << 20;
  return config;
}

FileDescriptor connected(int type, std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::perror("connect");
  return socket;
}

// Sends `total` units of kUnitBytes at the rate, `at_once` in one call: as separate datagrams, or joined by the sender
// (UDP_SEGMENT), which is what a network card hands over too where it joins datagrams.
void send_datagrams(std::uint16_t port, std::uint64_t total, double bits_per_s, bool joined) {
  const FileDescriptor socket = connected(SOCK_DGRAM, port);
  constexpr std::size_t kAtOnce = 60;
  Bytes bytes(kAtOnce * kUnitBytes, 0x5A);
  if (joined) {
    const int size = static_cast<int>(kUnitBytes);
    if (::setsockopt(socket.get(), IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0) std::perror("UDP_SEGMENT");
  }
  std::array<iovec, kAtOnce> pieces{};
  std::array<mmsghdr, kAtOnce> messages{};
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    pieces[i] = {bytes.data() + i * kUnitBytes, kUnitBytes};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const auto start = SteadyClock::now();
  for (std::uint64_t sent = 0; sent < total; sent += kAtOnce) {
    const double due_s = static_cast<double>(sent * kUnitBytes) * 8 / bits_per_s;
    const double ahead_s = due_s - seconds_since(start);
    if (ahead_s > 0.0005) std::this_thread::sleep_for(std::chrono::duration<double>(ahead_s));
    if (joined) {
      (void)!::send(socket.get(), bytes.data(), bytes.size(), 0);
    } else {
      (void)::sendmmsg(socket.get(), messages.data(), kAtOnce, 0);
    }
  }
}

// Datagrams one by one are sent by two threads: one cannot send faster than the kernel takes them.
void measure_udp(const std::filesystem::path& folder, double gbit_per_s, bool joined) {
  std::filesystem::remove_all(folder);
  Station station(folder);
  const auto source = std::make_shared<UdpSource>(station.io_, station.clock_, source_of(config::SourceKind::udp),
                                                  "station", *station.passes_, *station.incidents_,
                                                  [] { return Unit(link::InputForm::frames, kUnitBytes); });
  if (const auto started = source->start(); !started) return (void)std::puts(started.error().message.c_str());
  constexpr double kDuration_s = 4;
  const unsigned threads = joined ? 1 : 2;
  const auto each = static_cast<std::uint64_t>(gbit_per_s * 1e9 / 8 * kDuration_s / kUnitBytes / threads) / 60 * 60;
  const std::uint64_t total = each * threads;
  std::atomic<std::int64_t> sent_ms = 0;
  const double cpu = cpu_s(RUSAGE_SELF);
  const auto start = SteadyClock::now();
  Senders senders;
  for (unsigned i = 0; i < threads; ++i) {
    senders.add([&] {
      send_datagrams(source->port(), each, gbit_per_s * 1e9 / threads, joined);
      sent_ms = static_cast<std::int64_t>(1000 * seconds_since(start));
    });
  }
  IntakeCounters counters;
  const auto deadline = start + std::chrono::seconds(20);
  station.run_until([&] {
    counters = source->status().intake;
    return counters.messages + counters.dropped_by_kernel + counters.dropped_no_room_messages >= total ||
           SteadyClock::now() > deadline;
  });
  const double senders_s = senders.take_cpu_s();
  const double receiver_s = cpu_s(RUSAGE_SELF) - cpu - senders_s;
  source->stop();
  const double sent_gbit_per_s = static_cast<double>(total * kUnitBytes) * 8 / static_cast<double>(sent_ms) / 1e6;
  fmt::print(
      "udp {:>4} Gbit/s wanted, {:>5.2f} sent, {}: {} of {} recorded, {} dropped by the kernel, {} for lack of "
      "room; {:.2f} GB per second of processor\n",
      gbit_per_s, sent_gbit_per_s, joined ? "joined (GRO)" : "one by one  ", counters.messages, total,
      counters.dropped_by_kernel, counters.dropped_no_room_messages,
      static_cast<double>(counters.messages * kUnitBytes) / receiver_s / 1e9);
}

// Gives seconds.
double measure_tcp(const std::filesystem::path& folder, std::uint64_t total) {
  std::filesystem::remove_all(folder);
  Station station(folder);
  const auto source =
      std::make_shared<TcpListenSource>(station.io_, station.clock_, source_of(config::SourceKind::tcp_listen),
                                        "station", *station.passes_, *station.incidents_);
  if (const auto started = source->start(); !started) {
    std::puts(started.error().message.c_str());
    return 0;
  }
  const double cpu = cpu_s(RUSAGE_SELF);
  const auto start = SteadyClock::now();
  Senders sender;
  sender.add([&] {
    const FileDescriptor socket = connected(SOCK_STREAM, source->port());
    const Bytes bytes(1 << 20, 0x5A);
    for (std::uint64_t sent = 0; sent < total;) {
      const ssize_t count = ::send(socket.get(), bytes.data(), std::min<std::uint64_t>(bytes.size(), total - sent), 0);
      if (count <= 0) return std::perror("send");
      sent += static_cast<std::uint64_t>(count);
    }
    ::shutdown(socket.get(), SHUT_WR);
    Byte end = 0;
    (void)!::recv(socket.get(), &end, 1, 0);
  });
  station.run_until([&] { return !station.passes_->active().empty() && station.passes_->active()[0]->closed(); });
  const double seconds = seconds_since(start);
  station.run_until(
      [&, until = SteadyClock::now() + std::chrono::milliseconds(100)] { return SteadyClock::now() > until; });
  const double sender_s = sender.take_cpu_s();
  const double receiver_s = cpu_s(RUSAGE_SELF) - cpu - sender_s;
  source->stop();
  fmt::print("tcp to a synced recording: {:.2f} GB/s; {:.2f} GB per second of processor\n",
             static_cast<double>(total) / seconds / 1e9, static_cast<double>(total) / receiver_s / 1e9);
  return seconds;
}

// What the disk gives to a program that does nothing else: in seconds.
double measure_disk(const std::filesystem::path& folder, std::uint64_t total) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto path = folder / "plain";
  const FileDescriptor file(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  const Bytes bytes(1 << 20, 0x5A);
  const auto start = SteadyClock::now();
  for (std::uint64_t written = 0; written < total; written += bytes.size()) {
    if (::write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::perror("write");
    if (written % recording::kMostUnsyncedBytes == 0) ::fdatasync(file.get());
  }
  ::fdatasync(file.get());
  const double seconds = seconds_since(start);
  fmt::print("plain write, fdatasync every 8 MiB: {:.2f} GB/s\n", static_cast<double>(total) / seconds / 1e9);
  return seconds;
}

}  // namespace
}  // namespace dl::daemon

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const std::filesystem::path base = argc > 1 ? argv[1] : std::filesystem::temp_directory_path();
  const auto folder = base / fmt::format("ingest-bench-{}", ::getpid());
  constexpr std::uint64_t kTotal = std::uint64_t{2} << 30;
  for (int i = 0; i < 3; ++i) {
    const double plain_s = dl::daemon::measure_disk(folder, kTotal);
    const double tcp_s = dl::daemon::measure_tcp(folder, kTotal);
    fmt::print("recording as fast as plain writing times {:.2f}\n", tcp_s > 0 ? plain_s / tcp_s : 0);
  }
  dl::daemon::measure_udp(folder, 1.5, false);
  dl::daemon::measure_udp(folder, 3, false);
  dl::daemon::measure_udp(folder, 1.5, true);
  dl::daemon::measure_udp(folder, 5, true);
  dl::daemon::measure_udp(folder, 10, true);
  std::filesystem::remove_all(folder);
  return 0;
}
