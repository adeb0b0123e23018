// tests/support/pubsub_double.py as a C++ test uses it, with one topic and one subscription.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/uplink/child_process.h"
#include "uplink/http/http_client.h"

namespace dl::test {

struct PublishedMessage {
  std::string ce_id;
  std::string ordering_key;
  std::string data;
  std::map<std::string, std::string> attributes;
};

struct PublishRequest {
  std::size_t messages = 0;
  std::size_t body_bytes = 0;
  int status = 0;
};

class PubsubDouble {
 public:
  PubsubDouble();
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  [[nodiscard]] static std::string project() { return "p"; }
  [[nodiscard]] static std::string topic() { return "scenes"; }

  // A JSON list, see the script's own description.
  void fault(const std::string& faults_json);
  void heal();
  void settings(const std::string& settings_json);
  // As a kill of Google's emulator does: topics and messages are gone.
  void forget();
  void create_topic();
  void delete_topic();
  // All that was published, in order.
  std::vector<PublishedMessage> messages();
  // Publish requests only.
  std::vector<PublishRequest> requests();

 private:
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {});

  ChildProcess process_;
  std::string endpoint_;
  uplink::CurlTransport transport_;
};

}  // namespace dl::test
