// Google Cloud Pub/Sub over REST.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "uplink/credentials/credentials.h"
#include "uplink/events/event_publisher.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

struct PubsubOptions {
  std::string name;      // of the configured publisher
  std::string endpoint;  // "https://europe-west1-pubsub.googleapis.com", no slash at the end
  std::string project;
  std::string topic;
};

// Tokens for every region are made out to the service, not to the regional endpoint.
inline constexpr const char* kPubsubAudience = "https://pubsub.googleapis.com/";

class PubsubPublisher final : public EventPublisher {
 public:
  // Clock and credentials outlive this.
  PubsubPublisher(PubsubOptions options, std::unique_ptr<HttpTransport> transport, Credentials& credentials,
                  const Clock& clock);
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] std::size_t batch_size(std::span<const spool::Announcement> events) const override;
  // The limits of Pub/Sub are checked before anything is sent (pubsub_message.h).
  PublishOutcome publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) override;

 private:
  Result<HttpResponse> send(const std::string& body, const KeepGoing& keep_going);
  PublishOutcome read_answer(const HttpResponse& response, std::size_t events) const;

  PubsubOptions options_;
  std::unique_ptr<HttpTransport> transport_;
  Credentials& credentials_;
  const Clock& clock_;
};

}  // namespace dl::uplink
