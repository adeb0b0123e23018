// The command line of `downlinkctl cal`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "tools/downlinkctl/calibration/command.h"

namespace CLI {
class App;
}

namespace dl::downlinkctl {

// What CLI11 fills before it is checked.
struct CalTexts {
  std::string platform, instrument, table, at, known_at, profile, side, tables, overlays, a, b, file;
  bool rows = false;
};

void add_cal(CLI::App& app, CalTexts& texts);
// After parsing. Tables and overlays are those that were named, or those of the configuration file: `config_file`, or
// the usual one where it exists; else the installed tables without overlays. Kind config: in words for the operator.
Result<CalCommand> complete_cal(const CLI::App& app, const CalTexts& texts,
                                const std::optional<std::filesystem::path>& config_file);

}  // namespace dl::downlinkctl
