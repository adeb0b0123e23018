// Names of scenes and their files. The same slot of the same instrument has the same name everywhere (DESIGN section
// 8).
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace dl::scene {

// Who and when: what a scene is called by.
struct SceneIdentity {
  std::string platform;    // "metop-b"
  std::string instrument;  // "avhrr-3", "level-0"
  UtcTime start{};         // of the slot; of the data for Level-0
};

// "metop-b_avhrr-3_20260512T120000Z"
std::string scene_id(const SceneIdentity& identity);

// "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z"
std::string object_prefix(const SceneIdentity& identity);

// "3A" -> "band-3a.tif" and "band-3a".
std::string band_file_name(std::string_view band_name);
std::string band_asset_key(std::string_view band_name);

// Letters, digits, '-', '.', not starting with '.': what may stand in a file name, an object name and a URL as it is.
// Kind permanent otherwise; `what` is for the message.
Result<void> check_name(std::string_view what, std::string_view name);

}  // namespace dl::scene
