// A granule in, a scene folder out: DESIGN section 8, docs/formats/scene.md.
#pragma once

#include "calibrate/calibrated_granule.h"
#include "core/error.h"
#include "scene/asset.h"
#include "scene/scene_options.h"

namespace dl::scene {

// Writes every asset and manifest.json into a temporary folder, syncs it and renames it to its final place. The same
// granule and options give the same bytes, whatever the clock, the machine, the folders and the pass are called.
//
// A folder that is in the final place already is left as it is; the result says so, and whether its content differs.
// On failure nothing is left in the final place, and nothing in the work directory.
// Kinds: permanent (a granule whose arrays contradict its sizes), io, exhausted (disk, memory), corrupt (a folder
// without a manifest is in the final place).
Result<WrittenScene> write_scene(const calibrate::CalibratedGranule& granule, const SceneOptions& options);

}  // namespace dl::scene
