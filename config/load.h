// From a TOML file to a Config. Every mistake in the file is reported, not only the first.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.h"

namespace dl::config {

struct ConfigError {
  std::string file;
  std::size_t line = 0;  // 1-based; 0 when the error is about the whole file
  std::size_t column = 0;
  std::string key;      // "source[0].listen"; empty when the file is no TOML
  std::string message;  // "expected …, found …"

  // "file:line:col: key: expected …, found …"
  [[nodiscard]] std::string text() const;
};

struct ConfigErrors {
  std::vector<ConfigError> errors;  // in the order of the file; never empty

  // One line per error, then the count: "3 errors in 'downlinkd.toml'". Ends with a line feed.
  [[nodiscard]] std::string text() const;
};

// The link profiles that a source may name, from the configured folder of profiles, or the installed one when it is
// empty.
using ListSpacecraft = std::function<std::vector<std::string>(const std::optional<std::filesystem::path>& directory)>;

// What [bandwidth] may say is the uplink's matter: these tell what is wrong with a text, or nothing. One that is not
// given takes everything.
struct BandwidthRules {
  std::function<std::optional<std::string>(const std::vector<std::string>& entries)> timetable;
  std::function<std::optional<std::string>(const std::string& rate)> rate;
};

// Reads and validates `file`. A source may name a profile that `list_spacecraft` knows, or a profile's file (a path
// that ends in .toml). Relative paths in the file count from the file's own folder. Looks at the file system only for
// files that must be there already (TLE, credentials, CA, programs, profiles).
tl::expected<Config, ConfigErrors> load_config(const std::filesystem::path& file, const ListSpacecraft& list_spacecraft,
                                               const BandwidthRules& rules = {});

// The same for text in memory; `file` is the name for messages and the base of relative paths.
tl::expected<Config, ConfigErrors> parse_config(std::string_view text, const std::filesystem::path& file,
                                                const ListSpacecraft& list_spacecraft,
                                                const BandwidthRules& rules = {});

// Only [general], for programs that want to know where the daemon of this file is found: mistakes elsewhere are none of
// their business.
tl::expected<General, ConfigErrors> load_general(const std::filesystem::path& file);

// The same for [process]: where the calibration tables are.
tl::expected<Process, ConfigErrors> load_process(const std::filesystem::path& file);

// What --check-config prints for a good file: every key with the value in force, in the order of the schema.
std::string render_config(const Config& config);

}  // namespace dl::config
