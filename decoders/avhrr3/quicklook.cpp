#include "decoders/avhrr3/quicklook.h"

#include <algorithm>
#include <cstddef>

namespace dl::decoders::avhrr3 {
namespace {

constexpr float kMaxDaySunZenith_deg = 80;

bool mostly_day(const calibrate::TieGrid& grid) {
  const auto sunlit = std::count_if(grid.sun_zenith_deg.begin(), grid.sun_zenith_deg.end(),
                                    [](float zenith) { return zenith < kMaxDaySunZenith_deg; });
  return 2 * static_cast<std::size_t>(sunlit) > grid.sun_zenith_deg.size();
}

// By lines that were received: the flag says 3B, its absence 3A.
bool mostly_3b(const calibrate::CalibratedGranule& granule) {
  std::ptrdiff_t balance = 0;
  for (const calibrate::Line& line : granule.lines) {
    if ((line.flags & calibrate::kLineMissing) != 0) continue;
    balance += (line.flags & calibrate::kLineChannel3B) != 0 ? 1 : -1;
  }
  return balance > 0;
}

}  // namespace

std::vector<std::string> quicklook_bands(const calibrate::CalibratedGranule& granule) {
  if (!granule.tie_grid || !mostly_day(*granule.tie_grid)) return {"4"};
  if (mostly_3b(granule)) return {"1", "2", "4"};
  return {"3A", "2", "1"};
}

}  // namespace dl::decoders::avhrr3
