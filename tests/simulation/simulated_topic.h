// A topic of Google Cloud Pub/Sub as a publisher meets it, in memory. Written from the facts ("uplink", section 1.6).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tests/simulation/faults.h"
#include "uplink/http/http_client.h"

namespace dl::simulation {

class SimulatedTopic {
 public:
  static constexpr const char* kEndpoint = "https://pubsub.test";

  struct Message {
    std::map<std::string, std::string> attributes;
    std::string data;
    std::string ordering_key;
  };

  explicit SimulatedTopic(Trace& trace) : trace_(trace) {}
  // Called for every message that a subscriber would get, copies included.
  std::function<void(const Message&)> on_message;

  uplink::HttpResponse handle(const uplink::HttpRequest& request, std::string_view body);

 private:
  Trace& trace_;
  std::uint64_t next_id_ = 1;
};

}  // namespace dl::simulation
