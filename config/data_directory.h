// Where the data files are that come with the programs: link profiles and calibration tables.
#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"

namespace dl::config {

enum class DataDirectory {
  spacecraft,  // link profiles, *.toml
  tables,      // <instrument>/tables/*.json
};

// For a caller to whom no option has named one. In this order:
//   the environment                DOWNLINKD_SPACECRAFT_DIRECTORY, DOWNLINKD_TABLES_DIRECTORY
//   beside the installed program   ../share/downlinkd/spacecraft, ../share/downlinkd/tables from the executable's
//   folder the source tree                config/spacecraft, decoders in any folder above the executable's
// Kind config when there is none; the message names every place.
Result<std::filesystem::path> find_data_directory(DataDirectory which);

// The same with everything given, for tests. `from_environment` is empty where the variable is not set.
Result<std::filesystem::path> find_data_directory(DataDirectory which, const std::string& from_environment,
                                                  const std::filesystem::path& executable_directory);

}  // namespace dl::config
