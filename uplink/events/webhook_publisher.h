// Events to an HTTP address of the operator's: CloudEvents in binary mode, one event in a request.
// Sources: CloudEvents 1.0.2, "HTTP Protocol Binding" and "HTTP 1.1 Web Hooks for Event Delivery" (its sections 2 and
// 3, not the handshake of section 4: the address is the operator's own choice); Standard Webhooks 1.0.0.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "uplink/events/event_publisher.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

struct WebhookOptions {
  std::string name;  // of the configured publisher
  std::string url;   // may hold a token: in no message
  // Without it requests are not signed. Read for every event, so that a change holds at once (webhook_signature.h).
  std::optional<std::filesystem::path> secret_file;
};

class WebhookPublisher final : public EventPublisher {
 public:
  // The clock outlives this. Signatures carry its time and receivers refuse old ones: ServerTime (server_time.h), where
  // there is one.
  WebhookPublisher(WebhookOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock);
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] std::size_t batch_size(std::span<const spool::Announcement> events) const override;
  // 2xx is sent, with no message id. Tried again: 408, 425, 429 and 5xx, each with its Retry-After, redirects
  // (never followed) and what comes of the network. Refused: 401, 403, 404, 410 and a secret or certificate that cannot
  // be used. Every other answer rejects the event, and so do attributes that are none, and an event without data.
  PublishOutcome publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) override;

 private:
  PublishOutcome read_answer(const HttpResponse& response) const;

  WebhookOptions options_;
  std::unique_ptr<HttpTransport> transport_;
  const Clock& clock_;
};

// The headers of an event: Content-Type and ce-*, extensions under their CloudEvents names. Kind corrupt when the
// attributes are not a flat object of strings.
Result<std::vector<HttpHeader>> cloud_event_headers(const std::string& attributes_json);

// HTTP binding, 3.1.3.2: blank, double quote, percent and what is not printable ASCII become %XX.
std::string encode_header_value(std::string_view text);

}  // namespace dl::uplink
