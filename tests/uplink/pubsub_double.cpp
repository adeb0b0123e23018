#include "tests/uplink/pubsub_double.h"

#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "tests/uplink/gcs_double.h"

namespace dl::test {
namespace {

using Json = nlohmann::json;

constexpr const char* kTopic = "projects/p/topics/scenes";

uplink::HttpOptions options() {
  uplink::HttpOptions made;
  made.response_limit_bytes = 256U << 20;
  return made;
}

}  // namespace

PubsubDouble::PubsubDouble()
    : process_({"/usr/bin/python3", support_script("pubsub_double.py"), "--topic", kTopic, "--exit-on-stdin-eof"}),
      endpoint_("http://127.0.0.1:" + process_.read_line().value_or("0")),
      transport_(options()) {}

std::string PubsubDouble::ask(const std::string& method, const std::string& path, const std::string& body) {
  uplink::HttpRequest request;
  request.method = method;
  request.url = endpoint_ + path;
  request.body = body;
  request.purpose = "asking the double for " + path;
  auto response = transport_.perform(request, {});
  if (!response) return response.error().message;
  return response->status < 300 ? response->body : "status " + std::to_string(response->status);
}

void PubsubDouble::fault(const std::string& faults_json) {
  ask("POST", "/_double/faults", faults_json);
}
void PubsubDouble::heal() {
  ask("DELETE", "/_double/faults");
}
void PubsubDouble::settings(const std::string& settings_json) {
  ask("POST", "/_double/settings", settings_json);
}
void PubsubDouble::forget() {
  ask("POST", "/_double/forget");
}
void PubsubDouble::create_topic() {
  ask("PUT", std::string("/v1/") + kTopic, "{}");
}
void PubsubDouble::delete_topic() {
  ask("DELETE", std::string("/v1/") + kTopic);
}

std::vector<PublishedMessage> PubsubDouble::messages() {
  std::vector<PublishedMessage> found;
  for (const Json& row : Json::parse(ask("GET", "/_double/messages"))) {
    PublishedMessage message;
    message.attributes = row["attributes"];
    message.ce_id = row["attributes"].value("ce-id", "");
    message.ordering_key = row["orderingKey"];
    message.data = as_text(base64_decode(row["data_base64"].get<std::string>()).value());
    found.push_back(std::move(message));
  }
  return found;
}

std::vector<PublishRequest> PubsubDouble::requests() {
  std::vector<PublishRequest> seen;
  for (const Json& row : Json::parse(ask("GET", "/_double/requests"))) {
    if (row["kind"] == "publish") seen.push_back({row["messages"], row["body_bytes"], row["status"]});
  }
  return seen;
}

}  // namespace dl::test
