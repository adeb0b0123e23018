#include "scene/provenance_json.h"

#include <charconv>

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

// Columns 3-7 of line 1 (Kelso, "FAQs: Two-Line Element Set Format"); null for the letters of larger numbers.
Json catalogue_number(const calibrate::OrbitSource& orbit) {
  if (orbit.line1.size() < 7) return nullptr;
  std::string digits = orbit.line1.substr(2, 5);
  digits.erase(0, digits.find_first_not_of(' '));
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? Json(number) : Json(nullptr);
}

}  // namespace

Json calibration_rows_json(const calibrate::Provenance& provenance) {
  Json rows = Json::array();
  for (const calibrate::UsedRow& row : provenance.rows) {
    Json used = {{"id", row.id},
                 {"sha256", row.sha256},
                 {"table", row.table},
                 {"bands", row.bands},
                 {"status", row.status},
                 {"valid_from", text_or_null(row.valid_from)},
                 {"valid_to", text_or_null(row.valid_to)},
                 {"recorded_at", text_or_null(row.recorded_at)},
                 {"extrapolated", row.extrapolated},
                 {"source", row.source},
                 {"reason", row.reason}};
    if (row.extrapolated) used["extrapolated_days"] = row.extrapolated_days;
    if (!row.interpolated_with.empty()) used["interpolated_with"] = row.interpolated_with;
    if (!row.override_id.empty()) used["override"] = row.override_id;
    if (!row.profile_event.empty()) used["profile_event"] = row.profile_event;
    rows.push_back(std::move(used));
  }
  return rows;
}

Json calibration_events_json(const calibrate::Provenance& provenance) {
  Json events = Json::array();
  for (const calibrate::HitEvent& event : provenance.events) {
    events.push_back({{"id", event.id},
                      {"kind", event.kind},
                      {"effect", event.effect},
                      {"bands", event.bands},
                      {"text", event.text},
                      {"source", event.source}});
  }
  return events;
}

Json orbit_json(const calibrate::Provenance& provenance) {
  if (!provenance.orbit) return nullptr;
  const calibrate::OrbitSource& orbit = *provenance.orbit;
  return {{"source", to_string(orbit.kind)},
          {"name", text_or_null(orbit.name)},
          {"catalogue_number", catalogue_number(orbit)},
          {"line1", text_or_null(orbit.line1)},
          {"line2", text_or_null(orbit.line2)},
          {"samples", orbit.samples == 0 ? Json(nullptr) : Json(orbit.samples)},
          {"sha256", orbit.sha256},
          {"epoch", format_utc(orbit.epoch)},
          {"age_days", orbit.age_days},
          {"old", orbit.old}};
}

Json provenance_json(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity,
                     const SceneOptions& options) {
  const calibrate::Provenance& source = granule.provenance;
  Json uncalibrated = Json::object();
  for (const calibrate::Band& band : granule.bands) {
    if (!band.uncalibrated_reason.empty()) uncalibrated[band.name] = band.uncalibrated_reason;
  }
  return {
      {"format", "downlinkd.provenance/1"},
      {"scene_id", scene_id(identity)},
      {"platform", granule.platform},
      {"instrument", granule.instrument},
      {"level", granule.level},
      {"station", text_or_null(options.station)},
      {"program", {{"name", "downlinkd"}, {"version", options.program_version}}},
      {"configuration_sha256", text_or_null(options.configuration_sha256)},
      {"link_profile", options.link_profile},
      {"input",
       {{"packets_sha256", source.packets_sha256},
        {"packets", source.packets},
        {"symbols_corrected", source.symbols_corrected},
        {"gaps", source.gaps}}},
      {"calibration",
       {{"profile", text_or_null(source.calibration_profile)},
        {"set_sha256", text_or_null(source.calibration_set_sha256)},
        {"known_at", text_or_null(source.known_at)},
        {"rows", calibration_rows_json(source)},
        {"events", calibration_events_json(source)},
        {"uncalibrated_bands", uncalibrated}}},
      {"geometry",
       {{"orbit", orbit_json(source)},
        {"attitude_model", text_or_null(source.attitude_model)},
        {"ellipsoid", "WGS-84"},
        {"height_m", 0},
        {"ungeolocated_reason", text_or_null(granule.ungeolocated_reason)}}},
      {"earth_sun_distance_au", source.earth_sun_distance_au > 0 ? Json(source.earth_sun_distance_au) : Json(nullptr)},
      {"algorithms", source.algorithms},
      {"flags", source.flags},
      {"remarks", source.remarks}};
}

std::string document_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dl::scene
