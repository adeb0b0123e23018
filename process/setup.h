// From settings to what a pass needs: the profile, the orbit, the tables, and the names of the scenes.
#pragma once

#include <filesystem>
#include <string>

#include "config/data_directory.h"
#include "core/error.h"
#include "decoders/instrument.h"
#include "process/settings.h"
#include "scene/scene_options.h"

namespace dl::process {

struct PassSetup {
  decoders::PassContext context;
  scene::SceneOptions scene;  // folders, layout and pass id are the caller's to fill in
};

// Kind config when a file that was named is missing or wrong.
Result<PassSetup> make_setup(const CommonSettings& settings, UtcTime started_at);

// `given`, or where the data of this kind is installed.
Result<std::filesystem::path> directory_or_default(const std::filesystem::path& given, config::DataDirectory kind);

// The exit code that an error calls for.
int exit_code_of(const Error& error);

}  // namespace dl::process
