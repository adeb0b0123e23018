// What downlink-process was asked to do, from its command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace dl::process {

// Both modes.
struct CommonSettings {
  std::string spacecraft;  // name or .toml file
  std::string station;
  std::filesystem::path spacecraft_directory;  // empty: the installed or source-tree one
  std::filesystem::path tables_directory;      // empty: likewise
  std::vector<std::filesystem::path> overlays_directories;  // tables and rows that join those
  std::filesystem::path tle_file;              // empty: no orbit
  double tle_age_flag_days = 1;
  double tle_age_refuse_days = 3;
  std::string calibration_profile;  // empty: the instrument's default
  std::optional<UtcTime> known_at;
  std::uint64_t memory_limit_bytes = 0;  // 0: none
  unsigned threads = 1;                  // of the COG encoder
};

struct LiveSettings {
  CommonSettings common;
  std::string pass_id;
  std::filesystem::path recording;  // folder of rec-*.raw
  std::filesystem::path work;
  std::filesystem::path scenes;
  std::optional<UtcTime> started_at;
  int control_descriptor = -1;
};

struct BatchSettings {
  CommonSettings common;
  // Files as received, or folders of recordings: receptions of one pass, which are merged where there are several.
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::filesystem::path report;  // empty: <output>/report.json
  std::optional<UtcTime> received_at;
  bool rebind = true;  // take the pass for the spacecraft that its frames name, where one link profile fits
};

// Exit codes of both modes (docs/formats/process-messages.md).
inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 64;
inline constexpr int kExitData = 65;  // check-tables: refused
inline constexpr int kExitNoInput = 66;
inline constexpr int kExitSoftware = 70;  // a ledger does not balance
inline constexpr int kExitExists = 73;    // batch: a scene of the same name and other content was in the output
inline constexpr int kExitIo = 74;
inline constexpr int kExitConfig = 78;

}  // namespace dl::process
