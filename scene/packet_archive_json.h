// The documents of an archive of packets: item.json (STAC 1.0.0) and provenance.json.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "calibrate/packet_granule.h"
#include "scene/asset.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"

namespace dl::scene {

// References live as long as the call.
struct PacketArchiveContent {
  const calibrate::PacketGranule& granule;
  const SceneIdentity& identity;
  const SceneOptions& options;
  const std::vector<Asset>& assets;  // all but item.json itself
};

// Beginning of the names of the files that hold a packet: "apid-0130", "rejected".
std::string packet_file_stem(const calibrate::ArchivedPacket& packet);

nlohmann::ordered_json packet_archive_item(const PacketArchiveContent& content);
nlohmann::ordered_json packet_archive_provenance(const calibrate::PacketGranule& granule, const SceneIdentity& identity,
                                                 const SceneOptions& options);

}  // namespace dl::scene
