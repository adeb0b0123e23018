#include "daemon/service/uplink.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace dl::daemon {
namespace {

uplink::RetryPolicy retry_policy(Milliseconds longest) {
  uplink::RetryPolicy policy;
  policy.longest = longest;
  policy.base = std::min(policy.base, longest);
  return policy;
}

// Takes from `running` what `wanted` says too, and makes the rest; what is left in `running` is not wanted any more.
template <class Running, class Wanted, class Make>
std::vector<std::shared_ptr<Running>> keep_or_make(std::vector<std::shared_ptr<Running>>& running,
                                                   const std::vector<Wanted>& wanted, const Make& make,
                                                   std::vector<std::shared_ptr<Running>>& begun) {
  std::vector<std::shared_ptr<Running>> result;
  for (const Wanted& config : wanted) {
    const auto same =
        std::find_if(running.begin(), running.end(), [&](const auto& one) { return one->config == config; });
    if (same != running.end()) {
      result.push_back(std::move(*same));
      running.erase(same);
      continue;
    }
    begun.push_back(make(config));
    result.push_back(begun.back());
  }
  return result;
}

}  // namespace

Uplink::Uplink(const spool::Layout& layout, spool::JournalService& journal, const Announcer& announcer,
               const Clock& clock)
    : layout_(layout),
      journal_(journal),
      announcer_(announcer),
      clock_(clock),
      bandwidth_(clock),
      server_times_(clock) {}

Uplink::Change Uplink::configure(const config::Config& config) {
  Change change;
  auto destinations = keep_or_make(
      destinations_, config.destinations, [this](const auto& one) { return make(one); }, change.begun);
  auto publishers = keep_or_make(
      publishers_, config.publishers, [this](const auto& one) { return make(one); }, change.begun_publishers);
  change.ended = std::exchange(destinations_, std::move(destinations));
  change.ended_publishers = std::exchange(publishers_, std::move(publishers));
  return change;
}

std::shared_ptr<Uplink::Destination> Uplink::make(const config::Destination& config) {
  uplink::DeliveryEngineOptions options;
  options.destination = config.name;
  options.workers = config.workers;
  options.retry = retry_policy(config.retry_delay_max);
  const auto announce = [this](const spool::DeliveredScene& delivered) { return announcer_.scene(delivered); };
  auto destination = std::make_shared<Destination>();
  destination->config = config;
  destination->engine = std::make_unique<uplink::DeliveryEngine>(options, destination_factory(config, shared()),
                                                                 journal_, announce, clock_, uplink::system_random());
  destination->engine->allow(sending_);
  return destination;
}

std::shared_ptr<Uplink::Publisher> Uplink::make(const config::Publisher& config) {
  uplink::OutboxRelayOptions options;
  options.retry = retry_policy(config.retry_delay_max);
  auto publisher = std::make_shared<Publisher>();
  publisher->config = config;
  auto parts = make_publisher(config, layout_.events(), shared());
  publisher->credentials = std::move(parts.credentials);
  publisher->relay = std::make_unique<uplink::OutboxRelay>(options, std::move(parts.publisher), journal_, clock_,
                                                           uplink::system_random());
  return publisher;
}

void Uplink::Change::carry_out(Milliseconds patience) {
  // All at once: one that uses up its patience must not take the others'.
  std::vector<std::thread> stoppers;
  for (const auto& one : ended) {
    stoppers.emplace_back([&engine = *one->engine, patience] { engine.stop(patience); });
  }
  for (const auto& one : ended_publishers) {
    stoppers.emplace_back([&relay = *one->relay, patience] { relay.stop(patience); });
  }
  for (auto& stopper : stoppers) stopper.join();
  for (const auto& one : begun) one->engine->start();
  for (const auto& one : begun_publishers) one->relay->start();
}

void Uplink::retry_now() {
  for (const auto& destination : destinations_) destination->engine->retry_now();
  for (const auto& publisher : publishers_) publisher->relay->retry_now();
}

void Uplink::recheck() {
  for (const auto& destination : destinations_) destination->engine->recheck();
}

void Uplink::allow(uplink::Sending sending) {
  sending_ = sending;
  for (const auto& destination : destinations_) destination->engine->allow(sending);
}

void Uplink::stop(Milliseconds patience) {
  Change change;
  change.ended = destinations_;
  change.ended_publishers = publishers_;
  change.carry_out(patience);
}

std::string location_of(const config::Destination& destination) {
  const auto with_prefix = [&](std::string place) {
    return destination.object_prefix.empty() ? place : fmt::format("{}/{}", place, destination.object_prefix);
  };
  switch (destination.kind) {
    case config::DestinationKind::directory:
      return with_prefix(destination.path.string());
    case config::DestinationKind::gcs:
      return with_prefix(fmt::format("gs://{}", destination.bucket));
    case config::DestinationKind::s3:
      return with_prefix(fmt::format("s3://{}", destination.bucket));
    case config::DestinationKind::azure:
      return with_prefix(fmt::format("{}/{}", destination.endpoint.url, destination.container));
    case config::DestinationKind::sftp:
      return with_prefix(
          fmt::format("sftp://{}@{}:{}/{}", destination.user, destination.host, destination.port, destination.folder));
  }
  return "";
}

std::string location_of(const config::Publisher& publisher, const spool::Layout& layout) {
  switch (publisher.kind) {
    case config::PublisherKind::journal:
      return layout.events().string();
    case config::PublisherKind::pubsub:
      return fmt::format("projects/{}/topics/{}", publisher.project, publisher.topic);
    case config::PublisherKind::webhook:
      // A token may stand in the query.
      return publisher.url.substr(0, publisher.url.find('?'));
  }
  return "";
}

}  // namespace dl::daemon
