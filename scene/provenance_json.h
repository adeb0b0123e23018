// provenance.json: everything that is needed to make the same numbers again, and nothing that differs from run to run.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "calibrate/calibrated_granule.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"

namespace dl::scene {

// The parts that item.json repeats under its own names.
nlohmann::ordered_json calibration_rows_json(const calibrate::Provenance& provenance);
nlohmann::ordered_json calibration_events_json(const calibrate::Provenance& provenance);
// null when no orbit was used.
nlohmann::ordered_json orbit_json(const calibrate::Provenance& provenance);

// The whole document (docs/formats/scene.md).
nlohmann::ordered_json provenance_json(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity,
                                       const SceneOptions& options);

// As it stands in a file: indented, with a newline at the end. Text that is not UTF-8 is replaced, not refused.
std::string document_text(const nlohmann::ordered_json& document);
}  // namespace dl::scene
