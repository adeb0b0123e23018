#include "daemon/control/protocol.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/control/report_json.h"

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

// nlohmann throws on text that is no UTF-8 unless it is told to replace; error texts of servers can be anything.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<ErrorKind> error_kind_of(std::string_view name) {
  for (const auto kind : {ErrorKind::config, ErrorKind::transient, ErrorKind::permanent, ErrorKind::exhausted,
                          ErrorKind::unsupported, ErrorKind::corrupt, ErrorKind::cancelled, ErrorKind::io})
    if (to_string(kind) == name) return kind;
  return std::nullopt;
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string format_answer(const Result<Report>& answer) {
  if (answer) return line_of({{"ok", true}, {"report", to_json(*answer)}});
  const auto& error = answer.error();
  return line_of(
      {{"ok", false}, {"error", {{"kind", std::string(to_string(error.kind))}, {"message", error.message}}}});
}

Result<Answer> parse_answer(Command command, std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  const bool is_answer = json.is_object() && json.contains("ok") && json["ok"].is_boolean();
  if (!is_answer) return fail(ErrorKind::corrupt, "expected an answer of downlinkd, found no JSON object with 'ok'");
  if (json["ok"].get<bool>() && json.contains("report")) {
    auto report = report_from_json(command, json["report"]);
    if (!report) return tl::unexpected(report.error().in(fmt::format("the answer to '{}'", to_string(command))));
    return Answer(std::move(*report));
  }
  const auto error = json.find("error");
  if (error == json.end() || !error->is_object())
    return fail(ErrorKind::corrupt, "expected an answer of downlinkd, found neither a report nor an error in it");
  const auto kind = error_kind_of(text_member(*error, "kind")).value_or(ErrorKind::permanent);
  return Answer(fail(kind, text_member(*error, "message")));
}

}  // namespace dl::control
