#include "daemon/service/unconfigured.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/log.h"

namespace dl::daemon {
namespace {

constexpr const char* kDestinationKind = "destination_not_configured";
constexpr const char* kPublisherKind = "publisher_not_configured";

std::uint64_t open_work(const spool::QueueCounts& counts) {
  return counts.queued + counts.uploading + counts.parked;
}

Result<void> open(spool::Journal& journal, const std::string& kind, const std::string& name, const std::string& message,
                  const std::string& action) {
  DL_TRY(const bool is_new, journal.open_incident(kind, name, message, action));
  if (is_new) log_warning(fmt::format("incident '{}' about '{}': {}; {}", kind, name, message, action));
  return {};
}

Result<void> close_others(spool::Journal& journal, const std::string& kind, const Queues& strangers) {
  constexpr std::size_t kMost = 10'000;
  DL_TRY(const auto incidents, journal.incidents(/*open_only=*/true, kMost));
  for (const spool::Incident& incident : incidents) {
    if (incident.kind != kind || strangers.contains(incident.subject)) continue;
    DL_CHECK(journal.close_incident(kind, incident.subject));
    log_info(fmt::format("incident '{}' about '{}' is over", kind, incident.subject));
  }
  return {};
}

}  // namespace

Queues unconfigured(Queues queues, const std::vector<std::string>& configured) {
  std::erase_if(queues, [&](const auto& queue) {
    return open_work(queue.second) == 0 || std::ranges::find(configured, queue.first) != configured.end();
  });
  return queues;
}

Result<void> report_unconfigured(spool::Journal& journal, const std::vector<std::string>& destinations,
                                 const std::vector<std::string>& publishers) {
  DL_TRY(auto deliveries, journal.delivery_counts());
  const Queues lost_destinations = unconfigured(std::move(deliveries), destinations);
  for (const auto& [name, counts] : lost_destinations) {
    DL_CHECK(
        open(journal, kDestinationKind, name,
             fmt::format("{} deliveries wait for destination '{}', which is not configured", open_work(counts), name),
             "configure a destination of that name again, and reload; it may lead to where another one does: "
             "what is there already is not stored twice"));
  }
  DL_CHECK(close_others(journal, kDestinationKind, lost_destinations));
  DL_TRY(auto announcements, journal.announcement_counts());
  const Queues lost_publishers = unconfigured(std::move(announcements), publishers);
  for (const auto& [name, counts] : lost_publishers) {
    DL_CHECK(
        open(journal, kPublisherKind, name,
             fmt::format("{} events wait for publisher '{}', which is not configured", open_work(counts), name),
             "configure a publisher of that name again, and reload; subscribers fold events that they had by 'ce-id'"));
  }
  return close_others(journal, kPublisherKind, lost_publishers);
}

}  // namespace dl::daemon
