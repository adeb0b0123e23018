#include "daemon/supervisor/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>

#include "core/file.h"

extern char** environ;

namespace dl::daemon {
namespace {

constexpr int kCannotExecute = 127;

struct ChildEnds {
  int input, errors, control;
};

// Between fork and exec: async-signal-safe calls only, for other threads' locks stay locked here for ever.
[[noreturn]] void become(const char* program, char* const* arguments, const ChildEnds& ends, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotExecute);
  // When memory runs out, the one that can be started again goes first.
  if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY); score >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(score, "500", 3);
  }
  // Our handlers write to a pipe that we share with the parent: it would take a signal to us for its own.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // All four descriptors are above 3, so that no copy overwrites one that is still needed.
  ::dup2(ends.input, 0);
  ::dup2(ends.input, 1);
  ::dup2(ends.errors, 2);
  ::dup2(ends.control, kControlDescriptor);
  ::close_range(kControlDescriptor + 1, ~0U, 0);
  ::execve(program, arguments, environ);
  static constexpr char kMessage[] = "cannot execute the program\n";
  [[maybe_unused]] const ssize_t written = ::write(2, kMessage, sizeof kMessage - 1);
  ::_exit(kCannotExecute);
}

// Moves a descriptor above those that the child's own will have.
Result<FileDescriptor> lift(int descriptor) {
  FileDescriptor low(descriptor);
  const int high = ::fcntl(low.get(), F_DUPFD_CLOEXEC, kControlDescriptor + 1);
  if (high < 0) return fail_errno("cannot copy a descriptor", errno);
  return FileDescriptor(high);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(asio::io_context& io, const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
  FileDescriptor errors_ours(pipe_ends[0]);
  DL_TRY(const FileDescriptor errors_theirs, lift(pipe_ends[1]));
  std::array<int, 2> socket_ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket_ends.data()) != 0) {
    return fail_errno("cannot make a socket pair", errno);
  }
  FileDescriptor control_ours(socket_ends[0]);
  DL_TRY(const FileDescriptor control_theirs, lift(socket_ends[1]));
  DL_TRY(FileDescriptor null_low, open_file("/dev/null", O_RDWR));
  DL_TRY(const FileDescriptor null, lift(null_low.release()));

  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = ::getpid();
  // No signal is handled in the child before it has become the program.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int fork_errno = errno;
  if (pid == 0)
    become(program.c_str(), pointers.data(), {null.get(), errors_theirs.get(), control_theirs.get()}, parent);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno(fmt::format("cannot start '{}'", program.string()), fork_errno);

  ChildProcess child(io);
  child.pid_ = pid;
  // Not by glibc's name: the header of 2.36 does not declare it as C.
  const auto life = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (life < 0) return fail_errno("cannot watch the child process", errno);
  error_code error;
  child.life_.assign(life, error);
  if (!error) child.errors_.assign(errors_ours.release(), error);
  if (!error) child.control_.assign(asio::local::stream_protocol(), control_ours.release(), error);
  if (error) return fail(ErrorKind::io, fmt::format("cannot talk to '{}': {}", program.string(), error.message()));
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      control_(std::move(other.control_)),
      errors_(std::move(other.errors_)),
      life_(std::move(other.life_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::send_signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

asio::awaitable<ChildExit> ChildProcess::wait() {
  error_code error;
  co_await life_.async_wait(asio::posix::stream_descriptor::wait_read,
                            asio::redirect_error(asio::use_awaitable, error));
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  ChildExit exit;
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  co_return exit;
}

}  // namespace dl::daemon
