// tests/support/fault_server.py and connect_proxy.py as a C++ test uses them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/uplink/certificates.h"
#include "tests/uplink/child_process.h"
#include "uplink/http/http_client.h"

namespace dl::test {

// One of the Python servers of tests/support: prints its port first and ends with its standard input.
class PythonServer {
 public:
  PythonServer(const std::string& script, std::vector<std::string> arguments)
      : process_(command(script, std::move(arguments))), port_(process_.read_line().value_or("0")) {}
  [[nodiscard]] const std::string& port() const { return port_; }
  // The next line that it says about a request; waits for it.
  std::string line() { return process_.read_line().value_or("ended"); }

 private:
  static std::vector<std::string> command(const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"/usr/bin/python3", std::string(DL_SOURCE_DIRECTORY) + "/tests/support/" + script});
    return arguments;
  }
  ChildProcess process_;
  std::string port_;
};

class FaultServer : public PythonServer {
 public:
  FaultServer() : PythonServer("fault_server.py", {}) {}
  explicit FaultServer(const Certificate& certificate)
      : PythonServer("fault_server.py", {"--certificate", certificate.file, "--key", certificate.key}) {}
  FaultServer(const Certificate& certificate, const std::string& tls_maximum)
      : PythonServer("fault_server.py",
                     {"--certificate", certificate.file, "--key", certificate.key, "--tls-maximum", tls_maximum}) {}
};

// A request body of one letter.
class LettersBody final : public uplink::BodySource {
 public:
  explicit LettersBody(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> read(std::span<Byte> out) override {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_bytes_ - position_));
    std::fill_n(out.begin(), taken, static_cast<Byte>('x'));
    position_ += taken;
    return taken;
  }

 private:
  std::uint64_t size_bytes_;
  std::uint64_t position_ = 0;
};

}  // namespace dl::test
