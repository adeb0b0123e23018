// What holds of every event that we make, whatever its type.
#include "uplink/events/cloud_event.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "uplink/events/incident_event.h"
#include "uplink/events/pass_event.h"
#include "uplink/events/pubsub_message.h"
#include "uplink/events/scene_event.h"

namespace dl::uplink {
namespace {

const std::vector<EventTarget> kTargets{{"topic", true}, {"journal", false}};

spool::Pass a_pass() {
  spool::Pass pass;
  pass.id = "20260512T115203Z-antenna1";
  pass.source = "antenna1";
  pass.station = "kiruna";
  pass.spacecraft = "metop-b";
  pass.started_at = parse_utc("2026-05-12T11:52:03Z").value();
  pass.ended_at = parse_utc("2026-05-12T12:03:00Z").value();
  pass.bytes_recorded = 1000;
  return pass;
}

spool::Incident an_incident() {
  spool::Incident incident;
  incident.id = 7;
  incident.kind = "disk_low";
  incident.subject = "/spool";
  incident.message = "1 GB is left";
  incident.action = "make room";
  incident.count = 3;
  incident.opened_at = parse_utc("2026-05-12T12:00:00Z").value();
  incident.closed_at = parse_utc("2026-05-12T13:00:00Z").value();
  return incident;
}

spool::DeliveredScene a_scene() {
  spool::DeliveredScene made;
  made.scene.id = "metop-b_avhrr-3_20260512T120000Z";
  made.scene.pass_id = a_pass().id;
  made.scene.platform = "metop-b";
  made.scene.instrument = "avhrr-3";
  made.scene.object_prefix = "metop-b/avhrr-3/2026/05/12/" + made.scene.id;
  made.item.object_name = made.scene.object_prefix + "/item.json";
  made.item.generation = "1";
  made.location = "scenes";
  made.item_json = R"({"type":"Feature"})";
  return made;
}

std::vector<spool::Announcement> one_of_each_type() {
  const SceneEventOptions options{"kiruna", kTargets, {}};
  std::vector<spool::Announcement> all;
  for (auto events :
       {scene_announcements(a_scene(), options), scene_dropped_announcements({a_scene().scene, "quota", 0, 9}, options),
        pass_started_announcements(a_pass(), kTargets), pass_ended_announcements(a_pass(), "{}", kTargets),
        pass_ended_announcements(a_pass(), "", kTargets),
        incident_announcements(an_incident(), true, "kiruna", kTargets),
        incident_announcements(an_incident(), false, "kiruna", kTargets)}) {
    EXPECT_EQ(events.size(), kTargets.size());
    all.push_back(events[0]);
  }
  return all;
}

// CloudEvents 1.0.2, "Context Attributes": names of lower-case letters and digits, at most 20 characters if possible;
// id, source, specversion and type there and not empty; strings without control characters.
TEST(CloudEvents, EveryTypeKeepsTheRulesOfTheSpecification) {
  const std::set<std::string> core{"specversion", "id", "source", "type", "subject", "time", "datacontenttype"};
  for (const auto& event : one_of_each_type()) {
    const Attributes attributes = parse_attributes(event.attributes_json).value();
    std::set<std::string> names;
    for (const auto& [key, value] : attributes) {
      std::string name = key.starts_with("ce-") ? key.substr(3) : extension_name(key);
      if (key == "content-type") name = "datacontenttype";
      EXPECT_TRUE(names.insert(name).second) << event.type << ": two attributes become '" << name << "'";
      EXPECT_EQ(core.contains(name), key.starts_with("ce-") || key == "content-type") << event.type << ": " << key;
      EXPECT_FALSE(name.empty() || name.size() > 20) << name;
      EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isdigit(c) != 0 || std::islower(c) != 0;
      })) << name;
      EXPECT_FALSE(value.empty()) << event.type << ": " << key;
      EXPECT_TRUE(std::none_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
    }
    for (const auto& name : core) EXPECT_TRUE(names.contains(name)) << event.type << ": no " << name;
    EXPECT_EQ(attributes.at("ce-specversion"), "1.0");
    EXPECT_EQ(attributes.at("ce-id"), event.event_id);
    EXPECT_EQ(attributes.at("ce-type"), event.type);
    EXPECT_EQ(attributes.at("ce-source"), "//downlinkd/kiruna");
    EXPECT_EQ(parse_utc(attributes.at("ce-time")).value(), event.created_at);
    EXPECT_EQ(event.event_id.size(), 32U);
    EXPECT_TRUE(nlohmann::json::parse(event.payload).is_object());
    EXPECT_TRUE(check_pubsub_limits(event)) << event.type;
  }
}

TEST(CloudEvents, NoTwoTypesHaveAnIdInCommon) {
  std::set<std::string> ids;
  for (const auto& event : one_of_each_type()) EXPECT_TRUE(ids.insert(event.event_id).second) << event.type;
}

TEST(CloudEvents, IdIsTheHashThatTheContractPageNames) {
  EXPECT_EQ(event_id_of({"a", "b"}), sha256_hex(as_bytes("a\nb")).substr(0, 32));
  EXPECT_EQ(pass_started_announcements(a_pass(), kTargets)[0].event_id,
            event_id_of({"org.downlinkd.pass.started", "kiruna", "20260512T115203Z-antenna1"}));
  EXPECT_EQ(pass_ended_announcements(a_pass(), "{}", kTargets)[0].event_id,
            event_id_of({"org.downlinkd.pass.ended", "kiruna", "20260512T115203Z-antenna1"}));
  EXPECT_EQ(incident_announcements(an_incident(), true, "kiruna", kTargets)[0].event_id,
            event_id_of({"org.downlinkd.incident.opened", "kiruna", "disk_low", "/spool", "2026-05-12T12:00:00Z"}));
}

