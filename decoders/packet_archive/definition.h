// What is known of an instrument that is archived and not decoded: data, one constant of definitions.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/time.h"

namespace dl::decoders::packet_archive {

// What the packets of a range of APIDs are. APIDs that no row names are archived just the same, when they are routed.
struct PacketRow {
  std::uint16_t first_apid = 0;
  std::uint16_t last_apid = 0;
  std::string_view kind;       // "echoes of antenna 208 - first_apid": for people
  std::size_t size_bytes = 0;  // of every packet, 0 where that is not known
};

// Where an instrument looks, for outlines. Nominal: of its widest mode.
struct Swath {
  // From nadir to the edges, to either side. 0 and 0: in situ or towards the whole disc, the track is all there is to
  // say. With an inner angle there are two swaths, left and right.
  double inner_angle_deg = 0;
  double outer_angle_deg = 0;
  std::string_view statement;  // what the outline is, and by whose word
};

struct Definition {
  std::string_view id;
  std::string_view title;
  std::string_view documentation;
  Seconds slot_length{};
  std::span<const PacketRow> packets;
  Swath swath;
  // Octets of a TIP minor frame (NOAA) that are this instrument's; empty: all of it.
  std::span<const std::uint8_t> tip_octets = {};
  // Its space packets also count as verified when they end in a CRC-16 that is right: documents do not agree on which
  // of the two checksums its last word is, and a guess that is wrong would leave the instrument without an archive.
  bool may_end_in_crc_16 = false;
};

// The row of an APID; nullptr where there is none.
[[nodiscard]] constexpr const PacketRow* find_packet_row(const Definition& definition, std::uint16_t apid) {
  for (const PacketRow& row : definition.packets) {
    if (row.first_apid <= apid && apid <= row.last_apid) return &row;
  }
  return nullptr;
}

}  // namespace dl::decoders::packet_archive
