#include "tests/simulation/simulated_topic.h"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/bytes.h"
#include "tests/simulation/simulated_bucket.h"

namespace dl::simulation {
namespace {

constexpr std::size_t kLargestRequestBytes = 10'000'000;
constexpr std::size_t kMostMessages = 1000;
constexpr std::size_t kMostAttributes = 100;

bool attributes_fit(const SimulatedTopic::Message& message) {
  if (message.attributes.size() > kMostAttributes || message.ordering_key.size() > 1024) return false;
  for (const auto& [key, value] : message.attributes) {
    if (key.empty() || key.size() > 256 || value.size() > 1024 || key.starts_with("goog")) return false;
  }
  return !message.data.empty() || !message.attributes.empty();
}

}  // namespace

uplink::HttpResponse SimulatedTopic::handle(const uplink::HttpRequest& request, std::string_view body) {
  if (request.url != fmt::format("{}/v1/projects/station/topics/scenes:publish", kEndpoint)) {
    return error_answer(404, "Resource not found", "NOT_FOUND");
  }
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const bool readable = json.is_object() && json.contains("messages") && json["messages"].is_array();
  if (!readable || body.size() > kLargestRequestBytes || json["messages"].size() > kMostMessages) {
    trace_.violation("a publish request that Pub/Sub does not take");
    return error_answer(400, "Invalid", "INVALID_ARGUMENT");
  }
  std::vector<Message> messages;
  for (const auto& each : json["messages"]) {
    Message message;
    if (each.contains("attributes")) message.attributes = each["attributes"].get<std::map<std::string, std::string>>();
    if (each.contains("data")) message.data = each["data"].get<std::string>();
    message.ordering_key = each.value("orderingKey", "");
    const bool same_key = messages.empty() || messages.front().ordering_key == message.ordering_key;
    if (!same_key || !attributes_fit(message)) {
      trace_.violation("a message that Pub/Sub does not take");
      return error_answer(400, "Invalid", "INVALID_ARGUMENT");
    }
    messages.push_back(std::move(message));
  }
  nlohmann::json ids = nlohmann::json::array();
  for (const Message& message : messages) {
    ids.push_back(std::to_string(next_id_++));
    if (on_message) on_message(message);
  }
  return {200, {{"content-type", "application/json"}}, nlohmann::json{{"messageIds", std::move(ids)}}.dump()};
}

}  // namespace dl::simulation
