// The configured destinations and publishers, as running engines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/service/announcer.h"
#include "daemon/service/uplink_parts.h"
#include "spool/journal_service.h"
#include "spool/layout.h"
#include "uplink/credentials/credentials.h"
#include "uplink/delivery/delivery_engine.h"
#include "uplink/events/outbox_relay.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/server_time.h"

namespace dl::daemon {

// Lives on the io thread, but for what says otherwise.
class Uplink {
 public:
  struct Destination {
    config::Destination config;
    std::unique_ptr<uplink::DeliveryEngine> engine;
  };
  struct Publisher {
    config::Publisher config;
    std::shared_ptr<uplink::Credentials> credentials;
    std::unique_ptr<uplink::OutboxRelay> relay;
  };
  // What has to end and to begin for a configuration to be in force.
  struct Change {
    std::vector<std::shared_ptr<Destination>> ended, begun;
    std::vector<std::shared_ptr<Publisher>> ended_publishers, begun_publishers;

    // Blocks: what ends may take `patience`, and what begins asks the journal. On any thread.
    void carry_out(Milliseconds patience);
  };

  // Journal service, announcer and clock outlive this.
  Uplink(const spool::Layout& layout, spool::JournalService& journal, const Announcer& announcer, const Clock& clock);

  // From now on the lists are those of `config`; what is as it was goes on undisturbed. Nothing new works before the
  // change is carried out.
  Change configure(const config::Config& config);

  // Whatever waits is tried at once.
  void retry_now();
  // Something was held, released or given another priority.
  void recheck();
  // Also what is configured later.
  void allow(uplink::Sending sending);
  // Blocks for at most about `patience`, the same for all of them. On any thread, when no other change is under way.
  void stop(Milliseconds patience);

  [[nodiscard]] const std::vector<std::shared_ptr<Destination>>& destinations() const { return destinations_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Publisher>>& publishers() const { return publishers_; }
  [[nodiscard]] uplink::Bandwidth& bandwidth() { return bandwidth_; }
  [[nodiscard]] UplinkShared shared() { return {bandwidth_, server_times_, clock_}; }
  [[nodiscard]] const uplink::ServerTimes& server_times() const { return server_times_; }

 private:
  std::shared_ptr<Destination> make(const config::Destination& config);
  std::shared_ptr<Publisher> make(const config::Publisher& config);

  const spool::Layout layout_;
  spool::JournalService& journal_;
  const Announcer& announcer_;
  const Clock& clock_;
  uplink::Bandwidth bandwidth_;  // of all of them together
  uplink::ServerTimes server_times_;
  uplink::Sending sending_ = uplink::Sending::everything;
  std::vector<std::shared_ptr<Destination>> destinations_;
  std::vector<std::shared_ptr<Publisher>> publishers_;
};

// "gs://bucket/prefix", "projects/P/topics/T", or a path: for people.
std::string location_of(const config::Destination& destination);
std::string location_of(const config::Publisher& publisher, const spool::Layout& layout);

}  // namespace dl::daemon
