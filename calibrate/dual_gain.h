// Counts of a detector with two gains that meet at a cut (NOAA OSPO monthly AVHRR/3 bulletins).
#pragma once

namespace dl::calibrate {

struct GainLine {
  double slope = 0;
  double intercept = 0;

  [[nodiscard]] double at(double count) const { return slope * count + intercept; }
};

struct DualGain {
  GainLine low;
  GainLine high;
  double cut_count = 0;  // below it the low line applies, otherwise the high one

  [[nodiscard]] double at(double count) const { return count < cut_count ? low.at(count) : high.at(count); }

  // The count at which the two lines cross: in a row without a slip of the pen it is the cut.
  [[nodiscard]] double crossing() const { return (high.intercept - low.intercept) / (low.slope - high.slope); }

  // The count, not rounded, that gives `value`.
  [[nodiscard]] double count_of(double value) const {
    const double on_low = (value - low.intercept) / low.slope;
    return on_low < cut_count ? on_low : (value - high.intercept) / high.slope;
  }
};

}  // namespace dl::calibrate
