// downlinkd's uplink alone, for tests that kill it: delivers everything that a journal has waiting for "cloud" and
// announces it in an event journal, then exits 0; exits 3 when all that is left is parked.
//
//   deliver_station JOURNAL EVENTS DESTINATION [options]
//
// DESTINATION is the endpoint of a bucket of Google Cloud Storage ("http://...", bucket "scenes") or a folder.
#include <cstdio>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "core/clock.h"
#include "spool/journal_service.h"
#include "uplink/credentials/bearer_signer.h"
#include "uplink/delivery/delivery_engine.h"
#include "uplink/directory/directory_destination.h"
#include "uplink/events/event_journal_publisher.h"
#include "uplink/events/outbox_relay.h"
#include "uplink/events/scene_event.h"
#include "uplink/gcs/gcs_destination.h"

namespace {

using namespace dl;

enum class Left { work, nothing, parked };

Left what_is_left(spool::JournalService& service) {
  const auto counts = service.call([](spool::Journal& journal) { return journal.counts(); });
  if (!counts || counts->deliveries_queued + counts->deliveries_uploading > 0) return Left::work;
  if (counts->announcements_pending > 0) return Left::work;
  return counts->scenes_spooled > 0 ? Left::parked : Left::nothing;
}

struct Wanted {
  std::string journal;
  std::string events;
  std::string destination;
  std::uint64_t chunk_bytes = uplink::kChunkQuantumBytes;
  unsigned workers = 2;
  std::int64_t connect_ms = 30'000;
  std::int64_t stall_ms = 60'000;
  std::int64_t retry_ms = 50;
};

uplink::DestinationFactory destination_factory(const Wanted& wanted, uplink::RequestSigner& signer,
                                               const Clock& clock) {
  if (!wanted.destination.starts_with("http")) {
    return [&]() -> std::unique_ptr<uplink::Destination> {
      uplink::DirectoryOptions directory;
      directory.name = "cloud";
      directory.path = wanted.destination;
      return std::make_unique<uplink::DirectoryDestination>(directory);
    };
  }
  return [&] {
    uplink::GcsOptions gcs;
    gcs.name = "cloud";
    gcs.endpoint = wanted.destination;
    gcs.bucket = "scenes";
    gcs.upload.chunk_bytes = wanted.chunk_bytes;
    uplink::HttpOptions http;
    http.connect_timeout = Milliseconds{wanted.connect_ms};
    http.stall_timeout = Milliseconds{wanted.stall_ms};
    return uplink::make_gcs_destination(gcs, std::make_unique<uplink::CurlTransport>(http), signer, clock);
  };
}

int deliver_all(const Wanted& wanted) {
  const SystemClock clock;
  auto service = spool::JournalService::start(wanted.journal, clock);
  if (!service) {
    std::fprintf(stderr, "%s\n", service.error().message.c_str());
    return 1;
  }
  uplink::NoCredentials credentials;
  uplink::BearerSigner signer(credentials);
  uplink::DeliveryEngineOptions options;
  options.destination = "cloud";
  options.workers = wanted.workers;
  options.retry = {Milliseconds{5}, Milliseconds{wanted.retry_ms}, Milliseconds{1000}};
  const auto make_destination = destination_factory(wanted, signer, clock);
  const uplink::SceneEventOptions event_options{"test", {{"events", false}}, {}};
  uplink::DeliveryEngine engine(
      options, make_destination, **service,
      [&](const spool::DeliveredScene& delivered) { return uplink::scene_announcements(delivered, event_options); },
      clock, uplink::system_random());
  uplink::OutboxRelay relay({options.retry, Seconds{300}},
                            std::make_unique<uplink::EventJournalPublisher>("events", wanted.events), **service, clock,
                            uplink::system_random());
  engine.start();
  relay.start();
  Left left = Left::work;
  while ((left = what_is_left(**service)) == Left::work) std::this_thread::sleep_for(Milliseconds{10});
  engine.stop(Milliseconds{1000});
  relay.stop(Milliseconds{1000});
  return left == Left::parked ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  CLI::App app("delivers what waits in a journal");
  app.add_option("journal", wanted.journal)->required();
  app.add_option("events", wanted.events)->required();
  app.add_option("destination", wanted.destination)->required();
  app.add_option("--chunk-bytes", wanted.chunk_bytes);
  app.add_option("--workers", wanted.workers);
  app.add_option("--connect-ms", wanted.connect_ms);
  app.add_option("--stall-ms", wanted.stall_ms);
  app.add_option("--retry-ms", wanted.retry_ms);
  CLI11_PARSE(app, argc, argv);
  return deliver_all(wanted);
}
