// What a configured destination or publisher is made of: protocol, transport, signer.
#pragma once

#include <filesystem>
#include <memory>

#include "config/config.h"
#include "core/clock.h"
#include "uplink/credentials/credentials.h"
#include "uplink/delivery/delivery_engine.h"
#include "uplink/events/event_publisher.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/server_time.h"
#include "uplink/s3/s3_destination.h"

namespace dl::daemon {

// What all of them share, and what outlives them.
struct UplinkShared {
  uplink::Bandwidth& bandwidth;
  uplink::ServerTimes& server_times;
  const Clock& clock;
};

// The factory keeps what its destinations need. Nothing is opened or asked before it is used: a key that is missing is
// found out by the first delivery, and told as its outcome.
uplink::DestinationFactory destination_factory(const config::Destination& destination, const UplinkShared& shared);

// Of a destination of kind s3.
uplink::S3Options s3_options(const config::Destination& destination);

struct PublisherParts {
  std::shared_ptr<uplink::Credentials> credentials;  // outlive the publisher; null where it has none
  std::unique_ptr<uplink::EventPublisher> publisher;
};
// `events` is the file of the journal publisher.
PublisherParts make_publisher(const config::Publisher& publisher, const std::filesystem::path& events,
                              const UplinkShared& shared);

}  // namespace dl::daemon
