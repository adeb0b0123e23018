// A child process with a control socket and its standard error, on the io thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/error.h"
#include "daemon/asio.h"

namespace dl::daemon {

// In the child: the other end of ChildProcess::control().
inline constexpr int kControlDescriptor = 3;

struct ChildExit {
  std::optional<int> code;  // when it exited by itself
  int signal = 0;           // otherwise
};

class ChildProcess {
 public:
  // Starts `program` (a path) with `arguments` behind its name. The child has /dev/null for input and output, our pipe
  // for errors, the control socket, nothing else of ours; it is killed when we die. Kinds: io, exhausted.
  static Result<ChildProcess> start(asio::io_context& io, const std::filesystem::path& program,
                                    const std::vector<std::string>& arguments);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Kills a child that still runs.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  asio::local::stream_protocol::socket& control() { return control_; }
  asio::posix::stream_descriptor& errors() { return errors_; }
  // Nothing when the child has ended.
  void send_signal(int number);
  // Returns when the child has ended. Call once.
  asio::awaitable<ChildExit> wait();

 private:
  explicit ChildProcess(asio::io_context& io) : control_(io), errors_(io), life_(io) {}

  pid_t pid_ = -1;  // -1: ended and reaped
  asio::local::stream_protocol::socket control_;
  asio::posix::stream_descriptor errors_;
  asio::posix::stream_descriptor life_;  // a pidfd: readable when the child has ended
};

}  // namespace dl::daemon
