#include "scene/level0_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "scene/provenance_json.h"
#include "scene/stac_json.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kInstrument = "level-0";
constexpr std::uint16_t kMaxApid = 2047;  // CCSDS 133.0-B-2, 4.1.3.3.4: eleven bits
// Of all open frames together.
constexpr std::size_t kMaxBufferedBytes = 32 << 20;

const Asset& asset_named(const std::vector<Asset>& assets, const std::string& name) {
  return *std::find_if(assets.begin(), assets.end(), [&](const Asset& asset) { return asset.name == name; });
}

}  // namespace

Level0Writer::Level0Writer(std::string platform, SceneOptions options)
    : platform_(std::move(platform)), options_(std::move(options)) {}

Result<void> Level0Writer::push(const Level0Packet& packet) {
  if (packet.apid > kMaxApid || packet.bytes.empty()) {
    return fail(ErrorKind::permanent,
                fmt::format("a packet of APID {} with {} bytes cannot be: expected an APID up to {}", packet.apid,
                            packet.bytes.size(), kMaxApid));
  }
  if (!folder_) {
    DL_CHECK(check_name("platform", platform_));
    DL_TRY(SceneFolder folder, SceneFolder::create(options_.work_directory, platform_ + "_level-0"));
    folder_.emplace(std::move(folder));
  }
  Level0Stream& stream = streams_.try_emplace(packet.apid, Level0Stream::apid_name(packet.apid)).first->second;
  stream.add(packet.vcid, packet.sequence_count, packets_, packet.bytes);
  packets_sha256_.update(packet.bytes);
  ++packets_;
  buffered_bytes_ += packet.bytes.size();
  if (stream.buffered_bytes() >= kLevel0FrameBytes) {
    buffered_bytes_ -= stream.buffered_bytes();
    return stream.close_frame(compressor_, folder_->path());
  }
  return buffered_bytes_ > kMaxBufferedBytes ? relieve() : Result<void>{};
}

// Closes the frame of the fullest stream, the first of them where several are.
Result<void> Level0Writer::relieve() {
  const auto fullest = std::max_element(streams_.begin(), streams_.end(), [](const auto& a, const auto& b) {
    return a.second.buffered_bytes() < b.second.buffered_bytes();
  });
  buffered_bytes_ -= fullest->second.buffered_bytes();
  return fullest->second.close_frame(compressor_, folder_->path());
}

Result<std::optional<WrittenScene>> Level0Writer::finish(UtcTime start, UtcTime end) {
  if (!folder_) return std::optional<WrittenScene>{};
  const SceneIdentity identity{platform_, std::string(kInstrument), start};
  for (auto& [apid, stream] : streams_) {
    DL_CHECK(stream.close_frame(compressor_, folder_->path()));
    DL_CHECK(folder_->adopt(stream.packet_file_name(), kMediaTypeZstd));
    DL_CHECK(folder_->adopt(stream.index_file_name(), kMediaTypeJsonLines));
  }
  const std::string packets_sha256 = to_hex(packets_sha256_.finish());
  DL_CHECK(folder_->add("provenance.json", kMediaTypeJson, as_bytes(make_provenance(identity, packets_sha256))));
  DL_CHECK(folder_->add("item.json", kMediaTypeGeoJson, as_bytes(make_item(identity, end, packets_sha256))));
  DL_TRY(WrittenScene scene, folder_->publish(identity, start, end, options_));
  folder_.reset();
  return std::optional<WrittenScene>(std::move(scene));
}

std::string Level0Writer::make_provenance(const SceneIdentity& identity, const std::string& packets_sha256) const {
  Json apids = Json::array();
  for (const auto& [apid, stream] : streams_) {
    apids.push_back({{"apid", apid},
                     {"file", stream.packet_file_name()},
                     {"vcids", stream.vcids()},
                     {"packets", stream.packets()},
                     {"size_bytes", stream.size_bytes()},
                     {"frames", stream.frames()}});
  }
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return document_text({{"format", "downlinkd.level-0/1"},
                        {"scene_id", scene_id(identity)},
                        {"platform", platform_},
                        {"station", text_or_null(options_.station)},
                        {"program", {{"name", "downlinkd"}, {"version", options_.program_version}}},
                        {"configuration_sha256", text_or_null(options_.configuration_sha256)},
                        {"link_profile", options_.link_profile},
                        {"input", {{"packets_sha256", packets_sha256}, {"packets", packets_}}},
                        {"apids", apids}});
}

std::string Level0Writer::make_item(const SceneIdentity& identity, UtcTime end,
                                    const std::string& packets_sha256) const {
  Json item = stac_item_frame(identity, identity.start, end, "L0", options_);
  item["stac_extensions"] = Json::array({kStacProcessing, kStacFile});
  Json& properties = item["properties"];
  properties["downlinkd:ungeolocated_reason"] = "packets are not decoded";
  properties["downlinkd:packets"] = packets_;
  properties["downlinkd:packets_sha256"] = packets_sha256;
  const std::vector<Asset>& assets = folder_->assets();
  for (const auto& [apid, stream] : streams_) {
    const std::string key = Level0Stream::apid_name(apid);
    Json packets =
        stac_asset(asset_named(assets, stream.packet_file_name()), fmt::format("Packets of APID {}", apid), {"data"});
    packets["downlinkd:apid"] = apid;
    packets["downlinkd:vcids"] = stream.vcids();
    packets["downlinkd:packets"] = stream.packets();
    packets["downlinkd:uncompressed_size_bytes"] = stream.size_bytes();
    item["assets"][key] = packets;
    item["assets"][key + "-index"] = stac_asset(asset_named(assets, stream.index_file_name()),
                                                fmt::format("Index of the packets of APID {}", apid), {"metadata"});
  }
  item["assets"]["provenance"] = stac_asset(asset_named(assets, "provenance.json"), "What was received", {"metadata"});
  return document_text(item);
}

}  // namespace dl::scene
