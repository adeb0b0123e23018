#include "decoders/mhs/encoder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "decoders/metop_packet.h"
#include "decoders/mhs/references.h"

namespace dl::decoders::mhs {
namespace {

std::uint16_t rounded(double count) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(count, 0.0, 65535.0)));
}

Result<std::array<double, kResistorCount>> find_resistors(const calibrate::CalibrationRequest& request, UtcTime time,
                                                          const std::string& side) {
  const auto row = request.tables->select({kBridgeQuantity, request.profile, {.side = side}}, time, request.known_at);
  if (!row) return fail(ErrorKind::config, row.error());
  return bridge_resistors_ohm(*row->row);
}

}  // namespace

Result<ScanLine> scan_line(const SceneLine& kelvin, UtcTime time, const calibrate::CalibrationRequest& request,
                           const InstrumentState& state) {
  ScanLine line;
  line.side_b = state.side_b;
  line.thermistors.fill(state.thermistor_count);
  line.prt = state.prt_count;
  DL_TRY(const auto resistors_ohm, find_resistors(request, time, state.side_b ? "B" : "A"));
  for (std::size_t i = 0; i < kResistorCount; ++i) {
    line.resistors[i] = rounded((resistors_ohm[i] - state.bridge_offset_ohm) / state.bridge_ohm_per_count);
  }
  for (std::size_t band = 0; band < kBandCount; ++band) {
    line.space[band].fill(state.space_count[band]);
    line.target[band].fill(state.target_count[band]);
  }
  // What the decoder will make of this line by itself.
  Rows rows(request);
  std::vector<calibrate::Line> flags = {{time, 0}};
  const References references = make_references({line}, flags, rows);
  if (!references.reason.empty()) return fail(ErrorKind::config, references.reason);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    assert(kelvin[band].size() == kPixels);
    const BandRadiometry& radiometry = references.radiometry.bands[band];
    const auto curve =
        sounder_curve(radiometry.planck, state.space_count[band], state.target_count[band],
                      radiometry.space_correction_kelvin, references.target_kelvin[0], references.u[band][0]);
    if (!curve) return fail(ErrorKind::config, fmt::format("band {}: the references contradict one another", band + 1));
    for (std::size_t x = 0; x < kPixels; ++x) {
      line.earth[band][x] = rounded(curve->count_of(calibrate::radiance_of(radiometry.planck, kelvin[band][x])));
    }
  }
  return line;
}

Bytes encode_metop_packet(const ScanLine& line, UtcTime time, std::uint16_t sequence_count) {
  return make_metop_packet(kMetopApid, sequence_count, time, write_science(line));
}

}  // namespace dl::decoders::mhs
