// Packets that no decoder takes, kept as they came: one zstd file per APID with an index, as a scene of the instrument
// "level-0" (docs/formats/level-0.md). Nothing that was received is dropped because no decoder knows it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/time.h"
#include "scene/asset.h"
#include "scene/level0_stream.h"
#include "scene/scene_folder.h"
#include "scene/scene_options.h"

namespace dl::scene {

struct Level0Packet {
  std::uint8_t vcid = 0;
  std::uint16_t apid = 0;            // 0 to 2047
  std::uint16_t sequence_count = 0;  // 14 bits
  ByteView bytes;                    // the whole packet, primary header included; copied
};

// The same packets in the same order give the same bytes. Holds at most about 32 MiB of packets, whatever comes, and
// no file open between calls. Not for use by two threads.
class Level0Writer {
 public:
  // `platform` as scenes spell it: "metop-b".
  Level0Writer(std::string platform, SceneOptions options);

  // After a failure (io, exhausted) only destruction is defined; it removes what was written. Kind permanent for a
  // packet that cannot be: APID over 2047, no bytes.
  Result<void> push(const Level0Packet& packet);

  // Publishes the scene; nothing when there was no packet. `start` names it, so it has to be the same whenever the
  // same recording is read: the caller gives the times of its first and last packet. Not to be called twice.
  Result<std::optional<WrittenScene>> finish(UtcTime start, UtcTime end);

 private:
  Result<void> relieve();
  [[nodiscard]] std::string make_provenance(const SceneIdentity& identity, const std::string& packets_sha256) const;
  [[nodiscard]] std::string make_item(const SceneIdentity& identity, UtcTime end,
                                      const std::string& packets_sha256) const;

  std::string platform_;
  SceneOptions options_;
  std::optional<SceneFolder> folder_;              // made at the first packet
  std::map<std::uint16_t, Level0Stream> streams_;  // by APID
  Level0Compressor compressor_;
  Sha256 packets_sha256_;
  std::uint64_t packets_ = 0;
  std::size_t buffered_bytes_ = 0;
};

}  // namespace dl::scene
