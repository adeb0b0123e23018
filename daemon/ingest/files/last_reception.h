// When the last bytes of what was recorded came down: where a source that can ask for the past goes on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/time.h"

namespace dl::daemon {

// Of the last chunk of the recording in the folder of a pass. Nothing when there is none that can be read.
std::optional<UtcTime> last_reception_in(const std::filesystem::path& pass_directory);

// Of the newest pass of the source that is still in the folder of passes.
std::optional<UtcTime> last_reception_of(const std::filesystem::path& passes_directory, const std::string& source);

}  // namespace dl::daemon
