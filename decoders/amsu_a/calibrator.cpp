#include "decoders/amsu_a/calibrator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decoders/amsu_a/bands.h"
#include "decoders/amsu_a/packet.h"
#include "decoders/amsu_a/references.h"

namespace dl::decoders::amsu_a {
namespace {

const SounderDescription kDescription = {"amsu-a", kSlotLength, kPixels, "amsu-a", kBands};

std::vector<UnitLine> unit_lines(const LineSlot& slot) {
  std::vector<UnitLine> lines(slot.lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
      const Bytes& part = slot.lines[i].parts[unit];
      if (!part.empty()) lines[i][unit] = read_science(kUnits[unit], part);
    }
  }
  return lines;
}

std::size_t unit_of(std::size_t band) {
  return kModules[kModuleOfBand[band]].unit;
}

bool heard(const std::vector<UnitLine>& lines, std::size_t unit) {
  return std::any_of(lines.begin(), lines.end(), [unit](const UnitLine& line) { return line[unit].has_value(); });
}

const std::array<std::uint16_t, kPixels>& counts_of(const UnitLine& line, std::size_t band) {
  const std::size_t unit = unit_of(band);
  return line[unit]->earth[band - kUnits[unit].first_band];
}

void write_counts(const std::vector<UnitLine>& lines, std::size_t band, const std::string& reason,
                  calibrate::CalibratedGranule& granule) {
  SounderBandWriter writer(kBands[band], lines.size(), kPixels);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (!lines[line][unit_of(band)]) continue;
    writer.write_counts(line, counts_of(lines[line], band));
    granule.lines[line].flags |= calibrate::kLineUncalibrated;
  }
  std::move(writer).finish_counts(granule, reason);
}

void write_temperatures(const std::vector<UnitLine>& lines, std::size_t band, double wavenumber_cm1,
                        const BandReferences& references, calibrate::CalibratedGranule& granule) {
  const calibrate::PlanckBand planck{wavenumber_cm1};
  SounderBandWriter writer(kBands[band], lines.size(), kPixels);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (!lines[line][unit_of(band)]) continue;
    const auto curve =
        sounder_curve(planck, references.views.space.values[line], references.views.target.values[line],
                      references.space_correction_kelvin[line], references.target_kelvin[line], references.u[line]);
    if (curve) {
      writer.write_temperatures(line, counts_of(lines[line], band), *curve, planck);
    } else {
      granule.lines[line].flags |= calibrate::kLineUncalibrated;
    }
  }
  std::move(writer).finish_temperatures(granule);
}

}  // namespace

calibrate::CalibratedGranule calibrate_granule(const LineSlot& slot, const std::string& platform,
                                               const calibrate::CalibrationRequest& request,
                                               const calibrate::OrbitBook& orbits) {
  calibrate::CalibratedGranule granule = begin_sounder_granule(kDescription, platform, request, slot);
  const std::vector<UnitLine> lines = unit_lines(slot);
  Rows rows(request);
  const References references = make_references(lines, granule.lines, rows);
  for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
    if (heard(lines, unit)) continue;
    granule.provenance.remarks.push_back(fmt::format("Unit {} sent nothing.", unit == 0 ? "A1" : "A2"));
  }
  bool any_calibrated = false;
  for (std::size_t band = 0; band < kBandCount; ++band) {
    if (!heard(lines, unit_of(band))) continue;
    const BandReferences& at = references.bands[band];
    if (!at.reason.empty()) {
      write_counts(lines, band, at.reason, granule);
      continue;
    }
    write_temperatures(lines, band, references.radiometry.wavenumber_cm1[band], at, granule);
    any_calibrated = true;
  }
  granule.provenance.algorithms = {"amsu-a/science-packet/1"};
  if (any_calibrated) {
    rows.report(granule.provenance);
    granule.provenance.algorithms.emplace_back("amsu-a/two-point-nonlinear-klm/1");
  }
  granule.quicklook_bands = {"15"};
  if (heard(lines, 0) && heard(lines, 1)) granule.quicklook_bands = {"1", "2", "15"};
  if (!heard(lines, 0)) granule.quicklook_bands = {"1"};
  finish_sounder_granule(granule, kDescription, request, orbits);
  return granule;
}

}  // namespace dl::decoders::amsu_a
