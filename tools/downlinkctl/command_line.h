// The command line of downlinkctl. CLI11 and its exceptions stay behind parse_command_line().
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "daemon/control/protocol.h"
#include "tools/downlinkctl/calibration/command.h"

namespace dl::downlinkctl {

// Documented in downlinkctl(1); scripts rely on them.
enum class ExitCode {
  ok = 0,
  refused = 1,       // downlinkd answered that it cannot or will not; verify: something is not what it should be; cal:
                     // tables that break the rules, or something that there is not
  timed_out = 3,     // wait: the condition was not reached in time; verify: there was not time for all
  usage = 64,        // EX_USAGE
  unreachable = 69,  // EX_UNAVAILABLE: no downlinkd answered
  cannot_write = 74  // EX_IOERR: standard output
};

struct CommandLine {
  control::Request request;
  std::optional<std::filesystem::path> socket;
  std::optional<std::filesystem::path> config_file;
  bool json = false;
  bool yes = false;               // drop without asking
  std::optional<CalCommand> cal;  // then there is no request
};

// The program ends here: help and version on standard output, a mistake as one line on standard error.
struct Done {
  ExitCode code = ExitCode::ok;
  std::string output;
  std::string error;
};

std::variant<CommandLine, Done> parse_command_line(int argc, const char* const* argv);

}  // namespace dl::downlinkctl