TEST(CloudEvents, AttributeWithoutAValueIsLeftOut) {
  CloudEvent event;
  event.id = "e";
  event.extensions = {{"pass_id", ""}};
  const Attributes made = parse_attributes(announcements_of(event, kTargets)[0].attributes_json).value();
  EXPECT_FALSE(made.contains("pass_id"));
  EXPECT_FALSE(made.contains("ce-subject"));
  EXPECT_TRUE(made.contains("ce-id"));
}

TEST(CloudEvents, LongSubjectIsCutBetweenCharacters) {
  CloudEvent event;
  event.subject = std::string(1023, 'x') + "\xc3\xa4";
  const auto made = announcements_of(event, kTargets);
  EXPECT_EQ(parse_attributes(made[0].attributes_json).value().at("ce-subject"), std::string(1023, 'x'));
}

TEST(PassEvent, EveryPublisherIsToldTheSame) {
  const auto events = pass_ended_announcements(a_pass(), R"({"a":1})", kTargets);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].publisher, "topic");
  EXPECT_EQ(events[1].publisher, "journal");
  EXPECT_EQ(events[0].event_id, events[1].event_id);
  EXPECT_EQ(events[0].attributes_json, events[1].attributes_json);
  EXPECT_EQ(events[0].payload, R"({"a":1})");
  EXPECT_EQ(events[0].ordering_key, "kiruna/passes");
  EXPECT_EQ(events[1].ordering_key, "");
}

TEST(PassEvent, StartedSaysWhichPassAndEndedHowItEnded) {
  const auto started = pass_started_announcements(a_pass(), kTargets)[0];
  EXPECT_EQ(started.payload, R"({"pass_id":"20260512T115203Z-antenna1","source":"antenna1","spacecraft":"metop-b",)"
                             R"("station":"kiruna","started_at":"2026-05-12T11:52:03Z"})");
  EXPECT_EQ(parse_attributes(started.attributes_json).value().at("ce-time"), "2026-05-12T11:52:03Z");
  const auto ended = pass_ended_announcements(a_pass(), "{}", kTargets)[0];
  EXPECT_EQ(parse_attributes(ended.attributes_json).value().at("ce-time"), "2026-05-12T12:03:00Z");
  EXPECT_EQ(parse_attributes(ended.attributes_json).value().at("outcome"), "processed");
  const auto failed = pass_ended_announcements(a_pass(), "", kTargets)[0];
  EXPECT_EQ(parse_attributes(failed.attributes_json).value().at("outcome"), "failed");
  EXPECT_EQ(nlohmann::json::parse(failed.payload).at("bytes_recorded"), 1000);
  EXPECT_NE(failed.event_id, ended.event_id);
}

TEST(PassEvent, IdNamesThePassAndNothingElse) {
  const auto id = [](const spool::Pass& pass) { return pass_ended_announcements(pass, "{}", kTargets)[0].event_id; };
  spool::Pass again = a_pass();
  again.process_crashes = 3;
  EXPECT_EQ(id(again), id(a_pass()));
  spool::Pass other = a_pass();
  other.station = "tromso";
  EXPECT_NE(id(other), id(a_pass()));
}

TEST(IncidentEvent, OpenedAndClosedTellTheSameIncidentOnceEach) {
  const auto opened = incident_announcements(an_incident(), true, "kiruna", kTargets)[0];
  const auto closed = incident_announcements(an_incident(), false, "kiruna", kTargets)[0];
  EXPECT_EQ(opened.payload, R"({"kind":"disk_low","subject":"/spool","message":"1 GB is left","action":"make room",)"
                            R"("opened_at":"2026-05-12T12:00:00Z"})");
  EXPECT_EQ(closed.payload, R"({"kind":"disk_low","subject":"/spool","message":"1 GB is left","action":"make room",)"
                            R"("opened_at":"2026-05-12T12:00:00Z","count":3,"closed_at":"2026-05-12T13:00:00Z"})");
  EXPECT_EQ(parse_attributes(opened.attributes_json).value().at("ce-subject"), "disk_low//spool");
  EXPECT_EQ(opened.ordering_key, "kiruna/incidents");
  spool::Incident later = an_incident();
  later.opened_at += Seconds{1};
  EXPECT_NE(incident_announcements(later, true, "kiruna", kTargets)[0].event_id, opened.event_id);
  spool::Incident rebuilt = an_incident();
  rebuilt.id = 1;
  EXPECT_EQ(incident_announcements(rebuilt, true, "kiruna", kTargets)[0].event_id, opened.event_id);
}

TEST(IncidentEvent, RejectedEventsAreNotAnnouncedOrEachWouldMakeAnother) {
  spool::Incident incident = an_incident();
  incident.kind = "event_rejected";
  EXPECT_TRUE(incident_announcements(incident, true, "kiruna", kTargets).empty());
  EXPECT_TRUE(incident_announcements(incident, false, "kiruna", kTargets).empty());
}

}  // namespace
}  // namespace dl::uplink
