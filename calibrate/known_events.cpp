#include "calibrate/known_events.h"

#include <algorithm>
#include <string>
#include <vector>

namespace dl::calibrate {
namespace {

// Indices of the granule's bands that the event is about.
std::vector<std::size_t> bands_of(const Event& event, const CalibratedGranule& granule) {
  std::vector<std::size_t> bands;
  for (std::size_t band = 0; band < granule.bands.size(); ++band) {
    if (event.affects(granule.bands[band].name, {})) bands.push_back(band);
  }
  return bands;
}

void clear(CalibratedGranule& granule, std::size_t band, std::size_t line) {
  const auto first = static_cast<std::ptrdiff_t>(line * granule.pixel_count);
  std::fill_n(granule.bands[band].values.begin() + first, granule.pixel_count, kNoData);
  std::fill_n(granule.quality[band].begin() + first, granule.pixel_count, std::uint8_t{kPixelNoData});
}

// Where one of the bands is carried. Those that are not have no data there as it is.
bool flag_lines(CalibratedGranule& granule, const Event& event, const std::vector<std::size_t>& bands,
                const CarriesBand& carries) {
  bool hit = false;
  for (std::size_t line = 0; line < granule.lines.size(); ++line) {
    Line& at = granule.lines[line];
    if (!event.touches(at.time, at.time + Microseconds(1))) continue;
    for (const std::size_t band : bands) {
      if (!carries(band, line)) continue;
      hit = true;
      at.flags |= kLineKnownBadEpoch;
      if (event.effect == EventEffect::exclude) clear(granule, band, line);
    }
  }
  return hit;
}

std::string names_of(const std::vector<std::size_t>& bands, const CalibratedGranule& granule) {
  std::string names;
  for (const std::size_t band : bands) names += (names.empty() ? "" : ",") + granule.bands[band].name;
  return names;
}

}  // namespace

void apply_events(CalibratedGranule& granule, const CalibrationRequest& request, const CarriesBand& carries) {
  if (granule.lines.empty()) return;
  const UtcTime first = granule.lines.front().time;
  const UtcTime end = granule.lines.back().time + Microseconds(1);
  for (const Event* event : request.tables->events(request.profile, first, end, request.known_at)) {
    const std::vector<std::size_t> bands = bands_of(*event, granule);
    if (!flag_lines(granule, *event, bands, carries)) continue;
    granule.provenance.events.push_back(hit_event(*event, names_of(bands, granule)));
    granule.provenance.flags.push_back("known_bad_epoch:" + event->id);
  }
}

void apply_events(CalibratedGranule& granule, const CalibrationRequest& request) {
  apply_events(granule, request, [&granule](std::size_t /*band*/, std::size_t line) {
    return (granule.lines[line].flags & kLineMissing) == 0;
  });
}

}  // namespace dl::calibrate
