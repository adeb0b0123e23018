#include "uplink/events/pass_event.h"

#include <nlohmann/json.hpp>

namespace dl::uplink {
namespace {

using Json = nlohmann::ordered_json;

CloudEvent event_of(const spool::Pass& pass, const char* type) {
  CloudEvent event;
  event.type = type;
  event.station = pass.station;
  event.subject = pass.id;
  event.content_type = "application/json";
  event.pass_id = pass.id;
  event.ordering_key = pass.station + "/passes";
  event.extensions = {{"pass_id", pass.id}, {"spacecraft", pass.spacecraft}};
  return event;
}

Json data_of(const spool::Pass& pass) {
  Json data{{"pass_id", pass.id},
            {"source", pass.source},
            {"spacecraft", pass.spacecraft},
            {"station", pass.station},
            {"started_at", format_utc(pass.started_at)}};
  if (pass.ended_at) data["ended_at"] = format_utc(*pass.ended_at);
  return data;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::vector<spool::Announcement> pass_started_announcements(const spool::Pass& pass,
                                                            const std::vector<EventTarget>& targets) {
  CloudEvent event = event_of(pass, kPassStarted);
  event.id = event_id_of({kPassStarted, pass.station, pass.id});
  event.time = pass.started_at;
  spool::Pass at_start = pass;
  at_start.ended_at.reset();  // the same data when it is made again after a restart
  event.data = text_of(data_of(at_start));
  return announcements_of(event, targets);
}

std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<EventTarget>& targets) {
  CloudEvent event = event_of(pass, kPassEnded);
  event.time = pass.ended_at.value_or(pass.started_at);
  if (!report_json.empty()) {
    event.id = event_id_of({kPassEnded, pass.station, pass.id});
    event.extensions["outcome"] = "processed";
    event.data = report_json;
    return announcements_of(event, targets);
  }
  event.id = event_id_of({kPassEnded, pass.station, pass.id, "failed"});
  event.extensions["outcome"] = "failed";
  Json data = data_of(pass);
  data["bytes_recorded"] = pass.bytes_recorded;
  data["process_crashes"] = pass.process_crashes;
  event.data = text_of(data);
  return announcements_of(event, targets);
}

}  // namespace dl::uplink
