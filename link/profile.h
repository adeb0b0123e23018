// The managed parameters of one downlink: what must be known to turn its bits into packets.
// Names as in CCSDS 131.0-B (coding), 732.0-B (AOS) and 133.0-B (packets). Read from config/spacecraft/*.toml
// by config/spacecraft_profile.h; a new spacecraft with known framing is a new file, not new code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace dl::link {

enum class Randomizer { none, ccsds_255 };
enum class ReedSolomonCode { none, rs_255_223 };
enum class Basis { dual, conventional };

// Packets of these virtual channels and APIDs go to the named instrument; what no route takes goes to Level-0.
struct Route {
  std::uint8_t vcid = 0;
  std::vector<std::uint16_t> apids;
  std::string instrument;  // "avhrr-3"
};

// How the sequence count of space packets runs on this spacecraft.
enum class SequenceCount {
  per_apid,      // CCSDS 133.0-B
  across_apids,  // Meteor LRPT: one counter for all APIDs of the virtual channel
};

// The time code at the start of the packet data field, where packets have one.
struct PacketTime {
  std::int32_t epoch_days_from_1970 = 0;  // CDS: 16-bit day (since the epoch), 32-bit ms, 16-bit us
  bool day_is_valid = true;               // Meteor-M2 sends day 0: a time of day only
  std::int32_t utc_offset_s = 0;          // what to add to the packet's time to get UTC (Meteor: -10800, Moscow time)
};

struct Profile {
  std::string name;      // of the file: "meteor-m2-lrpt"
  std::string platform;  // "meteor-m2"
  std::string title;
  std::uint32_t norad_id = 0;
  std::string cospar_id;
  std::string sha256;    // of the file's text: which framing made a product

  // Attached sync marker and channel access data unit.
  std::uint64_t marker = 0x1ACFFC1D;
  unsigned marker_bits = 32;
  unsigned cadu_size_bytes = 1024;    // marker included
  unsigned marker_errors_search = 0;  // bit errors allowed while searching, when checking, and in lock
  unsigned marker_errors_check = 1;
  unsigned marker_errors_lock = 4;
  unsigned flywheel_frames = 3;  // frames kept without a marker before the search begins anew

  Randomizer randomizer = Randomizer::ccsds_255;
  ReedSolomonCode code = ReedSolomonCode::rs_255_223;
  unsigned interleave = 4;  // codewords per frame, 1 to 8
  Basis basis = Basis::dual;
  unsigned virtual_fill_bytes = 0;  // per codeword, not transmitted

  // AOS transfer frame.
  std::uint8_t frame_version = 1;
  std::uint16_t scid = 0;
  unsigned insert_zone_bytes = 0;
  unsigned trailer_bytes = 0;  // unused bytes behind the packet zone
  std::vector<std::uint8_t> idle_vcids = {63};

  SequenceCount sequence_count = SequenceCount::per_apid;
  std::optional<PacketTime> packet_time;
  std::vector<Route> routes;

  // Bytes of one transfer frame: the CADU without marker and parity.
  [[nodiscard]] unsigned frame_size_bytes() const {
    const unsigned parity = code == ReedSolomonCode::rs_255_223 ? 32 * interleave : 0;
    return cadu_size_bytes - marker_bits / 8 - parity;
  }
};

}  // namespace dl::link
