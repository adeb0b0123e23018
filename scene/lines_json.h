// lines.json: time and flags of every line (docs/formats/scene.md).
#pragma once

#include <string>

#include "calibrate/calibrated_granule.h"
#include "scene/scene_names.h"

namespace dl::scene {

std::string make_lines_json(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity);

}  // namespace dl::scene
