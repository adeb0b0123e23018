#include "decoders/mhs/calibrator.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decoders/mhs/bands.h"
#include "decoders/mhs/packet.h"
#include "decoders/mhs/references.h"

namespace dl::decoders::mhs {
namespace {

const SounderDescription kDescription = {"mhs", kSlotLength, kPixels, "mhs", kBands};

// None where no line came, or where the instrument did not scan.
std::vector<std::optional<ScanLine>> scan_lines(const LineSlot& slot, calibrate::CalibratedGranule& granule) {
  std::vector<std::optional<ScanLine>> lines;
  std::size_t not_scanning = 0;
  for (std::size_t i = 0; i < slot.lines.size(); ++i) {
    lines.emplace_back();
    if (!slot.lines[i].received()) continue;
    const ScanLine line = read_science(slot.lines[i].parts[0]);
    if (line.mode == kScanMode) {
      lines.back() = line;
      continue;
    }
    ++not_scanning;
    granule.lines[i].flags |= calibrate::kLineUncalibrated | calibrate::kLinePartial;
  }
  if (not_scanning > 0) {
    granule.provenance.remarks.push_back(
        fmt::format("{} line(s) have no values: the instrument was not in scan mode.", not_scanning));
  }
  return lines;
}

void write_counts(const std::vector<std::optional<ScanLine>>& lines, std::size_t band, const std::string& reason,
                  calibrate::CalibratedGranule& granule) {
  SounderBandWriter writer(kBands[band], lines.size(), kPixels);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (!lines[line]) continue;
    writer.write_counts(line, lines[line]->earth[band]);
    granule.lines[line].flags |= calibrate::kLineUncalibrated;
  }
  std::move(writer).finish_counts(granule, reason);
}

void write_temperatures(const std::vector<std::optional<ScanLine>>& lines, std::size_t band,
                        const References& references, calibrate::CalibratedGranule& granule) {
  const BandRadiometry& radiometry = references.radiometry.bands[band];
  const SounderReferences& views = references.views[band];
  SounderBandWriter writer(kBands[band], lines.size(), kPixels);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (!lines[line]) continue;
    const auto curve =
        sounder_curve(radiometry.planck, views.space.values[line], views.target.values[line],
                      radiometry.space_correction_kelvin, references.target_kelvin[line], references.u[band][line]);
    if (curve) {
      writer.write_temperatures(line, lines[line]->earth[band], *curve, radiometry.planck);
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
  const auto lines = scan_lines(slot, granule);
  Rows rows(request);
  const References references = make_references(lines, granule.lines, rows);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    if (!references.reason.empty()) {
      write_counts(lines, band, references.reason, granule);
    } else if (!references.views[band].usable()) {
      write_counts(lines, band, "no line has usable views of space and of the target", granule);
    } else {
      write_temperatures(lines, band, references, granule);
    }
  }
  granule.provenance.algorithms = {"mhs/science-packet/1"};
  if (references.reason.empty()) {
    rows.report(granule.provenance);
    granule.provenance.algorithms.emplace_back("mhs/two-point-nonlinear-klm/1");
  }
  granule.quicklook_bands = {"1", "2", "5"};
  finish_sounder_granule(granule, kDescription, request, orbits);
  return granule;
}

}  // namespace dl::decoders::mhs
