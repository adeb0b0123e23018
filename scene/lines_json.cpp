#include "scene/lines_json.h"

#include <nlohmann/json.hpp>

#include "scene/statistics.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

std::string make_lines_json(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity) {
  const UtcTime epoch = granule.slot_start;
  Json offsets = Json::array();
  Json flags = Json::array();
  std::uint32_t all_flags = 0;
  for (const calibrate::Line& line : granule.lines) {
    offsets.push_back((line.time - epoch).count());
    flags.push_back(line.flags);
    all_flags |= line.flags;
  }
  Json names = Json::object();
  for (unsigned bit = 0; bit < 32; ++bit) {
    if (((all_flags >> bit) & 1U) == 0) continue;
    for (const std::string& name : calibrate::line_flag_names(1U << bit)) names[std::to_string(bit)] = name;
  }
  Json document = {{"format", "downlinkd.lines/1"},
                   {"scene_id", scene_id(identity)},
                   {"lines", granule.lines.size()},
                   {"epoch", format_utc(epoch)},
                   {"flag_bits", names},
                   {"flag_counts", count_line_flags(granule.lines)},
                   {"time_us", offsets},
                   {"flags", flags}};
  for (const calibrate::LineTelemetry& telemetry : granule.telemetry) {
    Json& rows = document["telemetry"][telemetry.name] = Json::array();
    for (const auto& words : telemetry.words) rows.push_back(words.empty() ? Json() : Json(words));
  }
  // One line per array, not one per number.
  std::string text = "{\n";
  for (auto member = document.begin(); member != document.end(); ++member) {
    text +=
        "  " + Json(member.key()).dump() + ": " + member.value().dump(-1, ' ', false, Json::error_handler_t::replace);
    text += std::next(member) == document.end() ? "\n}\n" : ",\n";
  }
  return text;
}

}  // namespace dl::scene
