#include "daemon/control/protocol.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/control/report_json.h"

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

enum class Argument { id, limit, all, delivery, incident, condition, timeout_ms };
constexpr std::array<std::pair<std::string_view, Argument>, 7> kArguments = {{{"id", Argument::id},
                                                                              {"limit", Argument::limit},
                                                                              {"all", Argument::all},
                                                                              {"delivery", Argument::delivery},
                                                                              {"incident", Argument::incident},
                                                                              {"condition", Argument::condition},
                                                                              {"timeout_ms", Argument::timeout_ms}}};

// Which arguments a command takes, and which it cannot do without.
struct CommandRule {
  std::string_view name;
  Command command;
  std::vector<Argument> takes;
  std::optional<Argument> needs = std::nullopt;
};

const std::vector<CommandRule>& command_rules() {
  static const std::vector<CommandRule> kRules = {
      {"status", Command::status, {}},
      {"passes", Command::passes, {Argument::limit}},
      {"pass", Command::pass, {Argument::id}, Argument::id},
      {"scenes", Command::scenes, {Argument::id, Argument::limit}},
      {"deliveries", Command::deliveries, {Argument::limit, Argument::all}},
      {"events", Command::events, {Argument::limit}},
      {"incidents", Command::incidents, {Argument::limit, Argument::all}},
      {"release", Command::release, {Argument::delivery}, Argument::delivery},
      {"close", Command::close, {Argument::incident}, Argument::incident},
      {"wait", Command::wait, {Argument::condition, Argument::timeout_ms}, Argument::condition}};
  return kRules;
}

const CommandRule* rule_of(std::string_view name) {
  const auto& rules = command_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

bool takes(const CommandRule& rule, Argument argument) {
  return std::find(rule.takes.begin(), rule.takes.end(), argument) != rule.takes.end();
}

std::string command_names() {
  std::string names;
  for (const auto& rule : command_rules()) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", rule.name);
  return names;
}

Failure refuse(std::string message) {
  return fail(ErrorKind::config, std::move(message));
}

Result<std::int64_t> whole_number(const Json& value, std::string_view name, std::int64_t least, std::int64_t most) {
  const bool is_whole = value.is_number_integer() &&
                        (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
  if (!is_whole || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    return refuse(fmt::format("argument '{}': expected a whole number from {} to {}", name, least, most));
  return value.get<std::int64_t>();
}

// The name of a pass, as it may stand in a path.
bool is_pass_id(const std::string& id) {
  return !id.empty() && id.size() <= 200 && id.find('/') == std::string::npos && id.front() != '.';
}

Result<void> read_argument(Argument argument, std::string_view name, const Json& value, Request& request) {
  switch (argument) {
    case Argument::id: {
      if (!value.is_string() || !is_pass_id(value.get<std::string>()))
        return refuse("argument 'id': expected the id of a pass, as 'passes' lists them");
      request.pass_id = value.get<std::string>();
      return {};
    }
    case Argument::limit: {
      DL_TRY(const auto limit, whole_number(value, name, 1, kRowLimitMax));
      request.limit = static_cast<std::uint32_t>(limit);
      return {};
    }
    case Argument::all: {
      if (!value.is_boolean()) return refuse("argument 'all': expected true or false");
      request.all = value.get<bool>();
      return {};
    }
    case Argument::delivery: {
      DL_TRY(request.delivery_id, whole_number(value, name, 1, std::int64_t{1} << 53));
      return {};
    }
    case Argument::incident: {
      DL_TRY(request.incident_id, whole_number(value, name, 1, std::int64_t{1} << 53));
      return {};
    }
    case Argument::condition: {
      for (const auto condition : {WaitCondition::idle, WaitCondition::drained}) {
        if (value != std::string(to_string(condition))) continue;
        request.condition = condition;
        return {};
      }
      return refuse("argument 'condition': expected 'idle' or 'drained'");
    }
    case Argument::timeout_ms: {
      DL_TRY(const auto timeout, whole_number(value, name, 0, kWaitTimeoutMax.count()));
      request.timeout = Milliseconds(timeout);
      return {};
    }
  }
  return refuse(fmt::format("expected an argument, found '{}'", name));
}

Result<void> read_arguments(const CommandRule& rule, const Json& arguments, Request& request) {
  if (!arguments.is_object()) return refuse("expected 'arguments' to be an object");
  for (const auto& [name, value] : arguments.items()) {
    const auto found =
        std::find_if(kArguments.begin(), kArguments.end(),
                     [&, key = std::string_view(name)](const auto& entry) { return entry.first == key; });
    if (found == kArguments.end() || !takes(rule, found->second))
      return refuse(fmt::format("command '{}' takes no argument '{}'", rule.name, name));
    DL_CHECK(read_argument(found->second, name, value, request));
  }
  return {};
}

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

std::string_view to_string(Command command) {
  for (const auto& rule : command_rules())
    if (rule.command == command) return rule.name;
  return "unknown";
}

std::string_view to_string(WaitCondition condition) {
  return condition == WaitCondition::idle ? "idle" : "drained";
}

Result<Request> parse_request(std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return refuse("expected a request such as {\"command\":\"status\"}, found no JSON object");
  const auto name = text_member(json, "command");
  const auto* rule = rule_of(name);
  if (!rule) return refuse(fmt::format("expected a command ({}), found '{}'", command_names(), name));
  Request request;
  request.command = rule->command;
  if (json.contains("arguments")) DL_CHECK(read_arguments(*rule, json["arguments"], request));
  const auto needed = std::find_if(kArguments.begin(), kArguments.end(),
                                   [&](const auto& entry) { return rule->needs == entry.second; });
  if (needed != kArguments.end() &&
      !(json.contains("arguments") && json["arguments"].contains(std::string(needed->first))))
    return refuse(fmt::format("command '{}' needs argument '{}'", rule->name, needed->first));
  return request;
}

std::string format_request(const Request& request) {
  Json arguments = Json::object();
  const auto* rule = rule_of(to_string(request.command));
  if (takes(*rule, Argument::id) && !request.pass_id.empty()) arguments["id"] = request.pass_id;
  if (takes(*rule, Argument::limit)) arguments["limit"] = request.limit;
  if (takes(*rule, Argument::all)) arguments["all"] = request.all;
  if (takes(*rule, Argument::delivery)) arguments["delivery"] = request.delivery_id;
  if (takes(*rule, Argument::incident)) arguments["incident"] = request.incident_id;
  if (takes(*rule, Argument::condition)) arguments["condition"] = std::string(to_string(request.condition));
  if (takes(*rule, Argument::timeout_ms)) arguments["timeout_ms"] = request.timeout.count();
  return line_of({{"command", std::string(rule->name)}, {"arguments", std::move(arguments)}});
}

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
