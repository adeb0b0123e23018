#include "daemon/supervisor/process_messages.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::daemon {
namespace {

using nlohmann::json;

std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// Before anything looks at the values: what walks them recurses, and the child must not choose how deep.
bool nests_deeper_than(std::string_view line, unsigned limit) {
  unsigned depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// The child is not trusted: its id becomes a path.
bool is_file_name(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

ProgressMessage progress_of(const json& message) {
  ProgressMessage progress;
  progress.reception = message.value("reception", std::size_t{0});
  progress.offset = message.at("offset").get<std::uint64_t>();
  progress.frames = message.value("frames", std::uint64_t{0});
  progress.frames_lost = message.value("frames_lost", std::uint64_t{0});
  progress.symbols_corrected = message.value("symbols_corrected", std::uint64_t{0});
  progress.packets = message.value("packets", std::uint64_t{0});
  progress.lines = message.value("lines", std::uint64_t{0});
  progress.lock = message.value("lock", false);
  return progress;
}

Result<ProcessMessage> message_of(const json& message) {
  const auto type = message.at("type").get<std::string>();
  if (type == "progress") return progress_of(message);
  if (type == "gap") return GapMessage{};
  if (type == "report") return ReportMessage{message.at("report").dump()};
  if (type == "incident") {
    return IncidentMessage{message.at("kind").get<std::string>(), message.value("subject", ""),
                           message.at("message").get<std::string>(), message.value("action", "")};
  }
  if (type == "rebind") {
    RebindMessage rebind{message.at("spacecraft").get<std::string>(), message.value("instead_of", ""),
                         message.value("seen", "")};
    if (is_file_name(rebind.spacecraft)) return rebind;
    return fail(ErrorKind::corrupt, fmt::format("'{}' is no name of a link profile", rebind.spacecraft));
  }
  if (type != "scene") return UnknownMessage{};
  const auto id = message.at("id").get<std::string>();
  if (!is_file_name(id)) return fail(ErrorKind::corrupt, fmt::format("'{}' is no scene id", id));
  return SceneMessage{id};
}

json json_of(const std::vector<Stretch>& quarantine) {
  json stretches = json::array();
  for (const Stretch& stretch : quarantine) stretches.push_back({{"offset", stretch.offset}, {"size", stretch.size}});
  return stretches;
}

json size_message(const char* type, std::uint64_t bytes, std::size_t reception) {
  json message{{"type", type}, {"bytes", bytes}};
  if (reception > 0) message["reception"] = reception;
  return message;
}

}  // namespace

std::string format_start(const StartMessage& start) {
  json message{{"type", "start"}, {"skip", start.skip}, {"quarantine", json_of(start.quarantine)}};
  if (!start.form.empty()) message["form"] = start.form;
  if (start.stop_at_gap) message["stop_at_gap"] = true;
  if (start.complete) message["complete"] = true;
  for (const OtherReception& other : start.receptions) {
    message["receptions"].push_back(
        {{"folder", other.folder}, {"form", other.form}, {"quarantine", json_of(other.quarantine)}});
  }
  return line_of(message);
}

std::string format_recorded(std::uint64_t bytes, std::size_t reception) {
  return line_of(size_message("recorded", bytes, reception));
}

std::string format_end(std::uint64_t bytes, std::size_t reception) {
  return line_of(size_message("end", bytes, reception));
}

std::string format_gap(std::uint64_t bytes) {
  return line_of(size_message("gap", bytes, 0));
}

Result<ProcessMessage> parse_process_message(std::string_view line) {
  if (nests_deeper_than(line, kMostNestedLevels)) {
    return fail(ErrorKind::corrupt,
                fmt::format("a line of downlink-process nests deeper than {} levels", kMostNestedLevels));
  }
  try {
    return message_of(json::parse(line));
  } catch (const json::exception& exception) {
    return fail(ErrorKind::corrupt, fmt::format("a line of downlink-process is no message: {}", exception.what()));
  }
}

}  // namespace dl::daemon
