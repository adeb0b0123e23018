// tests/support/gcs_double.py as a C++ test uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/uplink/child_process.h"
#include "uplink/http/http_client.h"

namespace dl::test {

struct DoubleRequest {
  std::string kind;  // "initiate", "data", "query", ...
  std::string path;  // with the query
  std::string content_range;
  std::uint64_t body_bytes = 0;
  int status = 0;
  bool authorized = false;
};

class GcsDouble {
 public:
  explicit GcsDouble(std::vector<std::string> more_arguments = {});

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  // A JSON list, see the script's own description.
  void fault(const std::string& faults_json);
  void settings(const std::string& settings_json);
  void advance_clock(std::int64_t seconds);
  void put_object(const std::string& bucket, const std::string& name, const std::string& content);
  std::vector<DoubleRequest> requests();
  void forget_requests();
  std::size_t faults_left();
  // A "retry test" of Google's storage testbench; its id for the header x-retry-test-id. `instructions_json` is
  // {"storage.objects.insert": ["return-503", ...]}.
  std::string begin_retry_test(const std::string& instructions_json);
  bool retry_test_completed(const std::string& id);  // every instruction has struck
  std::size_t objects();
  // The content of an object, nullopt when there is none.
  std::optional<std::string> object(const std::string& bucket, const std::string& name);

 private:
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {});

  ChildProcess process_;
  std::string endpoint_;
  uplink::CurlTransport transport_;
};

// SOURCE/tests/support/<name>
std::string support_script(const std::string& name);

}  // namespace dl::test
