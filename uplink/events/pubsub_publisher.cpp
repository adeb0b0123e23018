#include "uplink/events/pubsub_publisher.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "uplink/events/pubsub_message.h"
#include "uplink/gcs/gcs_protocol.h"
#include "uplink/http/captive_portal.h"

namespace dl::uplink {
namespace {

PublishOutcome failed(PublishKind kind, std::string message, std::optional<Seconds> after = std::nullopt) {
  return {kind, std::move(message), {}, after};
}

// Retryable ones of Google's error-code page and the Go client: ABORTED (409), DEADLINE_EXCEEDED, INTERNAL,
// RESOURCE_EXHAUSTED, UNAVAILABLE, UNKNOWN, CANCELLED (499). A redirect comes from a portal on the way.
bool is_transient(int status) {
  return status == 408 || status == 409 || status == 429 || status == 499 || status >= 500 ||
         (status >= 300 && status < 400);
}

// "FAILED_PRECONDITION": the canonical code in an error answer.
std::string canonical_code(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_object()) return {};
  const auto code = json["error"].find("status");
  return code != json["error"].end() && code->is_string() ? code->get<std::string>() : std::string{};
}

// Of the topic, the project or our credentials, not of an event. FAILED_PRECONDITION is a 400 too: billing is off, a
// key cannot be used, or this region may not be published in (Google's page "Error codes").
bool is_refusal(const HttpResponse& response) {
  return response.status == 401 || response.status == 403 || response.status == 404 ||
         (response.status == 400 && canonical_code(response.body) == "FAILED_PRECONDITION");
}

}  // namespace

PubsubPublisher::PubsubPublisher(PubsubOptions options, std::unique_ptr<HttpTransport> transport,
                                 Credentials& credentials, const Clock& clock)
    : options_(std::move(options)), transport_(std::move(transport)), credentials_(credentials), clock_(clock) {}

std::size_t PubsubPublisher::batch_size(std::span<const spool::Announcement> events) const {
  std::size_t bytes = kRequestEnvelopeBytes;
  std::size_t count = 0;
  for (const spool::Announcement& event : events) {
    // "All PubsubMessages published in a given PublishRequest must specify the same ordering_key value."
    if (event.ordering_key != events.front().ordering_key || count == kMostMessagesPerRequest) break;
    // One that will be rejected goes alone, so that the others need no second request.
    if (!check_pubsub_limits(event)) return std::max<std::size_t>(count, 1);
    bytes += pubsub_message_bytes(event) + (count > 0 ? 1 : 0);  // with the comma
    if (count > 0 && bytes > kLargestRequestBytes) break;
    ++count;
  }
  return count;
}

PublishOutcome PubsubPublisher::publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) {
  std::string body = R"({"messages":[)";
  for (const spool::Announcement& event : batch) {
    assert(event.ordering_key == batch.front().ordering_key);
    if (const auto fits = check_pubsub_limits(event); !fits) return failed(PublishKind::rejected, fits.error().message);
    if (&event != &batch.front()) body += ',';
    body += pubsub_message(event).value_or("");  // its attributes have just been read
  }
  body += "]}";
  auto response = send(body, keep_going);
  if (response && response->status == 401 && !is_captive_portal(*response, options_.endpoint)) {
    credentials_.invalidate();
    response = send(body, keep_going);
  }
  if (response) return read_answer(*response, batch.size());
  const bool ours_to_mend = response.error().kind == ErrorKind::config;
  return failed(ours_to_mend ? PublishKind::refused : PublishKind::retry_later, response.error().message);
}

Result<HttpResponse> PubsubPublisher::send(const std::string& body, const KeepGoing& keep_going) {
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/v1/projects/{}/topics/{}:publish", options_.endpoint, percent_encode(options_.project),
                            percent_encode(options_.topic));
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  request.purpose = fmt::format("publishing to topic '{}' of project '{}'", options_.topic, options_.project);
  // Ten megabytes take a slow link longer than any answer may: only silence ends it.
  request.bounded = false;
  DL_TRY(std::string authorization, credentials_.authorization());
  if (!authorization.empty()) request.headers.push_back({"Authorization", std::move(authorization)});
  return transport_->perform(request, [&keep_going](std::uint64_t) { return !keep_going || keep_going(); });
}

PublishOutcome PubsubPublisher::read_answer(const HttpResponse& response, std::size_t events) const {
  const auto about = [this](const std::string& what) {
    return fmt::format("publishing to topic '{}' of project '{}': {}", options_.topic, options_.project, what);
  };
  if (is_captive_portal(response, options_.endpoint)) {
    return failed(PublishKind::retry_later,
                  captive_portal_error(fmt::format("publishing to topic '{}'", options_.topic), response).message);
  }
  if (response.status != 200) {
    const ServerError error = parse_server_error(response.body);
    const std::string message = about(fmt::format("the server answered {}: {}", response.status, error.message));
    if (is_transient(response.status) || (response.status == 403 && is_rate_limit(error))) {
      return failed(PublishKind::retry_later, message, retry_after(response, clock_.now()));
    }
    return failed(is_refusal(response) ? PublishKind::refused : PublishKind::rejected, message);
  }
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  PublishOutcome outcome{PublishKind::sent, {}, {}, std::nullopt};
  if (json.is_object() && json.contains("messageIds") && json["messageIds"].is_array()) {
    for (const auto& id : json["messageIds"])
      outcome.message_ids.push_back(id.is_string() ? id.get<std::string>() : "");
  }
  if (outcome.message_ids.size() == events) return outcome;
  // A portal's page, or an answer cut short: what is published again has the same event ids.
  return failed(PublishKind::retry_later,
                about(fmt::format("expected {} message ids, found {}", events, outcome.message_ids.size())));
}

}  // namespace dl::uplink
