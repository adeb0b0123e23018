// A made-up granule for tests: three bands of a smooth field with holes, seen from an orbit on a sphere, so that the
// true position of every pixel is known.
#pragma once

#include <cstddef>

#include "calibrate/calibrated_granule.h"

namespace dl::scene::test {

struct GranuleShape {
  std::size_t lines = 300;
  std::size_t pixels = 2048;
  std::uint32_t tie_step = 8;
  double node_longitude_deg = 10;  // where the track crosses the equator
};

// Fractions of a line or pixel are allowed; (0, 0) is the centre of the first pixel.
calibrate::LonLat true_position(const GranuleShape& shape, double line, double pixel);

// Located; "1" and "2" reflectance, "4" brightness temperature; lines 100 to 119 are missing, a rectangle of band "4"
// is lost. Valid stored values are kTestMinimum to kTestMaximum.
inline constexpr std::uint16_t kTestMinimum = 2000;
inline constexpr std::uint16_t kTestMaximum = 9000;
calibrate::CalibratedGranule make_granule(const GranuleShape& shape = {});

// The same without an orbit, as counts: not located, not calibrated.
calibrate::CalibratedGranule make_unlocated_granule();

}  // namespace dl::scene::test
