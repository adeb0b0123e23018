// Link profiles: config/spacecraft/<name>.toml to link::Profile. The keys are described in docs/formats/spacecraft.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "link/profile.h"

namespace dl::config {

// `name_or_path` is a path when it ends in ".toml", otherwise the name of a file without that ending in one of the
// folders. Kind config: every mistake in the file, one a line as "file:line:col: key: expected …, found …"; for an
// unknown name, the known ones. Unknown keys are mistakes.
Result<link::Profile> load_spacecraft_profile(const std::string& name_or_path,
                                              const std::vector<std::filesystem::path>& search_directories);

// The same for text in memory; `file` gives the profile its name and stands in the messages.
Result<link::Profile> parse_spacecraft_profile(std::string_view text, const std::filesystem::path& file);

// The names in these folders, sorted, each once. A folder that does not exist has none.
std::vector<std::string> list_spacecraft_profiles(const std::vector<std::filesystem::path>& search_directories);

}  // namespace dl::config
