// A server of tests/support/ that a test starts and ends, and the proxy that breaks what goes to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/uplink/child_process.h"
#include "uplink/http/http_client.h"

namespace dl::test {

// A script that says on its first line, in JSON, how it can be reached, and ends with its stdin.
class SupportServer {
 public:
  explicit SupportServer(const std::string& script, const std::vector<std::string>& arguments = {});
  ~SupportServer();  // waits until it has cleared up

  // False when it is not installed; the script has said what is missing on stderr.
  [[nodiscard]] bool available() const { return !first_line_.empty(); }
  // A text of the first line.
  [[nodiscard]] std::string value(const std::string& name) const;

 private:
  ChildProcess process_;
  std::string first_line_;
};

struct ProxiedRequest {
  std::string method;
  std::string target;  // path and query
  std::uint64_t body_bytes = 0;
  int status = 0;  // 0: never answered
};

// tests/support/fault_proxy.py in front of `upstream` ("http://127.0.0.1:PORT").
class FaultProxy {
 public:
  explicit FaultProxy(const std::string& upstream);

  [[nodiscard]] std::string endpoint() const { return server_.value("endpoint"); }
  // A JSON list, see the script's own description.
  void fault(const std::string& faults_json);
  [[nodiscard]] std::size_t faults_left();
  void forget_faults();
  std::vector<ProxiedRequest> requests();
  void forget_requests();

 private:
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {});

  SupportServer server_;
  uplink::CurlTransport transport_;
};

}  // namespace dl::test
