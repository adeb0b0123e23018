#include "uplink/events/incident_event.h"

#include <nlohmann/json.hpp>

namespace dl::uplink {

std::vector<spool::Announcement> incident_announcements(const spool::Incident& incident, bool opened,
                                                        const std::string& station,
                                                        const std::vector<EventTarget>& targets) {
  if (incident.kind == "event_rejected") return {};
  CloudEvent event;
  event.type = opened ? kIncidentOpened : kIncidentClosed;
  // Not the row's number: a journal that was rebuilt counts from one again.
  event.id = event_id_of({event.type, station, incident.kind, incident.subject, format_utc(incident.opened_at)});
  event.station = station;
  event.subject = incident.subject.empty() ? incident.kind : incident.kind + "/" + incident.subject;
  event.time = opened ? incident.opened_at : incident.closed_at.value_or(incident.last_seen_at);
  event.content_type = "application/json";
  event.ordering_key = station + "/incidents";
  event.extensions = {{"incident", incident.kind}};
  nlohmann::ordered_json data{{"kind", incident.kind},
                              {"subject", incident.subject},
                              {"message", incident.message},
                              {"action", incident.action},
                              {"opened_at", format_utc(incident.opened_at)}};
  if (!opened) {
    data["count"] = incident.count;
    data["closed_at"] = format_utc(event.time);
  }
  event.data = data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return announcements_of(event, targets);
}

}  // namespace dl::uplink
