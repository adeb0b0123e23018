// downlinkctl: looks at a running downlinkd, and asks it for things. Manual: downlinkctl(1).
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "daemon/control/client.h"
#include "daemon/control/render.h"
#include "daemon/control/report_json.h"
#include "tools/downlinkctl/command_line.h"
#include "tools/downlinkctl/socket_path.h"

namespace {

using dl::downlinkctl::CommandLine;
using dl::downlinkctl::Done;
using dl::downlinkctl::ExitCode;

// For everything but `wait`: downlinkd answers from memory and from one look into its journal.
constexpr dl::Milliseconds kAnswerTimeout = std::chrono::seconds(10);

// https://no-color.org: set and not empty means no colour.
bool wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && !(no_color && *no_color);
}

std::string text_of(const dl::control::Report& report, bool json) {
  if (!json) return dl::control::render(report, {.colour = wants_colour()});
  return dl::control::to_json(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

ExitCode exit_code_of(const dl::control::Report& report) {
  const auto* wait = std::get_if<dl::control::WaitReport>(&report);
  return wait && !wait->reached ? ExitCode::timed_out : ExitCode::ok;
}

Done run(const CommandLine& line) {
  dl::downlinkctl::SocketChoice choice{line.socket, line.config_file, {}};
  if (const char* environment = std::getenv("DOWNLINKD_SOCKET"); environment && *environment)
    choice.environment = environment;
  const auto socket = choose_socket(choice);
  if (!socket) return {ExitCode::usage, "", socket.error().message};

  const bool waits = line.request.command == dl::control::Command::wait;
  const auto timeout = kAnswerTimeout + (waits ? line.request.timeout : dl::Milliseconds(0));
  const auto report = dl::control::ask(*socket, line.request, timeout);
  if (report) return {exit_code_of(*report), text_of(*report, line.json), ""};
  const bool refused = report.error().what == dl::control::ClientError::What::refused;
  return {refused ? ExitCode::refused : ExitCode::unreachable, "", report.error().error.message};
}

ExitCode finish(const Done& done) {
  if (!done.error.empty()) std::fprintf(stderr, "downlinkctl: %s\n", done.error.c_str());
  const bool written = std::fwrite(done.output.data(), 1, done.output.size(), stdout) == done.output.size();
  if (std::fflush(stdout) == 0 && written) return done.code;
  std::perror("downlinkctl: writing standard output");
  return ExitCode::cannot_write;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = dl::downlinkctl::parse_command_line(argc, argv);
  const auto* line = std::get_if<CommandLine>(&parsed);
  return static_cast<int>(finish(line ? run(*line) : std::get<Done>(parsed)));
}
