#include "tools/downlink-sim/sle_provider.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <cerrno>

#include <fmt/format.h>

#include "tools/downlink-sim/sle_session.h"

namespace dl::sim {
namespace {

constexpr int kPollMs = 20;
constexpr int kBacklog = 16;

Result<sockaddr_in> address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) return address;
  return fail(ErrorKind::config, fmt::format("expected an IPv4 address to listen at, found '{}'", host));
}

}  // namespace

SleProvider::SleProvider(std::vector<SleFrame> frames, SleProviderOptions options)
    : frames_(std::move(frames)), options_(std::move(options)) {}

SleProvider::~SleProvider() {
  stop();
}

Result<void> SleProvider::start() {
  DL_TRY(sockaddr_in address, address_of(options_.host, options_.port));
  listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!listener_.valid() || ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), kBacklog) != 0 ||
      ::getsockname(listener_.get(), generic, &length) != 0) {
    return fail_errno(fmt::format("cannot listen at {} port {}", options_.host, options_.port), errno);
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
  return {};
}

void SleProvider::stop() {
  stopping_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  for (std::thread& session : sessions_) session.join();
  sessions_.clear();
  listener_.reset();
}

SleCounts SleProvider::counts() const {
  const std::lock_guard lock(shared_.mutex);
  return shared_.counts;
}

void SleProvider::accept_all() {
  while (!stopping_) {
    pollfd poll{listener_.get(), POLLIN, 0};
    if (::poll(&poll, 1, kPollMs) <= 0) continue;
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) continue;
    {
      const std::lock_guard lock(shared_.mutex);
      ++shared_.counts.connections;
    }
    auto session = std::make_shared<SleProviderSession>(*this, std::move(socket));
    sessions_.emplace_back([session = std::move(session)]() mutable {
      session->run();
      // Closes the socket here, not when the provider stops.
      session.reset();
    });
  }
}

}  // namespace dl::sim
