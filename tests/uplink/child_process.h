// A program that a test starts and ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace dl::test {

// Its stdin is a pipe whose other end closes when this object goes, or when the test dies; its stdout is a pipe too.
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ~ChildProcess();  // kill() if it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next line of its stdout without the newline; nullopt at the end.
  std::optional<std::string> read_line();
  void write_line(const std::string& line) const;
  void signal(int number) const;
  void kill();  // SIGKILL, and waits
  int wait();   // its exit status; 128 + signal when one ended it
  void close_stdin();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int to_stdin_ = -1;
  int from_stdout_ = -1;
};

}  // namespace dl::test
