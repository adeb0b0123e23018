#include "tools/downlinkctl/command_line.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/value.h"
#include "tools/downlinkctl/calibration/command_line.h"

namespace dl::downlinkctl {
namespace {

using control::Command;
using control::Request;

constexpr Milliseconds kWaitTimeoutDefault = std::chrono::minutes(1);

constexpr Milliseconds kVerifyTimeoutDefault = std::chrono::hours(1);

// What CLI11 fills before it is checked.
struct Texts {
  std::string socket;
  std::string config_file;
  std::string condition;
  std::string timeout;
  std::string duration;
  std::string retention_action;
  std::string bandwidth_action;
  std::string rate;
  bool off = false;
  bool dry_run = false;
};

void add_limit(CLI::App& command, Request& request) {
  command.add_option("--limit", request.limit, "At most this many rows, the newest")
      ->check(CLI::Range(std::uint32_t{1}, control::kRowLimitMax))
      ->type_name("N");
}

void add_filters(CLI::App& command, control::Selection& selection) {
  command.add_option("--scene", selection.scene_id, "Only those of this scene")->type_name("SCENE");
  command.add_option("--pass", selection.pass_id, "Only those of this pass")->type_name("PASS");
  command.add_option("--destination", selection.destination, "Only those to this destination")->type_name("NAME");
}

// Which deliveries; several words narrow it.
void add_selector(CLI::App& command, control::Selection& selection) {
  command.add_option("delivery", selection.delivery, "Id of a delivery, as 'deliveries' shows it")
      ->check(CLI::PositiveNumber)
      ->type_name("DELIVERY");
  add_filters(command, selection);
  command.add_flag("--all", selection.everything, "All of them");
}

void add_reports(CLI::App& app, Request& request) {
  app.add_subcommand("status", "Everything that matters now, incidents first");

  app.add_subcommand("sources", "Sources, and what was lost on the way from them to the recording");

  auto* passes = app.add_subcommand("passes", "Passes, newest first; with an ID everything about that one");
  passes->add_option("id", request.pass_id, "Id of a pass")->type_name("ID");
  add_limit(*passes, request);

  auto* scenes = app.add_subcommand("scenes", "Scenes, newest first");
  scenes->add_option("--pass", request.pass_id, "Only those of this pass")->type_name("ID");
  add_limit(*scenes, request);

  auto* deliveries = app.add_subcommand("deliveries", "Objects that are not yet confirmed at their destination");
  deliveries->add_flag("--all", request.all, "Confirmed and dropped ones too");
  deliveries->add_option("--state", request.state, "Only those in this state")
      ->check(CLI::IsMember({"queued", "uploading", "confirmed", "parked", "held", "dropped"}))
      ->type_name("STATE");
  add_filters(*deliveries, request.selection);
  add_limit(*deliveries, request);

  app.add_subcommand("destinations", "Destinations with everything about their uploads, and the clock's error");

  auto* outbox = app.add_subcommand("outbox", "Events that wait to be published, and those that were, newest first");
  outbox->alias("events");
  outbox->add_flag("--unsent", request.unsent, "Only what was not published");
  add_limit(*outbox, request);

  auto* incidents = app.add_subcommand("incidents", "Open incidents, with what to do");
  incidents->add_flag("--all", request.all, "Closed ones too");
  add_limit(*incidents, request);
}

void add_changes(CLI::App& app, Request& request, Texts& texts) {
  auto& selection = request.selection;
  add_selector(*app.add_subcommand("hold", "Do not send these deliveries until they are released"), selection);
  auto* release = app.add_subcommand("release", "Send deliveries that were held, and try parked ones again");
  add_selector(*release, selection);
  release->add_option("--event", selection.event, "Number of a parked event, as 'outbox' shows it")
      ->check(CLI::PositiveNumber)
      ->type_name("EVENT");
  add_selector(*app.add_subcommand("retry", "Try deliveries now that wait for their next attempt"), selection);
  auto* prioritise = app.add_subcommand("prioritise", "Send these deliveries before all others");
  add_selector(*prioritise, selection);
  prioritise->add_flag("--off", texts.off, "Back to their place");

  auto* close = app.add_subcommand("close", "Close an incident that has been seen to");
  close->add_option("incident", request.incident_id, "Its id, as 'incidents' shows it")
      ->required()
      ->check(CLI::PositiveNumber)
      ->type_name("INCIDENT");
}

void add_giving_up(CLI::App& app, Request& request, Texts& texts, CommandLine& line) {
  auto* drop = app.add_subcommand("drop", "Give up scenes that were not delivered");
  drop->add_option("scene", request.selection.scene_id, "Id of a scene")->type_name("SCENE");
  drop->add_option("--pass", request.selection.pass_id, "All undelivered scenes of this pass")->type_name("PASS");
  drop->add_option("--class", request.delivery_class, "All undelivered scenes of this class")
      ->check(CLI::IsMember({"level-0", "raw"}))
      ->type_name("level-0|raw");
  drop->add_option("--reason", request.reason, "Why, for the record and the event")->type_name("TEXT");
  auto* dry_run = drop->add_flag("--dry-run", texts.dry_run, "Only show what would go");
  drop->add_flag("--yes", line.yes, "Do it without asking")->excludes(dry_run);

  auto* retention = app.add_subcommand("retention", "What the policy would drop now; 'run' does it");
  retention->add_option("action", texts.retention_action, "run")->check(CLI::IsMember({"run"}))->type_name("run");
  retention->add_flag("--dry-run", texts.dry_run, "Only show what would go, as without 'run'");
}

void add_bandwidth(CLI::App& app, Texts& texts) {
  auto* bandwidth = app.add_subcommand("bandwidth", "How fast may be sent and why; 'set' changes it for a while");
  bandwidth->add_option("action", texts.bandwidth_action, "set")->check(CLI::IsMember({"set"}))->type_name("set");
  bandwidth->add_option("rate", texts.rate, "Such as 2Mbit/s, off or pause; timetable goes back to the configuration")
      ->type_name("RATE");
  bandwidth->add_option("--for", texts.duration, "For how long, such as 30min; without it until it is taken back")
      ->type_name("DURATION");
}

void add_waiting(CLI::App& app, Request& request, Texts& texts) {
  auto* verify = app.add_subcommand("verify", "Read every file in the spool and compare it with the journal");
  verify->add_option("--scene", request.selection.scene_id, "Only this scene")->type_name("SCENE");
  verify->add_flag("--remote", request.remote, "Ask the destinations for their objects too");
  verify->add_option("--timeout", texts.timeout, "Exit 3 after this long, such as 30s or 5min; default 1h")
      ->type_name("DURATION");

  auto* wait =
      app.add_subcommand("wait", "Wait until nothing is received or decoded (idle), and all is delivered (drained)");
  wait->add_option("condition", texts.condition, "idle or drained")
      ->required()
      ->check(CLI::IsMember({"idle", "drained"}))
      ->type_name("idle|drained");
  wait->add_option("--timeout", texts.timeout, "Exit 3 after this long, such as 30s or 5min; default 1min")
      ->type_name("DURATION");
}

Done mistake(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  return {ExitCode::usage, "", fmt::format("{} (downlinkctl --help explains)", message)};
}

Command command_of(const CLI::App& app, const Request& request, const Texts& texts) {
  const auto name = app.get_subcommands().front()->get_name();
  if (name == "passes") return request.pass_id.empty() ? Command::passes : Command::pass;
  if (name == "bandwidth") return texts.bandwidth_action.empty() ? Command::bandwidth : Command::bandwidth_set;
  for (int number = 0; number <= static_cast<int>(Command::wait); ++number) {
    if (name == control::to_string(static_cast<Command>(number))) return static_cast<Command>(number);
  }
  return Command::status;
}

// "" when the request says what it has to.
std::string what_is_missing(const Request& request, const Texts& texts) {
  const bool is_change = request.command == Command::hold || request.command == Command::release ||
                         request.command == Command::retry || request.command == Command::prioritise;
  if (is_change && request.selection.empty())
    return "expected which deliveries: DELIVERY, --scene, --pass, --destination or --all";
  if (is_change && request.selection.everything) {
    auto others = request.selection;
    others.everything = false;
    if (!others.empty()) return "--all: expected it alone, found it with a narrower choice";
  }
  if (request.command == Command::drop) {
    const int choices = static_cast<int>(!request.selection.scene_id.empty()) +
                        static_cast<int>(!request.selection.pass_id.empty()) +
                        static_cast<int>(!request.delivery_class.empty());
    if (choices != 1) return "expected what to drop: one of SCENE, --pass and --class";
  }
  const bool sets = request.command == Command::bandwidth_set;
  if (sets != !texts.rate.empty()) return "expected 'bandwidth set RATE', or 'bandwidth' alone";
  if (!sets && !texts.duration.empty()) return "--for: expected with 'bandwidth set RATE' only";
  if (texts.dry_run && !texts.retention_action.empty()) return "--dry-run: expected without 'run'";
  return "";
}

// nullopt: no duration, or too long.
std::optional<Milliseconds> duration_of(const std::string& text, Milliseconds initial, Milliseconds longest) {
  if (text.empty()) return initial;
  const auto duration = config::parse_duration(text);
  return duration && *duration <= longest ? duration : std::nullopt;
}

std::optional<Done> complete(const CLI::App& app, const Texts& texts, CommandLine& line) {
  auto& request = line.request;
  request.command = command_of(app, request, texts);
  if (request.delivery_class == "level-0") request.delivery_class = "level_0";
  request.urgent = !texts.off;
  request.rate = texts.rate;
  request.dry_run = texts.dry_run || (request.command == Command::retention && texts.retention_action.empty());
  request.condition = texts.condition == "drained" ? control::WaitCondition::drained : control::WaitCondition::idle;
  const bool verifies = request.command == Command::verify;
  const auto timeout =
      duration_of(texts.timeout, verifies ? kVerifyTimeoutDefault : kWaitTimeoutDefault, control::kWaitTimeoutMax);
  if (!timeout)
    return mistake(fmt::format("--timeout: expected a duration up to 24 h, such as 30s, found '{}'", texts.timeout));
  request.timeout = *timeout;
  const auto duration = duration_of(texts.duration, Milliseconds(0), control::kOverrideMax);
  if (!duration)
    return mistake(fmt::format("--for: expected a duration up to 30 d, such as 30min, found '{}'", texts.duration));
  request.duration = *duration;
  if (const auto missing = what_is_missing(request, texts); !missing.empty()) return mistake(missing);
  if (!texts.socket.empty()) line.socket = texts.socket;
  if (!texts.config_file.empty()) line.config_file = texts.config_file;
  return std::nullopt;
}

// `cal` reads tables by itself; the rest asks downlinkd.
std::optional<Done> complete_either(const CLI::App& app, const Texts& texts, const CalTexts& cal_texts,
                                    CommandLine& line) {
  if (app.get_subcommands().front()->get_name() != "cal") return complete(app, texts, line);
  if (!texts.socket.empty()) line.socket = texts.socket;
  if (!texts.config_file.empty()) line.config_file = texts.config_file;
  auto cal = complete_cal(app, cal_texts, line.config_file);
  if (!cal) return mistake(cal.error().message);
  line.cal = std::move(*cal);
  return std::nullopt;
}

}  // namespace

std::variant<CommandLine, Done> parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Looks at a running downlinkd, and asks it for things.", "downlinkctl");
  CommandLine line;
  Texts texts;
  app.set_version_flag("--version", "downlinkctl " DL_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --json may stand behind the command
  auto* socket = app.add_option("--socket", texts.socket, "Control socket of downlinkd")->type_name("PATH");
  app.add_option("--config", texts.config_file, "Configuration file of downlinkd, which names the socket")
      ->type_name("FILE")
      ->excludes(socket);
  app.add_flag("--json", line.json, "JSON with raw units in place of tables");
  add_reports(app, line.request);
  add_changes(app, line.request, texts);
  add_giving_up(app, line.request, texts, line);
  add_bandwidth(app, texts);
  add_waiting(app, line.request, texts);
  CalTexts cal_texts;
  add_cal(app, cal_texts);
  app.footer(
      "Exit codes: 0 done, 1 refused or found wrong, 3 time ran out, 64 usage, 69 no downlinkd answered, 74 output "
      "failed.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return Done{ExitCode::ok, std::string(version.what()) + "\n", ""};
  } catch (const CLI::Success&) {  // --help
    return Done{ExitCode::ok, app.help(), ""};
  } catch (const CLI::RequiredError& error) {
    const auto rest = app.remaining();
    return mistake(rest.empty() ? error.what() : fmt::format("expected a command, found '{}'", rest.front()));
  } catch (const CLI::Error& error) {
    return mistake(error.what());
  }
  if (auto done = complete_either(app, texts, cal_texts, line)) return *done;
  return line;
}

}  // namespace dl::downlinkctl
