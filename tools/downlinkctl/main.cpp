// downlinkctl: looks at a running downlinkd, and asks it for things. Manual: downlinkctl(1).
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
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

// For most: downlinkd answers from memory and from one look into its journal.
constexpr dl::Milliseconds kAnswerTimeout = std::chrono::seconds(10);
// Thousands of folders on a slow disk.
constexpr dl::Milliseconds kRemovalTimeout = std::chrono::minutes(30);

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
  if (const auto* wait = std::get_if<dl::control::WaitReport>(&report))
    return wait->reached ? ExitCode::ok : ExitCode::timed_out;
  const auto* verify = std::get_if<dl::control::VerifyReport>(&report);
  if (!verify) return ExitCode::ok;
  if (!verify->mismatches.empty()) return ExitCode::refused;
  return verify->complete ? ExitCode::ok : ExitCode::timed_out;
}

using Answer = tl::expected<dl::control::Report, dl::control::ClientError>;

Answer ask(const std::filesystem::path& socket, const dl::control::Request& request) {
  using dl::control::Command;
  const bool takes_long = request.command == Command::wait || request.command == Command::verify;
  auto timeout = kAnswerTimeout + (takes_long ? request.timeout : dl::Milliseconds(0));
  const bool removes_files = (request.command == Command::drop || request.command == Command::retention);
  if (removes_files) timeout += kRemovalTimeout;
  return dl::control::ask(socket, request, timeout);
}

Done done_of(const Answer& answer, bool json) {
  if (answer) return {exit_code_of(*answer), text_of(*answer, json), ""};
  const bool refused = answer.error().what == dl::control::ClientError::What::refused;
  return {refused ? ExitCode::refused : ExitCode::unreachable, "", answer.error().error.message};
}

// Shows what would go, and asks at the terminal.
bool confirmed(const dl::control::Report& plan) {
  std::fprintf(stderr, "%s\nDrop them? Type yes: ", dl::control::render(plan, {}).c_str());
  std::array<char, 16> answer{};
  if (!std::fgets(answer.data(), static_cast<int>(answer.size()), stdin)) return false;
  return std::string_view(answer.data()) == "yes\n";
}

Done run(const CommandLine& line) {
  dl::downlinkctl::SocketChoice choice{line.socket, line.config_file, {}};
  if (const char* environment = std::getenv("DOWNLINKD_SOCKET"); environment && *environment)
    choice.environment = environment;
  const auto socket = choose_socket(choice);
  if (!socket) return {ExitCode::usage, "", socket.error().message};

  const bool drops = line.request.command == dl::control::Command::drop && !line.request.dry_run;
  if (drops && !line.yes) {
    if (isatty(STDIN_FILENO) != 1)
      return {ExitCode::usage, "", "drop: expected --yes or --dry-run, for there is no terminal to ask at"};
    auto question = line.request;
    question.dry_run = true;
    const auto plan = ask(*socket, question);
    if (!plan) return done_of(plan, line.json);
    if (!confirmed(*plan)) return {ExitCode::refused, "", "drop: nothing was dropped"};
  }
  return done_of(ask(*socket, line.request), line.json);
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
