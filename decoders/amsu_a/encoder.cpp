#include "decoders/amsu_a/encoder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "decoders/metop_packet.h"

namespace dl::decoders::amsu_a {
namespace {

std::uint16_t rounded(double count) {
  return static_cast<std::uint16_t>(2 * std::lround(std::clamp(count, 0.0, 65534.0) / 2));
}

UnitLine empty_scans(const InstrumentState& state) {
  UnitLine line;
  for (std::size_t i = 0; i < kUnitCount; ++i) {
    UnitScan scan;
    scan.earth.resize(kUnits[i].bands);
    scan.space.assign(kUnits[i].bands, {state.space_count, state.space_count});
    scan.target.assign(kUnits[i].bands, {state.target_count, state.target_count});
    scan.thermometers.assign(kUnits[i].thermometers, state.sensor_count);
    line[i] = std::move(scan);
  }
  return line;
}

}  // namespace

Result<UnitLine> scan_line(const SceneLine& kelvin, UtcTime time, const calibrate::CalibrationRequest& request,
                           const InstrumentState& state) {
  const auto row = request.tables->select({kRadiometryQuantity, request.profile, {}}, time, request.known_at);
  if (!row) return fail(ErrorKind::config, row.error());
  DL_TRY(const Radiometry found, radiometry(*row->row));
  UnitLine line = empty_scans(state);
  for (std::size_t module = 0; module < kModuleCount; ++module) {
    for (const std::size_t index : found.targets[module].thermometers) {
      line[kModules[module].unit]->thermometers[index] = state.target_prt_count;
    }
  }
  // What the decoder will make of this line by itself.
  Rows rows(request);
  std::vector<calibrate::Line> flags = {{time, 0}};
  const References references = make_references({line}, flags, rows);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    assert(kelvin[band].size() == kPixels);
    const BandReferences& at = references.bands[band];
    if (!at.reason.empty()) return fail(ErrorKind::config, at.reason);
    const calibrate::PlanckBand planck{references.radiometry.wavenumber_cm1[band]};
    const auto curve = sounder_curve(planck, state.space_count, state.target_count, at.space_correction_kelvin[0],
                                     at.target_kelvin[0], at.u[0]);
    if (!curve) return fail(ErrorKind::config, fmt::format("band {}: the references contradict one another", band + 1));
    const std::size_t unit = kModules[kModuleOfBand[band]].unit;
    auto& counts = line[unit]->earth[band - kUnits[unit].first_band];
    for (std::size_t x = 0; x < kPixels; ++x) {
      counts[x] = rounded(curve->count_of(calibrate::radiance_of(planck, kelvin[band][x])));
    }
  }
  return line;
}

Bytes encode_metop_packet(const UnitLine& line, std::size_t unit, UtcTime time, std::uint16_t sequence_count) {
  const Unit& layout = kUnits[unit];
  const Bytes science = write_science(layout, *line[unit]);
  const std::size_t data_bytes = layout.metop_packet_bytes - kMetopDataOffset - kMetopParityBytes;
  // Words of fill between those of the unit, as long as there are any.
  Bytes data;
  data.reserve(data_bytes);
  std::size_t fill = (data_bytes - science.size()) / 2;
  for (std::size_t at = 0; at < science.size(); at += 2) {
    append_u16(data, read_u16(science, at));
    if (fill == 0) continue;
    append_u16(data, kFillWord);
    --fill;
  }
  while (data.size() < data_bytes) append_u16(data, kFillWord);
  return make_metop_packet(layout.metop_apid, sequence_count, time, data);
}

}  // namespace dl::decoders::amsu_a
