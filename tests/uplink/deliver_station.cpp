// downlinkd's uplink alone, for tests that kill it: delivers everything that a journal has waiting to a bucket and
// announces it in an event journal, then exits 0.
//
//   deliver_station JOURNAL EVENTS ENDPOINT
#include <cstdio>
#include <string>
#include <thread>

#include "core/clock.h"
#include "spool/journal_service.h"
#include "uplink/bearer_signer.h"
#include "uplink/delivery_engine.h"
#include "uplink/event_journal_publisher.h"
#include "uplink/gcs_destination.h"
#include "uplink/outbox_relay.h"
#include "uplink/scene_event.h"

namespace {

using namespace dl;

bool anything_left(spool::JournalService& service) {
  const auto counts = service.call([](spool::Journal& journal) { return journal.counts(); });
  return !counts || counts->scenes_spooled > 0 || counts->announcements_pending > 0;
}

int deliver_all(const std::string& journal, const std::string& events, const std::string& endpoint) {
  const SystemClock clock;
  auto service = spool::JournalService::start(journal, clock);
  if (!service) {
    std::fprintf(stderr, "%s\n", service.error().message.c_str());
    return 1;
  }
  uplink::NoCredentials credentials;
  uplink::BearerSigner signer(credentials);
  uplink::DeliveryEngineOptions options;
  options.destination = "cloud";
  options.retry = {Milliseconds{5}, Milliseconds{50}, Milliseconds{1000}};
  const auto make_destination = [&] {
    uplink::GcsOptions gcs;
    gcs.name = "cloud";
    gcs.endpoint = endpoint;
    gcs.bucket = "scenes";
    gcs.upload.chunk_bytes = uplink::kChunkQuantumBytes;
    return uplink::make_gcs_destination(gcs, std::make_unique<uplink::CurlTransport>(uplink::HttpOptions{}), signer,
                                        clock);
  };
  const uplink::SceneEventOptions event_options{"test", {{"events", false}}, {}};
  uplink::DeliveryEngine engine(
      options, make_destination, **service,
      [&](const spool::DeliveredScene& delivered) { return uplink::scene_announcements(delivered, event_options); },
      clock, uplink::system_random());
  uplink::OutboxRelay relay({options.retry, Seconds{300}},
                            std::make_unique<uplink::EventJournalPublisher>("events", events), **service, clock,
                            uplink::system_random());
  engine.start();
  relay.start();
  while (anything_left(**service)) std::this_thread::sleep_for(Milliseconds{10});
  engine.stop(Milliseconds{1000});
  relay.stop(Milliseconds{1000});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: deliver_station JOURNAL EVENTS ENDPOINT\n");
    return 2;
  }
  return deliver_all(argv[1], argv[2], argv[3]);
}
