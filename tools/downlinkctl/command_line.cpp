#include "tools/downlinkctl/command_line.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/value.h"

namespace dl::downlinkctl {
namespace {

using control::Command;
using control::Request;

constexpr Milliseconds kWaitTimeoutDefault = std::chrono::minutes(1);

// What CLI11 fills before it is checked.
struct Texts {
  std::string socket;
  std::string config_file;
  std::string pass_id;
  std::string condition;
  std::string timeout;
};

void add_limit(CLI::App& command, Request& request) {
  command.add_option("--limit", request.limit, "At most this many rows, the newest")
      ->check(CLI::Range(std::uint32_t{1}, control::kRowLimitMax))
      ->type_name("N");
}

void add_commands(CLI::App& app, Request& request, Texts& texts) {
  app.add_subcommand("status", "Everything that matters now, incidents first");

  auto* passes = app.add_subcommand("passes", "Passes, newest first; with an ID everything about that one");
  passes->add_option("id", texts.pass_id, "Id of a pass")->type_name("ID");
  add_limit(*passes, request);

  auto* scenes = app.add_subcommand("scenes", "Scenes, newest first");
  scenes->add_option("--pass", texts.pass_id, "Only those of this pass")->type_name("ID");
  add_limit(*scenes, request);

  auto* deliveries = app.add_subcommand("deliveries", "Objects that are not yet confirmed at their destination");
  deliveries->add_flag("--all", request.all, "Confirmed ones too");
  add_limit(*deliveries, request);

  auto* events = app.add_subcommand("events", "Events in the outbox and those that were published, newest first");
  add_limit(*events, request);

  auto* incidents = app.add_subcommand("incidents", "Open incidents, with what to do");
  incidents->add_flag("--all", request.all, "Closed ones too");
  add_limit(*incidents, request);

  auto* release = app.add_subcommand("release", "Try a parked delivery again");
  release->add_option("delivery", request.delivery_id, "Its id, as 'deliveries' shows it")
      ->required()
      ->check(CLI::PositiveNumber)
      ->type_name("DELIVERY");

  auto* close = app.add_subcommand("close", "Close an incident that has been seen to");
  close->add_option("incident", request.incident_id, "Its id, as 'incidents' shows it")
      ->required()
      ->check(CLI::PositiveNumber)
      ->type_name("INCIDENT");

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

Command command_of(const CLI::App& app, const Texts& texts) {
  const auto name = app.get_subcommands().front()->get_name();
  if (name == "passes") return texts.pass_id.empty() ? Command::passes : Command::pass;
  for (const auto command : {Command::status, Command::scenes, Command::deliveries, Command::events, Command::incidents,
                             Command::release, Command::close, Command::wait})
    if (name == control::to_string(command)) return command;
  return Command::status;
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
  add_commands(app, line.request, texts);
  app.footer("Exit codes: 0 done, 1 refused, 3 wait timed out, 64 usage, 69 no downlinkd answered, 74 output failed.");
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
  line.request.command = command_of(app, texts);
  line.request.pass_id = texts.pass_id;
  line.request.condition =
      texts.condition == "drained" ? control::WaitCondition::drained : control::WaitCondition::idle;
  line.request.timeout = kWaitTimeoutDefault;
  if (!texts.timeout.empty()) {
    const auto timeout = config::parse_duration(texts.timeout);
    if (!timeout || *timeout > control::kWaitTimeoutMax)
      return mistake(fmt::format("--timeout: expected a duration up to 24 h, such as 30s, found '{}'", texts.timeout));
    line.request.timeout = *timeout;
  }
  if (!texts.socket.empty()) line.socket = texts.socket;
  if (!texts.config_file.empty()) line.config_file = texts.config_file;
  return line;
}

}  // namespace dl::downlinkctl
