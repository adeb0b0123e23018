#include "uplink/events/webhook_publisher.h"

#include <array>
#include <cassert>

#include <fmt/format.h>

#include "uplink/events/cloud_event.h"
#include "uplink/events/webhook_signature.h"
#include "uplink/http/captive_portal.h"

namespace dl::uplink {
namespace {

constexpr std::string_view kCorePrefix = "ce-";

PublishOutcome failed(PublishKind kind, std::string message, std::optional<Seconds> after = std::nullopt) {
  return {kind, std::move(message), {}, after};
}

PublishKind kind_of(int status) {
  constexpr std::array kRefused{401, 403, 404, 410};
  constexpr std::array kTransient{408, 425, 429};
  for (const int code : kRefused) {
    if (status == code) return PublishKind::refused;
  }
  for (const int code : kTransient) {
    if (status == code) return PublishKind::retry_later;
  }
  if (status >= 500 || (status >= 300 && status < 400)) return PublishKind::retry_later;
  return status >= 200 && status < 300 ? PublishKind::sent : PublishKind::rejected;
}

}  // namespace

std::string encode_header_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c <= '~' && c != '"' && c != '%') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<std::vector<HttpHeader>> cloud_event_headers(const std::string& attributes_json) {
  DL_TRY(const Attributes attributes, parse_attributes(attributes_json));
  std::vector<HttpHeader> headers;
  for (const auto& [name, value] : attributes) {
    if (name == "content-type") {
      headers.push_back({"Content-Type", value});
    } else if (name.starts_with(kCorePrefix)) {
      headers.push_back({name, encode_header_value(value)});
    } else if (!value.empty()) {
      // An extension without a value is one that is not there.
      headers.push_back({fmt::format("{}{}", kCorePrefix, extension_name(name)), encode_header_value(value)});
    }
  }
  return headers;
}

WebhookPublisher::WebhookPublisher(WebhookOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock)
    : options_(std::move(options)), transport_(std::move(transport)), clock_(clock) {}

std::size_t WebhookPublisher::batch_size(std::span<const spool::Announcement> events) const {
  return events.empty() ? 0 : 1;
}

PublishOutcome WebhookPublisher::publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) {
  assert(batch.size() == 1);
  const spool::Announcement& event = batch.front();
  // "Requests without payloads [...] are not permitted" (CloudEvents web hooks, 2.1).
  if (event.payload.empty()) {
    return failed(PublishKind::rejected, fmt::format("event '{}' has no data for a webhook", event.event_id));
  }
  auto headers = cloud_event_headers(event.attributes_json);
  if (!headers) return failed(PublishKind::rejected, headers.error().message);
  HttpRequest request;
  request.method = "POST";
  request.url = options_.url;
  request.headers = *std::move(headers);
  request.body = event.payload;
  request.purpose = fmt::format("posting to webhook '{}'", options_.name);
  request.bounded = false;  // an item may be a megabyte, and the link slow: only silence ends it
  if (options_.secret_file) {
    const auto secrets = read_webhook_secrets(*options_.secret_file);
    if (!secrets) return failed(PublishKind::refused, secrets.error().message);
    const UtcTime now = clock_.now();
    request.headers.push_back({"webhook-id", event.event_id});
    request.headers.push_back({"webhook-timestamp", webhook_timestamp(now)});
    request.headers.push_back({"webhook-signature", webhook_signature(*secrets, event.event_id, now, event.payload)});
  }
  const auto response =
      transport_->perform(request, [&keep_going](std::uint64_t) { return !keep_going || keep_going(); });
  if (response) return read_answer(*response);
  const bool ours_to_mend = response.error().kind == ErrorKind::config;
  return failed(ours_to_mend ? PublishKind::refused : PublishKind::retry_later, response.error().message);
}

PublishOutcome WebhookPublisher::read_answer(const HttpResponse& response) const {
  const std::string purpose = fmt::format("posting to webhook '{}'", options_.name);
  // Over https the certificate says who answers, and receivers may have pages of their own. Over http it may be
  // somebody on the way, who has a page for everything.
  if (options_.url.starts_with("http:") && is_captive_portal(response, options_.url)) {
    return failed(PublishKind::retry_later, captive_portal_error(purpose, response).message);
  }
  const PublishKind kind = kind_of(response.status);
  if (kind != PublishKind::sent) {
    return failed(kind, fmt::format("{}: the receiver answered {}", purpose, response.status),
                  retry_after(response, clock_.now()));
  }
  return {PublishKind::sent, {}, {std::string{}}, std::nullopt};
}

}  // namespace dl::uplink
