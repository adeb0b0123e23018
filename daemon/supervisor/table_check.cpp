#include "daemon/supervisor/table_check.h"

#include <csignal>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "daemon/supervisor/child_process.h"

namespace dl::daemon {
namespace {

using Json = nlohmann::json;

constexpr Seconds kPatience{60};
constexpr std::size_t kAnswerLimitBytes = 1U << 20;

std::vector<std::string> arguments(const TableCheckCommand& command) {
  std::vector<std::string> words{"check-tables", "--keep", command.keep.string(), "--control-fd",
                                 std::to_string(kControlDescriptor)};
  const auto add = [&words](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--tables", command.tables.string());
  add("--overlays", command.overlays.string());
  add("--in-force", command.in_force.string());
  if (command.memory_limit_bytes > 0) add("--memory-limit-mib", std::to_string(command.memory_limit_bytes >> 20));
  return words;
}

std::string problem_text(const Json& problem) {
  const std::string file = problem.value("file", "");
  const std::uint64_t line = problem.value("line", std::uint64_t{0});
  const std::string element = problem.value("element", "");
  std::string text = file;
  if (line > 0) text += fmt::format(":{}", line);
  if (!text.empty()) text += ": ";
  if (!element.empty()) text += fmt::format("'{}': ", element);
  return text + problem.value("reason", "");
}

// The child, and what it says while somebody waits for its end.
struct Talk {
  explicit Talk(ChildProcess started, asio::io_context& io) : child(std::move(started)), deadline(io) {}
  ChildProcess child;
  asio::steady_timer deadline;
  std::string answer, errors;
  bool too_late = false;
};
using Talker = std::shared_ptr<Talk>;

Failure no_answer(const ChildExit& exit, const std::string& errors) {
  const std::string how = exit.code ? fmt::format("code {}", *exit.code) : fmt::format("signal {}", exit.signal);
  return fail(ErrorKind::io,
              fmt::format("downlink-process check-tables ended with {}: {}", how, errors.substr(0, errors.find('\n'))));
}

template <class Stream>
asio::awaitable<void> read_all(Stream& stream, std::string& text) {
  error_code error;
  while (!error && text.size() < kAnswerLimitBytes) {
    co_await asio::async_read(stream, asio::dynamic_buffer(text, kAnswerLimitBytes), asio::transfer_at_least(1),
                              asio::redirect_error(asio::use_awaitable, error));
  }
}

asio::awaitable<void> read_errors(Talker talk) {
  co_await read_all(talk->child.errors(), talk->errors);
}

asio::awaitable<void> watch(Talker talk) {
  error_code cancelled;
  co_await talk->deadline.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (cancelled) co_return;
  talk->too_late = true;
  talk->child.send_signal(SIGKILL);
}

}  // namespace

Result<TableCheckAnswer> parse_table_check_answer(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto not_one = [&] {
    return fail(ErrorKind::corrupt,
                fmt::format("expected an answer of downlink-process check-tables, found '{}'", text.substr(0, 80)));
  };
  if (!json.is_object()) return not_one();
  try {
    TableCheckAnswer answer;
    const std::string type = json.value("type", "");
    if (type == "refused") {
      for (const Json& problem : json.value("problems", Json::array()))
        answer.problems.push_back(problem_text(problem));
      if (answer.problems.empty()) return not_one();
      return answer;
    }
    answer.sha256 = json.value("sha256", "");
    if (type != "tables" || answer.sha256.empty()) return not_one();
    answer.tables = json.value("tables", std::uint64_t{0});
    answer.rows = json.value("rows", std::uint64_t{0});
    return answer;
  } catch (const Json::exception&) {
    return not_one();
  }
}

asio::awaitable<Result<TableCheckAnswer>> run_table_check(asio::io_context& io, TableCheckCommand command) {
  auto child = ChildProcess::start(io, command.program, arguments(command));
  if (!child) co_return Failure(child.error());
  const auto talk = std::make_shared<Talk>(std::move(*child), io);
  talk->deadline.expires_after(kPatience);
  asio::co_spawn(io, watch(talk), ReportEnd{"watching the check of tables"});
  asio::co_spawn(io, read_errors(talk), ReportEnd{"reading errors of the check of tables"});
  co_await read_all(talk->child.control(), talk->answer);
  const ChildExit exit = co_await talk->child.wait();
  talk->deadline.cancel();
  if (talk->too_late) co_return fail(ErrorKind::transient, "the check of the tables gave no answer in a minute");
  if (exit.code && !talk->answer.empty()) co_return parse_table_check_answer(talk->answer);
  co_return no_answer(exit, talk->errors);
}

}  // namespace dl::daemon
