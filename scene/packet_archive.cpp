#include "scene/packet_archive.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "scene/level0_stream.h"
#include "scene/packet_archive_json.h"
#include "scene/provenance_json.h"
#include "scene/scene_folder.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

using calibrate::ArchivedPacket;
using calibrate::PacketGranule;

// Of packets.jsonl.
Json packet_line(const ArchivedPacket& packet, const std::string& file, std::uint64_t offset) {
  Json line = {{"time", format_utc(packet.time)},
               {"vcid", packet.vcid},
               {"apid", packet.apid},
               {"sequence_flags", packet.sequence_flags},
               {"sequence_count", packet.sequence_count},
               {"file", file},
               {"offset", offset},
               {"size_bytes", packet.bytes.size()},
               {"verified", packet.verified}};
  line["missing_before"] = packet.missing_before ? Json(*packet.missing_before) : Json(nullptr);
  if (packet.length_unexpected) line["length_unexpected"] = true;
  return line;
}

// One archive while it is being made.
class Writer {
 public:
  Writer(const PacketGranule& granule, const SceneOptions& options, SceneFolder folder)
      : granule_(granule),
        options_(options),
        identity_{granule.platform, granule.instrument, granule.slot_start},
        folder_(std::move(folder)) {}

  Result<WrittenScene> write() {
    for (const ArchivedPacket& packet : granule_.packets) DL_CHECK(add(packet));
    for (auto& [name, stream] : streams_) {
      DL_CHECK(stream.close_frame(compressor_, folder_.path()));
      DL_CHECK(folder_.adopt(stream.packet_file_name(), kMediaTypeZstd));
      DL_CHECK(folder_.adopt(stream.index_file_name(), kMediaTypeJsonLines));
    }
    DL_CHECK(folder_.add("packets.jsonl", kMediaTypeJsonLines, as_bytes(index_)));
    const std::string provenance = document_text(packet_archive_provenance(granule_, identity_, options_));
    DL_CHECK(folder_.add("provenance.json", kMediaTypeJson, as_bytes(provenance)));
    const std::string item = document_text(packet_archive_item({granule_, identity_, options_, folder_.assets()}));
    DL_CHECK(folder_.add("item.json", kMediaTypeGeoJson, as_bytes(item)));
    return folder_.publish(identity_, granule_.packets.front().time, granule_.packets.back().time, options_);
  }

 private:
  Result<void> add(const ArchivedPacket& packet) {
    const std::string name = packet_file_stem(packet);
    Level0Stream& stream = streams_.try_emplace(name, name).first->second;
    index_ += packet_line(packet, stream.packet_file_name(), stream.size_bytes()).dump() + "\n";
    stream.add(packet.vcid, packet.sequence_count, order_++, packet.bytes);
    return stream.buffered_bytes() < kLevel0FrameBytes ? Result<void>{}
                                                       : stream.close_frame(compressor_, folder_.path());
  }

  const PacketGranule& granule_;
  const SceneOptions& options_;
  SceneIdentity identity_;
  SceneFolder folder_;
  Level0Compressor compressor_;
  std::map<std::string, Level0Stream> streams_;  // by name
  std::string index_;
  std::uint64_t order_ = 0;
};

}  // namespace

Result<WrittenScene> write_packet_archive(const PacketGranule& granule, const SceneOptions& options) {
  DL_CHECK(check_name("platform", granule.platform));
  DL_CHECK(check_name("instrument", granule.instrument));
  if (granule.packets.empty()) {
    return fail(ErrorKind::permanent, fmt::format("an archive of '{}' without packets is none", granule.instrument));
  }
  const SceneIdentity identity{granule.platform, granule.instrument, granule.slot_start};
  DL_TRY(SceneFolder folder, SceneFolder::create(options.work_directory, scene_id(identity)));
  return Writer(granule, options, std::move(folder)).write();
}

}  // namespace dl::scene
