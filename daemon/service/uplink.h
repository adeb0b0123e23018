// The configured destinations and publishers, as running engines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "spool/journal_service.h"
#include "spool/layout.h"
#include "uplink/credentials.h"
#include "uplink/delivery_engine.h"
#include "uplink/outbox_relay.h"
#include "uplink/request_signer.h"

namespace dl::daemon {

class Uplink {
 public:
  // Journal service and clock outlive this. Nothing runs before start().
  Uplink(const config::Config& config, const spool::Layout& layout, spool::JournalService& journal, const Clock& clock);

  void start();
  // Whatever waits is tried at once.
  void retry_now();
  // Blocks for at most about `patience`, the same for all of them.
  void stop(Milliseconds patience);

  struct Destination {
    config::Destination config;
    std::unique_ptr<uplink::DeliveryEngine> engine;
  };
  struct Publisher {
    config::Publisher config;
    std::unique_ptr<uplink::OutboxRelay> relay;
  };
  [[nodiscard]] const std::vector<Destination>& destinations() const { return destinations_; }
  [[nodiscard]] const std::vector<Publisher>& publishers() const { return publishers_; }

 private:
  uplink::Credentials& credentials_for(const config::Endpoint& endpoint, const std::string& audience);
  uplink::DestinationFactory factory_for(const config::Destination& destination);
  std::unique_ptr<uplink::EventPublisher> make_publisher(const config::Publisher& publisher,
                                                         const spool::Layout& layout);

  const Clock& clock_;
  std::vector<std::unique_ptr<uplink::Credentials>> credentials_;  // outlive what uses them, like the signers
  std::vector<std::unique_ptr<uplink::RequestSigner>> signers_;
  std::vector<Destination> destinations_;
  std::vector<Publisher> publishers_;
};

// "gs://bucket/prefix", "projects/P/topics/T", or a path: for people.
std::string location_of(const config::Destination& destination);
std::string location_of(const config::Publisher& publisher, const spool::Layout& layout);

}  // namespace dl::daemon
