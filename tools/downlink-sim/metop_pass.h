// A Metop AHRPT pass made from physical fields: surface and orbit in, counts by inverse calibration, packets, frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "link/profile.h"

namespace dl::sim {

struct MetopPassOptions {
  link::Profile profile;            // "metop-b"
  std::filesystem::path tables;     // of the calibration that is inverted
  std::string calibration_profile;  // empty: the instrument's default
  std::string tle_text;
  std::string admin_text;  // element sets that the administrative messages carry; empty: there are none
  UtcTime start{};  // of the first scan line
  Seconds duration{};
  bool channel_3b = false;  // what slot 3 sends: 3A by day, 3B by night
  std::uint32_t seed = 1;   // of the Earth
  // Where the fields are written as they went in, for tests: <band>.f32 (little-endian floats, [line][pixel]),
  // counts.u16 ([line][slot][pixel]), and the sounders' (sounder_packets.h). Empty: nowhere.
  std::filesystem::path truth;
  // Packets of the instruments that are archived (instrument_packets.h), with what may happen to packets; their list
  // goes to truth, as packets.jsonl.
  bool archived_instruments = false;
};

struct SimulatedPass {
  Bytes cadus;
  std::uint64_t lines = 0;
  std::uint64_t frames = 0;
  std::uint64_t packets = 0;  // of every APID, idle ones not counted
};

// AVHRR/3 (APID 103 or 104), MHS (34) and AMSU-A (39, 40), administrative messages (6), packets that no decoder knows,
// idle packets and idle frames. Kind config when a table or the orbit is missing.
Result<SimulatedPass> make_metop_pass(const MetopPassOptions& options);

}  // namespace dl::sim
