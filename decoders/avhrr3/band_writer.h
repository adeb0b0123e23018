// Fills one band of a granule line by line.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/count_look_up.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/packet.h"
#include "decoders/avhrr3/temperature_steps.h"
#include "decoders/avhrr3/thermal.h"

namespace dl::decoders::avhrr3 {

inline constexpr std::size_t kCounts = kMaxCount + 1;

// [count]: what a pixel with this count becomes.
using LookUp = std::array<calibrate::CountEntry, kCounts>;

// [count]: the share of the incoming sunlight at overhead Sun, 0 to 1 and more: SR/100 * d^2.
using ScaledRadiance = std::array<double, kCounts>;

// The same for reflectance, which needs the Sun of every pixel.
struct SolarScale {
  ScaledRadiance scaled{};
  // In steps of kReflectanceScale; NaN where a count needs a closer look whatever the Sun does.
  std::array<double, kCounts> steps{};
};
SolarScale solar_scale(const ScaledRadiance& scaled);

// The cosine of the Sun's zenith angle over one line, for all bands.
struct SunLine {
  std::array<double, kPixels> cosine{};
  std::array<double, kPixels> inverse{};  // NaN where the Sun is too low
};
void find_inverse(SunLine& sun);

LookUp count_look_up();
LookUp scaled_radiance_look_up(const ScaledRadiance& scaled);

// What does not change from line to line and from band to band of one row.
struct TemperatureBand {
  const TemperatureSteps* steps = nullptr;
  // Count 0 is saturation and nothing is above the space count; for 4 and 5 too the latter is flagged.
  bool channel_3b = false;
};
// Fills the entries from the least of `counts` to the greatest.
void find_temperatures(const TemperatureBand& band, const ThermalCurve& curve, double space_count,
                       std::span<const std::uint16_t, kPixels> counts, LookUp& look_up);

class BandWriter {
 public:
  // All pixels begin as kNoData with kPixelNoData.
  BandWriter(const BandInfo& info, std::size_t lines);

  void set_quantity(calibrate::Quantity quantity, std::string unit, double scale, double offset);
  void set_uncalibrated(std::string reason) { band_.uncalibrated_reason = std::move(reason); }

  void write(std::size_t line, std::span<const std::uint16_t> counts, const LookUp& look_up);
  // Reflectance: divides by the cosine of the Sun's zenith angle.
  void write(std::size_t line, std::span<const std::uint16_t> counts, const SolarScale& scale, const SunLine& sun);

  // Gives both away.
  void finish(calibrate::CalibratedGranule& granule) &&;

 private:
  calibrate::Band band_;
  std::vector<std::uint8_t> quality_;
};

}  // namespace dl::decoders::avhrr3
