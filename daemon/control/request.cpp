#include "daemon/control/request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::control {
namespace {

using Json = nlohmann::ordered_json;

Failure refuse(std::string message) {
  return fail(ErrorKind::config, std::move(message));
}

// How one argument is read into a request, and written from it; write() leaves it out where it says nothing.
struct Argument {
  std::string_view name;
  Result<void> (*read)(const Json& value, Request& request);
  void (*write)(const Request& request, Json& value);
};

constexpr std::int64_t kLargestId = std::int64_t{1} << 53;

Result<std::int64_t> whole_number(const Json& value, std::string_view name, std::int64_t least, std::int64_t most) {
  const bool is_whole = value.is_number_integer() &&
                        (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
  if (!is_whole || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    return refuse(fmt::format("argument '{}': expected a whole number from {} to {}", name, least, most));
  return value.get<std::int64_t>();
}

Result<bool> truth(const Json& value, std::string_view name) {
  if (!value.is_boolean()) return refuse(fmt::format("argument '{}': expected true or false", name));
  return value.get<bool>();
}

// Names may stand in a path.
Result<std::string> name_of(const Json& value, std::string_view name, std::string_view whose) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (text.empty() || text.size() > 200 || text.find('/') != std::string::npos || text.front() == '.')
    return refuse(fmt::format("argument '{}': expected {}", name, whose));
  return text;
}

Result<std::string> short_text(const Json& value, std::string_view name) {
  if (!value.is_string() || value.get<std::string>().size() > 500)
    return refuse(fmt::format("argument '{}': expected a text of at most 500 bytes", name));
  return value.get<std::string>();
}

Result<std::string> one_of(const Json& value, std::string_view name, const std::vector<std::string_view>& words) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (std::find(words.begin(), words.end(), text) != words.end()) return text;
  std::string list;
  for (const auto word : words) list += fmt::format("{}'{}'", list.empty() ? "" : " or ", word);
  return refuse(fmt::format("argument '{}': expected {}", name, list));
}

void write_text(const std::string& text, Json& value) {
  if (!text.empty()) value = text;
}
void write_id(std::int64_t id, Json& value) {
  if (id != 0) value = id;
}

const std::vector<Argument>& known_arguments() {
  static const std::vector<Argument> kArguments = {
      {"id",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.pass_id, name_of(value, "id", "the id of a pass, as 'passes' lists them"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.pass_id, value); }},
      {"limit",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(const auto limit, whole_number(value, "limit", 1, kRowLimitMax));
         request.limit = static_cast<std::uint32_t>(limit);
         return {};
       },
       [](const Request& request, Json& value) { value = request.limit; }},
      {"all",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.all, truth(value, "all"));
         return {};
       },
       [](const Request& request, Json& value) { value = request.all; }},
      {"delivery",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.delivery, whole_number(value, "delivery", 1, kLargestId));
         return {};
       },
       [](const Request& request, Json& value) { write_id(request.selection.delivery, value); }},
      {"scene",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.scene_id, name_of(value, "scene", "the id of a scene, as 'scenes' lists them"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.selection.scene_id, value); }},
      {"pass",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.pass_id, name_of(value, "pass", "the id of a pass, as 'passes' lists them"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.selection.pass_id, value); }},
      {"destination",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.destination, name_of(value, "destination", "the name of a destination"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.selection.destination, value); }},
      {"event",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.event, whole_number(value, "event", 1, kLargestId));
         return {};
       },
       [](const Request& request, Json& value) { write_id(request.selection.event, value); }},
      {"everything",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.selection.everything, truth(value, "everything"));
         return {};
       },
       [](const Request& request, Json& value) {
         if (request.selection.everything) value = true;
       }},
      {"state",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.state,
                one_of(value, "state", {"queued", "uploading", "confirmed", "parked", "held", "dropped"}));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.state, value); }},
      {"urgent",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.urgent, truth(value, "urgent"));
         return {};
       },
       [](const Request& request, Json& value) { value = request.urgent; }},
      {"class",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.delivery_class, one_of(value, "class", {"level_0", "raw"}));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.delivery_class, value); }},
      {"reason",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.reason, short_text(value, "reason"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.reason, value); }},
      {"dry_run",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.dry_run, truth(value, "dry_run"));
         return {};
       },
       [](const Request& request, Json& value) { value = request.dry_run; }},
      {"rate",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.rate, short_text(value, "rate"));
         return {};
       },
       [](const Request& request, Json& value) { write_text(request.rate, value); }},
      {"duration_ms",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(const auto milliseconds, whole_number(value, "duration_ms", 0, kOverrideMax.count()));
         request.duration = Milliseconds(milliseconds);
         return {};
       },
       [](const Request& request, Json& value) { value = request.duration.count(); }},
      {"remote",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.remote, truth(value, "remote"));
         return {};
       },
       [](const Request& request, Json& value) { value = request.remote; }},
      {"unsent",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.unsent, truth(value, "unsent"));
         return {};
       },
       [](const Request& request, Json& value) { value = request.unsent; }},
      {"incident",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(request.incident_id, whole_number(value, "incident", 1, kLargestId));
         return {};
       },
       [](const Request& request, Json& value) { write_id(request.incident_id, value); }},
      {"condition",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(const auto word, one_of(value, "condition", {"idle", "drained"}));
         request.condition = word == "idle" ? WaitCondition::idle : WaitCondition::drained;
         return {};
       },
       [](const Request& request, Json& value) { value = std::string(to_string(request.condition)); }},
      {"timeout_ms",
       [](const Json& value, Request& request) -> Result<void> {
         DL_TRY(const auto milliseconds, whole_number(value, "timeout_ms", 0, kWaitTimeoutMax.count()));
         request.timeout = Milliseconds(milliseconds);
         return {};
       },
       [](const Request& request, Json& value) { value = request.timeout.count(); }},
  };
  return kArguments;
}

