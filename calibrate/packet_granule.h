// What an archive of packets is made of: the packets of one instrument and one slot of UTC, verified, in order of time.
// The Level-0 counterpart of CalibratedGranule.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "core/bytes.h"
#include "core/time.h"

namespace dl::calibrate {

struct ArchivedPacket {
  UtcTime time{};  // as the packet says
  std::uint8_t vcid = 0;
  std::uint16_t apid = 0;
  std::uint8_t sequence_flags = 3;
  std::uint16_t sequence_count = 0;
  // False: its checksum is wrong. Its time, APID and count are what it says, and may be wrong too.
  bool verified = true;
  // It passed its checksum, but packets of its APID are known to have another length.
  bool length_unexpected = false;
  // Packets of its APID that the sequence count shows to be missing since the one before; nothing where that one is not
  // known, and for packets that are not verified.
  std::optional<std::uint32_t> missing_before;
  Bytes bytes;  // the whole packet
};

struct PacketGranule {
  std::string platform;    // "metop-b"
  std::string instrument;  // "iasi"
  std::string title;
  UtcTime slot_start{};  // of the fixed UTC slot: names the scene
  Seconds slot_length{};
  std::string checksum;                        // what was verified: "xor_16"; "none"
  std::map<std::uint16_t, std::string> kinds;  // what the packets of an APID are: "spectra of pixel 1"
  // By time, APID and sequence count, whatever the order of their arrival; at least one is verified.
  std::vector<ArchivedPacket> packets;
  std::uint64_t duplicates = 0;  // left out: another packet had the same bytes

  // What the outline is, and who says so. Never better than nominal: a packet is not looked into.
  std::string outline;
  std::optional<Footprint> footprint;
  std::vector<std::vector<LonLat>>
      track;                         // of the sub-satellite point, cut at the antimeridian; where there is no swath
  std::string ungeolocated_reason;   // empty where there is an outline
  std::string orbit_state;           // "ascending", "descending", empty when unknown
  std::uint32_t absolute_orbit = 0;  // 0: unknown
  Provenance provenance;             // of the orbit, and the hash of the verified packets
};

}  // namespace dl::calibrate
