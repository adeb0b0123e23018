// What write_scene() and Level0Writer need to know besides the data.
#pragma once

#include <filesystem>
#include <string>

namespace dl::scene {

enum class FolderLayout {
  flat,         // <scenes_directory>/<scene-id>: the spool
  object_tree,  // <scenes_directory>/<object prefix>: the output of a batch run, laid out like the bucket
};

struct SceneOptions {
  std::filesystem::path work_directory;    // for the folder being written; on the file system of scenes_directory
  std::filesystem::path scenes_directory;  // complete scenes are renamed to here
  FolderLayout layout = FolderLayout::flat;
  std::string pass_id;               // stands in manifest.json only, never in a product; empty in batch mode
  std::string station;               // processing:facility of the item; empty: not stated
  std::string program_version;       // "0.1.0"
  std::string link_profile;          // "meteor-m2-lrpt"
  std::string configuration_sha256;  // of what the operator's settings say about the products; empty: not stated
  unsigned compression_threads = 1;  // of the COG encoder; the bytes do not depend on it
};

}  // namespace dl::scene
