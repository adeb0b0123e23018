// downlinkctl: looks at a running downlinkd, and asks it for things. Manual: downlinkctl(1).
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
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
// Checking all tables takes downlinkd a part of a second.
constexpr dl::Milliseconds kTakePatience = std::chrono::seconds(10);
constexpr dl::Milliseconds kTakeInterval{100};

// https://no-color.org: set and not empty means no colour.
bool wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && !(no_color && *no_color);
}

template <class AnyReport>
std::string text_of(const AnyReport& report, bool json) {
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

std::optional<std::filesystem::path> socket_in_environment() {
  const char* environment = std::getenv("DOWNLINKD_SOCKET");
  if (environment == nullptr || *environment == '\0') return std::nullopt;
  return environment;
}

// downlinkd notices what was put there by itself; whoever runs this wants to know that it has.
std::string daemon_takes(const CommandLine& line, const std::string& sha256) {
  const auto socket = dl::downlinkctl::choose_socket({line.socket, line.config_file, socket_in_environment()});
  if (!socket) return socket.error().message;
  dl::control::Request request;
  request.command = dl::control::Command::status;
  const auto deadline = std::chrono::steady_clock::now() + kTakePatience;
  std::string problem;
  do {
    const auto answer = ask(*socket, request);
    if (!answer) return "no answer; it takes the file when it runs";
    const auto& tables = std::get<dl::control::StatusReport>(*answer).tables;
    if (tables.sha256 == sha256) return "has taken it";
    problem = tables.problem;
    std::this_thread::sleep_for(kTakeInterval);
  } while (std::chrono::steady_clock::now() < deadline);
  return problem.empty() ? "another set is in force: does it use this folder of overlays?" : "refuses it: " + problem;
}

Done run_cal_command(const CommandLine& line) {
  auto outcome = dl::downlinkctl::run_cal(*line.cal);
  if (!outcome) return {ExitCode::refused, "", outcome.error().message};
  auto* import_report = std::get_if<dl::control::CalImportReport>(&outcome->report);
  if (import_report && outcome->is_good) import_report->daemon = daemon_takes(line, import_report->sha256);
  return {outcome->is_good ? ExitCode::ok : ExitCode::refused, text_of(outcome->report, line.json), ""};
}

Done run(const CommandLine& line) {
  if (line.cal) return run_cal_command(line);
  const auto socket = dl::downlinkctl::choose_socket({line.socket, line.config_file, socket_in_environment()});
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
