#include "daemon/service/uplink.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "uplink/bearer_signer.h"
#include "uplink/directory_destination.h"
#include "uplink/event_journal_publisher.h"
#include "uplink/gcs_destination.h"
#include "uplink/http_client.h"
#include "uplink/pubsub_publisher.h"
#include "uplink/scene_event.h"

namespace dl::daemon {
namespace {

std::unique_ptr<uplink::HttpTransport> make_transport(const config::Endpoint& endpoint) {
  uplink::HttpOptions options;
  options.connect_timeout = endpoint.connect_timeout;
  options.stall_timeout = endpoint.stall_timeout;
  options.ca_file = endpoint.ca_file;
  return std::make_unique<uplink::CurlTransport>(std::move(options));
}

uplink::SceneEventOptions event_options(const config::Config& config) {
  uplink::SceneEventOptions options;
  options.station = config.general.station;
  for (const auto& publisher : config.publishers) options.targets.push_back({publisher.name, publisher.ordering});
  for (const auto& destination : config.destinations) {
    options.object_prefixes[destination.name] = destination.object_prefix;
  }
  return options;
}

uplink::RetryPolicy retry_policy(Milliseconds longest) {
  uplink::RetryPolicy policy;
  policy.longest = longest;
  policy.base = std::min(policy.base, longest);
  return policy;
}

}  // namespace

Uplink::Uplink(const config::Config& config, const spool::Layout& layout, spool::JournalService& journal,
               const Clock& clock)
    : clock_(clock) {
  const auto make = [options = event_options(config)](const spool::DeliveredScene& delivered) {
    return uplink::scene_announcements(delivered, options);
  };
  for (const config::Destination& destination : config.destinations) {
    uplink::DeliveryEngineOptions options;
    options.destination = destination.name;
    options.workers = destination.workers;
    options.retry = retry_policy(destination.retry_delay_max);
    destinations_.push_back(
        {destination, std::make_unique<uplink::DeliveryEngine>(options, factory_for(destination), journal, make, clock,
                                                               uplink::system_random())});
  }
  for (const config::Publisher& publisher : config.publishers) {
    uplink::OutboxRelayOptions options;
    options.retry = retry_policy(publisher.retry_delay_max);
    publishers_.push_back({publisher, std::make_unique<uplink::OutboxRelay>(options, make_publisher(publisher, layout),
                                                                            journal, clock, uplink::system_random())});
  }
}

uplink::Credentials& Uplink::credentials_for(const config::Endpoint& endpoint, const std::string& audience) {
  if (endpoint.credentials == config::Credentials::service_account && endpoint.credentials_file) {
    credentials_.push_back(
        std::make_unique<uplink::ServiceAccountCredentials>(*endpoint.credentials_file, audience, clock_));
  } else {
    credentials_.push_back(std::make_unique<uplink::NoCredentials>());
  }
  return *credentials_.back();
}

uplink::DestinationFactory Uplink::factory_for(const config::Destination& destination) {
  if (destination.kind == config::DestinationKind::directory) {
    return [destination] {
      uplink::DirectoryOptions options;
      options.name = destination.name;
      options.path = destination.path;
      options.object_prefix = destination.object_prefix;
      return std::make_unique<uplink::DirectoryDestination>(std::move(options));
    };
  }
  signers_.push_back(std::make_unique<uplink::BearerSigner>(
      credentials_for(destination.endpoint, uplink::audience_of(destination.endpoint.url))));
  return [destination, &signer = *signers_.back(), &clock = clock_] {
    uplink::GcsOptions options;
    options.name = destination.name;
    options.endpoint = destination.endpoint.url;
    options.bucket = destination.bucket;
    options.object_prefix = destination.object_prefix;
    options.upload.chunk_bytes = destination.chunk_size_bytes;
    return uplink::make_gcs_destination(std::move(options), make_transport(destination.endpoint), signer, clock);
  };
}

std::unique_ptr<uplink::EventPublisher> Uplink::make_publisher(const config::Publisher& publisher,
                                                               const spool::Layout& layout) {
  if (publisher.kind == config::PublisherKind::journal) {
    return std::make_unique<uplink::EventJournalPublisher>(publisher.name, layout.events());
  }
  uplink::PubsubOptions options{publisher.name, publisher.endpoint.url, publisher.project, publisher.topic};
  return std::make_unique<uplink::PubsubPublisher>(std::move(options), make_transport(publisher.endpoint),
                                                   credentials_for(publisher.endpoint, uplink::kPubsubAudience),
                                                   clock_);
}

void Uplink::start() {
  for (auto& destination : destinations_) destination.engine->start();
  for (auto& publisher : publishers_) publisher.relay->start();
}

void Uplink::retry_now() {
  for (auto& destination : destinations_) destination.engine->retry_now();
  for (auto& publisher : publishers_) publisher.relay->retry_now();
}

void Uplink::stop(Milliseconds patience) {
  // All at once: one that uses up its patience must not take the others'.
  std::vector<std::thread> stoppers;
  for (auto& destination : destinations_) {
    stoppers.emplace_back([&engine = *destination.engine, patience] { engine.stop(patience); });
  }
  for (auto& publisher : publishers_) {
    stoppers.emplace_back([&relay = *publisher.relay, patience] { relay.stop(patience); });
  }
  for (auto& stopper : stoppers) stopper.join();
}

std::string location_of(const config::Destination& destination) {
  if (destination.kind == config::DestinationKind::directory) return destination.path.string();
  return fmt::format("gs://{}/{}", destination.bucket, destination.object_prefix);
}

std::string location_of(const config::Publisher& publisher, const spool::Layout& layout) {
  if (publisher.kind == config::PublisherKind::journal) return layout.events().string();
  return fmt::format("projects/{}/topics/{}", publisher.project, publisher.topic);
}

}  // namespace dl::daemon
