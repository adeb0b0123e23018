#include "process/control_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::process {
namespace {

using Json = nlohmann::json;
// A message that is longer than this is not from downlinkd.
constexpr std::size_t kLongestLineBytes = 16U << 20;

std::vector<Stretch> stretches_of(const Json& json) {
  std::vector<Stretch> stretches;
  for (const Json& stretch : json.value("quarantine", Json::array())) {
    stretches.push_back({stretch.value("offset", std::uint64_t{0}), stretch.value("size", std::uint64_t{0})});
  }
  return stretches;
}

Result<std::optional<ControlMessage>> parse_message(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string()) {
    return fail(ErrorKind::corrupt, fmt::format("expected a message of downlinkd, found '{}'", line.substr(0, 80)));
  }
  ControlMessage message;
  const std::string type = json["type"];
  if (type == "recorded" || type == "end" || type == "gap") {
    message.type = type == "end"   ? ControlMessage::Type::end
                   : type == "gap" ? ControlMessage::Type::gap
                                   : ControlMessage::Type::recorded;
    if (!json.contains("bytes") || !json["bytes"].is_number_unsigned()) {
      return fail(ErrorKind::corrupt, fmt::format("the message '{}' of downlinkd has no number 'bytes'", type));
    }
    message.bytes = json["bytes"];
    message.reception = json.value("reception", std::size_t{0});
    return message;
  }
  if (type != "start") return std::nullopt;
  message.type = ControlMessage::Type::start;
  for (const Json& id : json.value("skip", Json::array())) {
    if (id.is_string()) message.skip.push_back(id);
  }
  message.quarantine = stretches_of(json);
  message.form = json.value("form", "");
  message.stop_at_gap = json.value("stop_at_gap", false);
  message.complete = json.value("complete", false);
  for (const Json& other : json.value("receptions", Json::array())) {
    message.receptions.push_back({other.value("folder", ""), other.value("form", ""), stretches_of(other)});
  }
  return message;
}

}  // namespace

Result<bool> ControlChannel::fill(int timeout_ms) {
  pollfd waiting{descriptor_, POLLIN, 0};
  const int ready = ::poll(&waiting, 1, timeout_ms);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return false;
  if (ready < 0) return fail_errno("cannot wait for downlinkd", errno);
  char buffer[65536];
  const ssize_t count = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (count < 0 && errno == EINTR) return false;
  if (count <= 0) return fail(ErrorKind::cancelled, "downlinkd has closed the control channel");
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

Result<std::optional<ControlMessage>> ControlChannel::receive(int timeout_ms) {
  for (;;) {
    const std::size_t end = received_.find('\n');
    if (end != std::string::npos) {
      const std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      DL_TRY(std::optional<ControlMessage> message, parse_message(line));
      if (message) return message;
      continue;
    }
    if (received_.size() > kLongestLineBytes) return fail(ErrorKind::corrupt, "a message of downlinkd has no end");
    DL_TRY(const bool more, fill(timeout_ms));
    if (!more) return std::nullopt;
  }
}

Result<void> ControlChannel::send_line(std::string line) {
  line += '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorKind::cancelled, "downlinkd does not read the control channel any more");
    sent += static_cast<std::size_t>(count);
  }
  return {};
}

Result<void> ControlChannel::send_progress(const Progress& progress) {
  return send_line(Json{
      {"type", "progress"},
      {"reception", progress.reception},
      {"offset", progress.offset},
      {"frames", progress.frames},
      {"frames_lost", progress.frames_lost},
      {"packets", progress.packets},
      {"lines", progress.lines},
      {"symbols_corrected", progress.symbols_corrected},
      {"lock",
       progress.lock}}.dump());
}

Result<void> ControlChannel::send_scene(const std::string& scene_id) {
  return send_line(Json{{"type", "scene"}, {"id", scene_id}}.dump());
}

Result<void> ControlChannel::send_incident(const std::string& kind, const std::string& subject,
                                           const std::string& message, const std::string& action) {
  return send_line(
      Json{{"type", "incident"}, {"kind", kind}, {"subject", subject}, {"message", message}, {"action", action}}.dump(
          -1, ' ', false, Json::error_handler_t::replace));
}

Result<void> ControlChannel::send_rebind(const std::string& spacecraft, const std::string& instead_of,
                                         const std::string& seen) {
  return send_line(
      Json{{"type", "rebind"}, {"spacecraft", spacecraft}, {"instead_of", instead_of}, {"seen", seen}}.dump(
          -1, ' ', false, Json::error_handler_t::replace));
}

Result<void> ControlChannel::send_gap() {
  return send_line(Json{{"type", "gap"}}.dump());
}

Result<void> ControlChannel::send_report(const std::string& report_json) {
  return send_line(R"({"type":"report","report":)" + report_json + "}");
}

}  // namespace dl::process
