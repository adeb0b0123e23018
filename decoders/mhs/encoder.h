// The inverse of the decoder: brightness temperatures to counts by the same tables, counts to packet bytes. For the
// simulator and for round-trip tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "calibrate/row_use.h"
#include "core/bytes.h"
#include "core/error.h"
#include "decoders/mhs/packet.h"

namespace dl::decoders::mhs {

// What the instrument sees of itself. The counts are plausible, not measured ones: about 110 a kelvin.
struct InstrumentState {
  bool side_b = false;
  std::array<std::uint16_t, kBandCount> space_count = {10400, 11200, 12600, 13100, 11900};
  std::array<std::uint16_t, kBandCount> target_count = {40900, 42100, 44800, 45300, 42700};
  std::array<std::uint16_t, kPrtCount> prt_count = {37900, 37910, 37890, 37905, 37895};  // about 285 K
  std::uint8_t thermistor_count = 165;                                                   // about 286 K
  // How the bridge counts ohm.
  double bridge_offset_ohm = 70;
  double bridge_ohm_per_count = 0.001;
};

// The brightness temperatures of one line, [band][pixel]; kPixels each.
using SceneLine = std::array<std::span<const double>, kBandCount>;

// Counts rounded to the nearest, clipped to 0..65535. `request.tables` passed check_rows. Kind config when no row
// applies at the time.
Result<ScanLine> scan_line(const SceneLine& kelvin, UtcTime time, const calibrate::CalibrationRequest& request,
                           const InstrumentState& state = {});

// kMetopPacketBytes, with a right parity.
Bytes encode_metop_packet(const ScanLine& line, UtcTime time, std::uint16_t sequence_count);

}  // namespace dl::decoders::mhs
