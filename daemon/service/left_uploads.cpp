#include "daemon/service/left_uploads.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/service/connection.h"
#include "uplink/s3/s3_destination.h"

namespace dl::daemon {
namespace {

// A part that is under way is sent to its end first, however slow the link.
constexpr Seconds kPatience{600};
// One request without a body; a server that takes longer is not there.
constexpr Milliseconds kRequestTimeout{10'000};
constexpr Milliseconds kInterval{100};
constexpr std::size_t kMostOfScene = 10'000;

class Interruptible final : public uplink::HttpTransport {
 public:
  Interruptible(std::unique_ptr<uplink::HttpTransport> transport, const std::function<bool()>& keep_going)
      : transport_(std::move(transport)), keep_going_(keep_going) {}
  Result<uplink::HttpResponse> perform(const uplink::HttpRequest& request,
                                       const uplink::ProgressFn& /*progress*/) override {
    return transport_->perform(request, [this](std::uint64_t) { return keep_going_(); });
  }

 private:
  const std::unique_ptr<uplink::HttpTransport> transport_;
  const std::function<bool()>& keep_going_;
};

Result<bool> was_dropped(spool::JournalAccess& journal, std::int64_t id) {
  DL_TRY(const auto now, journal.call([&](spool::Journal& owned) { return owned.delivery(id); }));
  return now && now->state == spool::DeliveryState::dropped;
}

// Nothing left, or why something may be.
Result<void> give_up(const spool::Delivery& delivery, const Uplink::Destination& destination,
                     const UplinkShared& shared, const std::function<bool()>& keep_going) {
  // A worker that finds its upload gone would begin another one.
  while (destination.engine->is_active(delivery.id) && keep_going()) std::this_thread::sleep_for(kInterval);
  if (!keep_going()) return fail(ErrorKind::cancelled, "there was no time left for it");
  config::Endpoint endpoint = destination.config.endpoint;
  endpoint.connect_timeout = std::min(endpoint.connect_timeout, kRequestTimeout);
  endpoint.stall_timeout = std::min(endpoint.stall_timeout, kRequestTimeout);
  Interruptible transport(make_transport(endpoint, endpoint.url, shared), keep_going);
  const auto signer = make_signer(destination.config, shared);
  const auto outcome =
      uplink::abandon_s3_upload(s3_options(destination.config), delivery, transport, *signer, shared.clock);
  if (outcome.kind == uplink::OutcomeKind::confirmed) return {};
  return fail(ErrorKind::transient, outcome.message);
}

}  // namespace

Result<std::vector<spool::Delivery>> uploads_begun(spool::Journal& journal, const std::vector<std::string>& scene_ids) {
  std::vector<spool::Delivery> begun;
  for (const std::string& scene_id : scene_ids) {
    spool::DeliverySelection selection;
    selection.scene_id = scene_id;
    DL_TRY(auto deliveries, journal.deliveries_after(0, selection, std::nullopt, kMostOfScene));
    std::erase_if(deliveries, [](const auto& delivery) {
      return delivery.session.empty() || delivery.state == spool::DeliveryState::confirmed;
    });
    begun.insert(begun.end(), deliveries.begin(), deliveries.end());
  }
  return begun;
}

void give_up_left_uploads(const std::vector<spool::Delivery>& begun,
                          const std::vector<std::shared_ptr<Uplink::Destination>>& destinations,
                          spool::JournalAccess& journal, const UplinkShared& shared,
                          const std::function<bool()>& keep_going) {
  const SteadyTime deadline = shared.clock.steady_now() + kPatience;
  const std::function<bool()> in_time = [&] { return keep_going() && shared.clock.steady_now() < deadline; };
  for (const auto& delivery : begun) {
    const auto place = std::find_if(destinations.begin(), destinations.end(),
                                    [&](const auto& one) { return one->config.name == delivery.destination; });
    if (place == destinations.end() || (*place)->config.kind != config::DestinationKind::s3) continue;
    const auto dropped = was_dropped(journal, delivery.id);
    if (dropped && !*dropped) continue;
    const auto done = dropped ? give_up(delivery, **place, shared, in_time) : Result<void>(Failure(dropped.error()));
    if (done) {
      log_info(fmt::format("destination '{}': what was uploaded of '{}' is given up", delivery.destination,
                           delivery.object_name));
    } else {
      log_warning(
          fmt::format("destination '{}': parts of '{}', which was dropped, may be left until the bucket's rule "
                      "for incomplete uploads removes them: {}",
                      delivery.destination, delivery.object_name, done.error().message));
    }
  }
}

}  // namespace dl::daemon
