#include "daemon/control/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::control {
namespace {

namespace fs = std::filesystem;

class Deadline {
 public:
  explicit Deadline(Milliseconds timeout) : end_(std::chrono::steady_clock::now() + timeout), timeout_(timeout) {}
  // For poll(2): 0 when it has passed. Never less than what is left.
  [[nodiscard]] int left_ms() const {
    const auto left = std::chrono::ceil<Milliseconds>(end_ - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::int64_t{1} << 30));
  }
  [[nodiscard]] Milliseconds timeout() const { return timeout_; }

 private:
  std::chrono::steady_clock::time_point end_;
  Milliseconds timeout_;
};

// What an operator can do about a connect(2) that failed.
Failure connect_failure(const fs::path& socket, int errno_value) {
  const auto name = socket.native();
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return fail(ErrorKind::transient, fmt::format("no control socket '{}': start downlinkd, or name its socket with "
                                                    "--socket or its configuration with --config",
                                                    name));
    case ECONNREFUSED:
      return fail(ErrorKind::transient, fmt::format("nobody listens on control socket '{}': downlinkd has stopped; "
                                                    "start it and look at its log",
                                                    name));
    case EACCES:
      return fail(ErrorKind::config, fmt::format("control socket '{}': permission denied; join the group that the "
                                                 "socket belongs to (usually 'downlinkd')",
                                                 name));
    default:
      return fail_errno(fmt::format("connecting to control socket '{}'", name), errno_value);
  }
}

Failure too_slow(const fs::path& socket, const Deadline& deadline) {
  return fail(ErrorKind::transient, fmt::format("downlinkd did not answer on '{}' within {} ms: it is very busy or "
                                                "stuck; look at its log",
                                                socket.native(), deadline.timeout().count()));
}

Result<void> wait_for(int descriptor, short events, const fs::path& socket, const Deadline& deadline) {
  for (;;) {
    pollfd entry{descriptor, events, 0};
    const int ready = poll(&entry, 1, deadline.left_ms());
    if (ready > 0) return {};
    if (ready == 0) return too_slow(socket, deadline);
    if (errno != EINTR) return fail_errno("waiting for the control socket", errno);
  }
}

Result<FileDescriptor> connect_to(const fs::path& socket, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& name = socket.native();
  if (name.empty() || name.size() >= sizeof(address.sun_path))
    return fail(ErrorKind::config, fmt::format("control socket '{}': expected a path of 1 to {} bytes", name,
                                               sizeof(address.sun_path) - 1));
  std::memcpy(address.sun_path, name.data(), name.size());
  FileDescriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!descriptor.valid()) return fail_errno("making a socket", errno);
  while (connect(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno == EINTR) continue;
    // The listener's queue is full, and the system gives no event for room in it: ask again.
    if (errno != EAGAIN) return connect_failure(socket, errno);
    if (deadline.left_ms() == 0) return too_slow(socket, deadline);
    poll(nullptr, 0, std::min(deadline.left_ms(), 20));
  }
  return descriptor;
}

Result<void> send_line(int descriptor, std::string_view line, const fs::path& socket, const Deadline& deadline) {
  while (!line.empty()) {
    const auto sent = send(descriptor, line.data(), line.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      line.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      DL_CHECK(wait_for(descriptor, POLLOUT, socket, deadline));
    } else if (errno != EINTR) {
      return fail_errno(fmt::format("asking on control socket '{}'", socket.native()), errno);
    }
  }
  return {};
}

Result<std::string> receive_line(int descriptor, const fs::path& socket, const Deadline& deadline) {
  std::string line;
  std::array<char, 64U << 10> buffer{};
  for (;;) {
    DL_CHECK(wait_for(descriptor, POLLIN, socket, deadline));
    const auto received = recv(descriptor, buffer.data(), buffer.size(), 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (received < 0) return fail_errno(fmt::format("reading control socket '{}'", socket.native()), errno);
    if (received == 0)
      return fail(ErrorKind::transient, fmt::format("'{}' was closed before the answer was complete: downlinkd is "
                                                    "stopping or died; look at its log",
                                                    socket.native()));
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(received));
    const auto end = piece.find('\n');
    line += piece.substr(0, end);
    if (line.size() > kAnswerSizeLimitBytes)
      return fail(ErrorKind::exhausted, fmt::format("the answer on '{}' is longer than {} bytes: ask for fewer rows "
                                                    "with --limit",
                                                    socket.native(), kAnswerSizeLimitBytes));
    if (end != std::string_view::npos) return line;
  }
}

Result<std::string> exchange(const fs::path& socket, const std::string& question, Milliseconds timeout) {
  const Deadline deadline(timeout);
  DL_TRY(const FileDescriptor descriptor, connect_to(socket, deadline));
  DL_CHECK(send_line(descriptor.get(), question, socket, deadline));
  return receive_line(descriptor.get(), socket, deadline);
}

tl::unexpected<ClientError> client_error(ClientError::What what, Error error) {
  return tl::unexpected(ClientError{what, std::move(error)});
}

}  // namespace

tl::expected<Report, ClientError> ask(const fs::path& socket, const Request& request, Milliseconds timeout) {
  const auto line = exchange(socket, format_request(request), timeout);
  if (!line) return client_error(ClientError::What::unreachable, line.error());
  auto answer = parse_answer(request.command, *line);
  if (!answer)
    return client_error(ClientError::What::unreachable,
                        answer.error().in(fmt::format("control socket '{}'", socket.native())));
  if (!*answer) return client_error(ClientError::What::refused, (*answer).error());
  return std::move(**answer);
}

}  // namespace dl::control
