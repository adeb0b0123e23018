// The inverse of the decoder: brightness temperatures to counts by the same tables, counts to packet bytes. For the
// simulator and for round-trip tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "calibrate/row_use.h"
#include "core/bytes.h"
#include "core/error.h"
#include "decoders/amsu_a/bands.h"
#include "decoders/amsu_a/references.h"

namespace dl::decoders::amsu_a {

// What the instrument sees of itself; plausible counts, not measured ones. All are even, as the unit's words are.
struct InstrumentState {
  std::uint16_t space_count = 12400;
  std::uint16_t target_count = 18800;
  std::uint16_t sensor_count = 24600;      // of the instrument: about 288 K
  std::uint16_t target_prt_count = 33000;  // about 285 K
};

// The brightness temperatures of one line, [band][pixel]; kPixels each.
using SceneLine = std::array<std::span<const double>, kBandCount>;

// Both units. Counts rounded to the nearest even one, clipped to 0..65534. `request.tables` passed check_rows. Kind
// config when no row applies at the time.
Result<UnitLine> scan_line(const SceneLine& kelvin, UtcTime time, const calibrate::CalibrationRequest& request,
                           const InstrumentState& state = {});

// The packet of a unit that is in `line`, filled up to its size as Metop does, with a right parity.
Bytes encode_metop_packet(const UnitLine& line, std::size_t unit, UtcTime time, std::uint16_t sequence_count);

}  // namespace dl::decoders::amsu_a
