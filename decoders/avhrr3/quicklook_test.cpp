#include "decoders/avhrr3/quicklook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::decoders::avhrr3 {
namespace {

using ::testing::ElementsAre;

calibrate::CalibratedGranule granule(std::vector<float> sun_zenith_deg, std::vector<std::uint32_t> flags) {
  calibrate::CalibratedGranule made;
  made.tie_grid.emplace();
  made.tie_grid->sun_zenith_deg = std::move(sun_zenith_deg);
  for (const std::uint32_t flag : flags) made.lines.push_back({{}, flag});
  return made;
}

TEST(Quicklook, DayIsInColourByTheBandThatWasActive) {
  EXPECT_THAT(quicklook_bands(granule({30, 40, 85}, {0, 0})), ElementsAre("3A", "2", "1"));
  EXPECT_THAT(quicklook_bands(granule({30, 40, 85}, {calibrate::kLineChannel3B, calibrate::kLineMissing})),
              ElementsAre("1", "2", "4"));
}

TEST(Quicklook, NightAndUnknownPlacesAreGrey) {
  EXPECT_THAT(quicklook_bands(granule({30, 85, 100}, {0})), ElementsAre("4"));
  EXPECT_THAT(quicklook_bands(calibrate::CalibratedGranule{}), ElementsAre("4"));
}

}  // namespace
}  // namespace dl::decoders::avhrr3
