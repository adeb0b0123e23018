// The packets of one instrument and slot as a scene: docs/formats/level-0.md, "Archive of an instrument".
#pragma once

#include "calibrate/packet_granule.h"
#include "core/error.h"
#include "scene/asset.h"
#include "scene/scene_options.h"

namespace dl::scene {

// Writes packet files, their indexes, packets.jsonl, provenance.json, item.json and manifest.json, as write_scene()
// does: whole or not at all, the same bytes for the same granule and options. A folder that is in the final place
// already is left as it is. Kinds: permanent (no packets, names that cannot be), io, exhausted, corrupt.
Result<WrittenScene> write_packet_archive(const calibrate::PacketGranule& granule, const SceneOptions& options);

}  // namespace dl::scene
