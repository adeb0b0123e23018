// A temporary folder for one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "core/file.h"
#include "scene/scene_options.h"

namespace dl::scene::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dl-scene-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline SceneOptions options_in(const std::filesystem::path& folder) {
  SceneOptions options;
  options.work_directory = folder / "work";
  options.scenes_directory = folder / "scenes";
  options.pass_id = "20260512T115203Z-antenna1";
  options.station = "test-station";
  options.program_version = "1.2.3";
  options.link_profile = "metop-b";
  options.configuration_sha256 = std::string(64, 'e');
  return options;
}

// Name -> content of every file of a folder.
inline std::map<std::string, std::string> read_folder(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto text = read_text_file(entry.path());
    EXPECT_TRUE(text) << entry.path();
    files[entry.path().filename().string()] = text.value_or("");
  }
  return files;
}

// What is below the folder and is no folder itself.
inline std::size_t count_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!entry.is_directory()) ++count;
  }
  return count;
}

}  // namespace dl::scene::test
