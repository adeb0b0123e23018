#include "scene/packet_archive_json.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scene/level0_stream.h"
#include "scene/provenance_json.h"
#include "scene/stac_geometry_json.h"
#include "scene/stac_json.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

using calibrate::ArchivedPacket;
using calibrate::PacketGranule;

constexpr const char* kRejected = "rejected";

struct Counts {
  std::uint64_t packets = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t missing = 0;  // between the first and the last, by the sequence count
  std::uint64_t length_unexpected = 0;

  void take(const ArchivedPacket& packet) {
    ++packets;
    size_bytes += packet.bytes.size();
    missing += packet.missing_before.value_or(0);
    if (packet.length_unexpected) ++length_unexpected;
  }
};

struct Totals {
  Counts verified;
  Counts rejected;
  std::map<std::uint16_t, Counts> by_apid;  // verified ones
};

Totals count(const PacketGranule& granule) {
  Totals totals;
  for (const ArchivedPacket& packet : granule.packets) {
    (packet.verified ? totals.verified : totals.rejected).take(packet);
    if (packet.verified) totals.by_apid[packet.apid].take(packet);
  }
  return totals;
}

std::string kind_of(const PacketGranule& granule, std::uint16_t apid) {
  const auto kind = granule.kinds.find(apid);
  return kind == granule.kinds.end() ? std::string() : kind->second;
}

Json verification_json(const PacketGranule& granule, const Totals& totals) {
  return {{"checksum", granule.checksum},
          {"checked", totals.verified.packets + totals.rejected.packets},
          {"passed", totals.verified.packets},
          {"failed", totals.rejected.packets},
          {"length_unexpected", totals.verified.length_unexpected},
          {"duplicates_left_out", granule.duplicates}};
}

Json apids_json(const PacketGranule& granule, const Totals& totals) {
  Json apids = Json::array();
  for (const auto& [apid, counts] : totals.by_apid) {
    apids.push_back({{"apid", apid},
                     {"kind", kind_of(granule, apid)},
                     {"file", Level0Stream(Level0Stream::apid_name(apid)).packet_file_name()},
                     {"packets", counts.packets},
                     {"packets_missing", counts.missing},
                     {"size_bytes", counts.size_bytes}});
  }
  return apids;
}

void add_file(Json& item, const std::vector<Asset>& assets, const std::string& stem, const std::string& what,
              const Counts& counts, Json more) {
  const Level0Stream names(stem);
  for (const Asset& asset : assets) {
    if (asset.name == names.packet_file_name()) {
      Json entry = stac_asset(asset, what, {"data"});
      entry.update(more);
      entry["downlinkd:packets"] = counts.packets;
      entry["downlinkd:packets_missing"] = counts.missing;
      entry["downlinkd:uncompressed_size_bytes"] = counts.size_bytes;
      item["assets"][stem] = std::move(entry);
    } else if (asset.name == names.index_file_name()) {
      item["assets"][stem + "-index"] = stac_asset(asset, "Index of the frames: " + what, {"metadata"});
    }
  }
}

void add_assets(Json& item, const PacketArchiveContent& content, const Totals& totals) {
  for (const auto& [apid, counts] : totals.by_apid) {
    const std::string kind = kind_of(content.granule, apid);
    add_file(item, content.assets, Level0Stream::apid_name(apid),
             fmt::format("Packets of APID {}{}{}", apid, kind.empty() ? "" : ": ", kind), counts,
             {{"downlinkd:apid", apid}});
  }
  if (totals.rejected.packets > 0) {
    add_file(item, content.assets, kRejected, "Packets whose checksum is wrong", totals.rejected, Json::object());
  }
  for (const Asset& asset : content.assets) {
    if (asset.name == "packets.jsonl") {
      item["assets"]["packets"] = stac_asset(asset, "Time, APID, place and gaps of every packet", {"metadata"});
    } else if (asset.name == "provenance.json") {
      item["assets"]["provenance"] = stac_asset(asset, "Where the packets came from", {"metadata"});
    }
  }
}

void add_place(Json& item, const PacketGranule& granule) {
  if (granule.footprint) add_footprint(item, *granule.footprint);
  if (!granule.footprint) add_track(item, granule.track);
  const Json satellite = satellite_fields(granule.provenance, granule.orbit_state, granule.absolute_orbit);
  if (!satellite.empty()) item["stac_extensions"].push_back(kStacSat);
  Json& properties = item["properties"];
  properties.update(satellite);
  properties["downlinkd:orbit"] = orbit_json(granule.provenance);
  if (item["geometry"].is_null()) {
    properties["downlinkd:ungeolocated_reason"] = granule.ungeolocated_reason;
  } else {
    properties["downlinkd:outline"] = granule.outline;
  }
}

}  // namespace

std::string packet_file_stem(const ArchivedPacket& packet) {
  return packet.verified ? Level0Stream::apid_name(packet.apid) : kRejected;
}

Json packet_archive_item(const PacketArchiveContent& content) {
  const PacketGranule& granule = content.granule;
  const Totals totals = count(granule);
  Json item = stac_item_frame(content.identity, granule.packets.front().time, granule.packets.back().time, "L0",
                              content.options);
  item["stac_extensions"] = Json::array({kStacProcessing, kStacFile});
  add_place(item, granule);
  Json& properties = item["properties"];
  properties["downlinkd:slot_start"] = format_utc(granule.slot_start);
  properties["downlinkd:slot_seconds"] = granule.slot_length.count();
  properties["downlinkd:packets"] = totals.verified.packets;
  properties["downlinkd:packets_missing"] = totals.verified.missing;
  properties["downlinkd:packets_sha256"] = granule.provenance.packets_sha256;
  properties["downlinkd:verification"] = verification_json(granule, totals);
  properties["downlinkd:apids"] = apids_json(granule, totals);
  properties["downlinkd:flags"] = granule.provenance.flags;
  properties["downlinkd:symbols_corrected"] = granule.provenance.symbols_corrected;
  add_assets(item, content, totals);
  return item;
}

Json packet_archive_provenance(const PacketGranule& granule, const SceneIdentity& identity,
                               const SceneOptions& options) {
  const Totals totals = count(granule);
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return {{"format", "downlinkd.packet-archive/1"},
          {"scene_id", scene_id(identity)},
          {"platform", granule.platform},
          {"instrument", granule.instrument},
          {"title", granule.title},
          {"level", "L0"},
          {"station", text_or_null(options.station)},
          {"program", {{"name", "downlinkd"}, {"version", options.program_version}}},
          {"configuration_sha256", text_or_null(options.configuration_sha256)},
          {"link_profile", options.link_profile},
          {"input",
           {{"packets_sha256", granule.provenance.packets_sha256},
            {"packets", totals.verified.packets},
            {"symbols_corrected", granule.provenance.symbols_corrected}}},
          {"verification", verification_json(granule, totals)},
          {"apids", apids_json(granule, totals)},
          {"geometry",
           {{"orbit", orbit_json(granule.provenance)},
            {"attitude_model", text_or_null(granule.provenance.attitude_model)},
            {"outline", text_or_null(granule.outline)},
            {"ungeolocated_reason", text_or_null(granule.ungeolocated_reason)}}},
          {"flags", granule.provenance.flags},
          {"remarks", granule.provenance.remarks}};
}

}  // namespace dl::scene
