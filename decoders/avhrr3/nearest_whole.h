// Rounding that knows whether it could be wrong.
#pragma once

namespace dl::decoders::avhrr3 {

// What is stored is a whole number of steps, rounded from numbers that are quicker to come by when their last digits
// need not be right. That gives the same whole number as the exact way where the quick number is not near a half; where
// it is, or is NaN, the exact way decides.

// For |value| < 2^51: adding 1.5 * 2^52 leaves no bits behind the point.
inline double nearest_whole(double value) {
  constexpr double kNoFraction = 6755399441055744.0;
  return value + kNoFraction - kNoFraction;
}

// A quick number may be wrong by a thousandth of a step.
inline constexpr double kSureOfWhole = 0.499;

}  // namespace dl::decoders::avhrr3