// Which arguments a command takes, and of which it needs one.
struct CommandRule {
  std::string_view name;
  Command command;
  std::vector<std::string_view> takes;
  std::vector<std::string_view> needs = {};
};

const std::vector<CommandRule>& command_rules() {
  const std::vector<std::string_view> selectors = {"delivery", "scene", "pass", "destination", "everything"};
  const std::vector<std::string_view> or_event = {"delivery", "scene", "pass", "destination", "everything", "event"};
  static const std::vector<CommandRule> kRules = {
      {"status", Command::status, {}},
      {"sources", Command::sources, {}},
      {"passes", Command::passes, {"limit"}},
      {"pass", Command::pass, {"id"}, {"id"}},
      {"scenes", Command::scenes, {"id", "limit"}},
      {"deliveries", Command::deliveries, {"limit", "all", "state", "scene", "pass", "destination"}},
      {"hold", Command::hold, selectors, selectors},
      {"release", Command::release, or_event, or_event},
      {"retry", Command::retry, selectors, selectors},
      {"prioritise",
       Command::prioritise,
       {"delivery", "scene", "pass", "destination", "everything", "urgent"},
       selectors},
      {"drop", Command::drop, {"scene", "pass", "class", "reason", "dry_run"}, {"scene", "pass", "class"}},
      {"bandwidth", Command::bandwidth, {}},
      {"bandwidth_set", Command::bandwidth_set, {"rate", "duration_ms"}, {"rate"}},
      {"destinations", Command::destinations, {}},
      {"outbox", Command::outbox, {"limit", "unsent"}},
      {"verify", Command::verify, {"scene", "remote", "timeout_ms"}},
      {"retention", Command::retention, {"dry_run"}},
      {"incidents", Command::incidents, {"limit", "all"}},
      {"close", Command::close, {"incident"}, {"incident"}},
      {"wait", Command::wait, {"condition", "timeout_ms"}, {"condition"}}};
  return kRules;
}

const CommandRule* rule_of(std::string_view name) {
  const auto& rules = command_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string command_names() {
  std::string names;
  for (const auto& rule : command_rules()) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", rule.name);
  return names;
}

Result<void> read_arguments(const CommandRule& rule, const Json& arguments, Request& request) {
  if (!arguments.is_object()) return refuse("expected 'arguments' to be an object");
  for (const auto& [name, value] : arguments.items()) {
    const auto& known = known_arguments();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&, key = std::string_view(name)](const auto& one) { return one.name == key; });
    if (found == known.end() || !contains(rule.takes, found->name))
      return refuse(fmt::format("command '{}' takes no argument '{}'", rule.name, name));
    DL_CHECK(found->read(value, request));
  }
  return {};
}

Result<void> check_needs(const CommandRule& rule, const Json& json) {
  if (rule.needs.empty()) return {};
  std::string names;
  for (const auto name : rule.needs) {
    if (json.contains("arguments") && json["arguments"].contains(std::string(name))) return {};
    names += fmt::format("{}'{}'", names.empty() ? "" : " or ", name);
  }
  return refuse(fmt::format("command '{}' needs argument {}", rule.name, names));
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

std::string to_text(const Selection& selection) {
  std::string text;
  const auto add = [&text](std::string part) { text += (text.empty() ? "" : " of ") + std::move(part); };
  if (selection.event != 0) add(fmt::format("event {}", selection.event));
  if (selection.delivery != 0) add(fmt::format("delivery {}", selection.delivery));
  if (!selection.scene_id.empty()) add(fmt::format("scene '{}'", selection.scene_id));
  if (!selection.pass_id.empty()) add(fmt::format("pass '{}'", selection.pass_id));
  if (!selection.destination.empty()) add(fmt::format("destination '{}'", selection.destination));
  return text.empty() ? "everything" : text;
}

Result<Request> parse_request(std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return refuse("expected a request such as {\"command\":\"status\"}, found no JSON object");
  const auto found = json.find("command");
  const auto name = found != json.end() && found->is_string() ? found->get<std::string>() : "";
  const auto* rule = rule_of(name);
  if (!rule) return refuse(fmt::format("expected a command ({}), found '{}'", command_names(), name));
  Request request;
  request.command = rule->command;
  if (json.contains("arguments")) DL_CHECK(read_arguments(*rule, json["arguments"], request));
  DL_CHECK(check_needs(*rule, json));
  return request;
}

std::string format_request(const Request& request) {
  Json arguments = Json::object();
  const auto* rule = rule_of(to_string(request.command));
  for (const auto& argument : known_arguments()) {
    if (!contains(rule->takes, argument.name)) continue;
    Json value;
    argument.write(request, value);
    if (!value.is_null()) arguments[std::string(argument.name)] = std::move(value);
  }
  const Json json = {{"command", std::string(rule->name)}, {"arguments", std::move(arguments)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dl::control
