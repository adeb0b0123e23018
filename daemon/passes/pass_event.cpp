#include "daemon/passes/pass_event.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"

namespace dl::daemon {
namespace {

// As long as that of a scene's event: 128 bits in hex.
constexpr std::size_t kEventIdCharacters = 32;

std::string event_id(const spool::Pass& pass) {
  return sha256_hex(as_bytes(fmt::format("{}\n{}\n{}", kPassEnded, pass.station, pass.id)))
      .substr(0, kEventIdCharacters);
}

}  // namespace

std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<config::Publisher>& publishers) {
  const std::string id = event_id(pass);
  const nlohmann::json attributes = {{"ce-specversion", "1.0"},
                                     {"ce-id", id},
                                     {"ce-type", kPassEnded},
                                     {"ce-source", fmt::format("//downlinkd/{}", pass.station)},
                                     {"ce-subject", pass.id},
                                     {"ce-time", format_utc(pass.ended_at.value_or(pass.started_at))},
                                     {"content-type", "application/json"},
                                     {"pass_id", pass.id},
                                     {"station", pass.station},
                                     {"spacecraft", pass.spacecraft}};
  std::vector<spool::Announcement> announcements;
  for (const config::Publisher& publisher : publishers) {
    spool::Announcement announcement;
    announcement.event_id = id;
    announcement.type = kPassEnded;
    announcement.publisher = publisher.name;
    announcement.pass_id = pass.id;
    if (publisher.ordering) announcement.ordering_key = fmt::format("{}/passes", pass.station);
    announcement.attributes_json = attributes.dump();
    announcement.payload = report_json;
    announcements.push_back(std::move(announcement));
  }
  return announcements;
}

}  // namespace dl::daemon
