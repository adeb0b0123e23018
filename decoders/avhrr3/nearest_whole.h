// Rounding that knows whether it could be wrong.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace dl::decoders::avhrr3 {

// What is stored is a whole number of steps, rounded from numbers that are quicker to come by when their last digits
// need not be right. That gives the same whole number as the exact way where the quick number is not near a half; where
// it is, or is NaN, the exact way has to decide.
class NearestWhole {
 public:
  explicit NearestWhole(double value) : value_(value), shifted_(value + kNoFraction) {}

  // The quick number may be wrong by a thousandth.
  [[nodiscard]] bool sure() const { return std::abs(value_ - (shifted_ - kNoFraction)) < 0.499; }  // false for NaN
  // Modulo 2^64, of a number below 2^51 either side of 0 of which one is sure.
  [[nodiscard]] std::uint64_t whole() const {
    return std::bit_cast<std::uint64_t>(shifted_) - std::bit_cast<std::uint64_t>(kNoFraction);
  }

 private:
  // 1.5 * 2^52: what is added to it loses what it has behind the point, and stands in its last bits.
  static constexpr double kNoFraction = 6755399441055744.0;

  double value_;
  double shifted_;
};

}  // namespace dl::decoders::avhrr3
