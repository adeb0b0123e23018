#include "config/data_directory.h"

#include <cstdlib>
#include <vector>

#include <fmt/format.h>

namespace dl::config {
namespace {

namespace fs = std::filesystem;

struct Places {
  const char* what;
  const char* variable;
  fs::path installed;
  fs::path in_source_tree;
  fs::path
      landmark;  // what the folder in the source tree must hold, so that no folder of the same name is taken for it
};

Places places_of(DataDirectory which) {
  if (which == DataDirectory::spacecraft) {
    return {"link profiles", "DOWNLINKD_SPACECRAFT_DIRECTORY", "../share/downlinkd/spacecraft", "config/spacecraft",
            "metop-b.toml"};
  }
  return {"calibration tables", "DOWNLINKD_TABLES_DIRECTORY", "../share/downlinkd/tables", "decoders", "registry.h"};
}

bool directory_exists(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool path_exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

fs::path executable_directory() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

Result<fs::path> find_data_directory(DataDirectory which) {
  const char* value = std::getenv(places_of(which).variable);
  return find_data_directory(which, value == nullptr ? "" : value, executable_directory());
}

Result<fs::path> find_data_directory(DataDirectory which, const std::string& from_environment,
                                     const fs::path& executable_directory) {
  const Places places = places_of(which);
  if (!from_environment.empty()) {
    if (directory_exists(from_environment)) return fs::path(from_environment);
    return fail(ErrorKind::config, fmt::format("looking for the {}: expected a folder in {}, found '{}', which is none",
                                               places.what, places.variable, from_environment));
  }
  const fs::path installed = (executable_directory / places.installed).lexically_normal();
  if (directory_exists(installed)) return installed;
  for (fs::path folder = executable_directory; folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::path candidate = folder / places.in_source_tree;
    if (path_exists(candidate / places.landmark)) return candidate;
  }
  return fail(ErrorKind::config,
              fmt::format("looking for the {}: expected '{}', or '{}' in a folder above '{}', found neither; name the "
                          "folder by option or by {}",
                          places.what, installed.native(), places.in_source_tree.native(),
                          executable_directory.native(), places.variable));
}

}  // namespace dl::config
