#include "decoders/avhrr3/band_writer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "decoders/avhrr3/calibrator.h"
#include "decoders/avhrr3/nearest_whole.h"

namespace dl::decoders::avhrr3 {
namespace {

using calibrate::kNoData;
using calibrate::kPixelBelowSpace;
using calibrate::kPixelNoData;
using calibrate::kPixelOutOfRange;
using calibrate::kPixelSaturated;

using Pixel = calibrate::CountEntry;

Pixel reflectance_pixel(double reflectance) {
  const double scaled = (reflectance - kReflectanceOffset) / kReflectanceScale;
  if (!(scaled >= 0 && scaled < kNoData - 0.5)) return {kNoData, kPixelOutOfRange | kPixelNoData};
  const std::uint8_t quality = reflectance > kMaxReflectance ? std::uint8_t{kPixelOutOfRange} : std::uint8_t{0};
  return {static_cast<std::uint16_t>(std::lround(scaled)), quality};
}

constexpr std::uint8_t kGood = 0;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr double kZeroStep = -kReflectanceOffset / kReflectanceScale;
// Reflectance that is stored and not flagged, from the first step to the last; those at the ends take the exact way.
constexpr auto kLastGoodStep =
    static_cast<std::uint64_t>((kMaxReflectance - kReflectanceOffset) / kReflectanceScale) - 2;

// Whatever else is true of it: a pixel without a value has no data.
std::uint8_t without_value(std::uint8_t quality) {
  return static_cast<std::uint8_t>(quality | kPixelNoData);
}

std::uint8_t saturation(std::size_t count) {
  return count == kMaxCount ? std::uint8_t{kPixelSaturated} : kGood;
}

std::uint8_t join(std::uint8_t a, std::uint8_t b) {
  return static_cast<std::uint8_t>(a | b);
}

struct Range {
  std::size_t least = 0;
  std::size_t greatest = 0;
};

// Signed sixteen bits, which a count never fills, so that the plainest of processors compares eight at once.
Range range_of(std::span<const std::uint16_t, kPixels> counts) {
  std::int16_t least = kMaxCount;
  std::int16_t greatest = 0;
  for (const std::uint16_t count : counts) {
    least = std::min(least, static_cast<std::int16_t>(count));
    greatest = std::max(greatest, static_cast<std::int16_t>(count));
  }
  return {static_cast<std::size_t>(least), static_cast<std::size_t>(greatest)};
}

}  // namespace

LookUp count_look_up() {
  LookUp look_up;
  for (std::size_t count = 0; count < kCounts; ++count) {
    look_up[count] = {static_cast<std::uint16_t>(count), saturation(count)};
  }
  return look_up;
}

LookUp scaled_radiance_look_up(const ScaledRadiance& scaled) {
  LookUp look_up;
  for (std::size_t count = 0; count < kCounts; ++count) {
    const Pixel pixel = reflectance_pixel(scaled[count]);
    look_up[count] = {pixel.value, join(pixel.quality, saturation(count))};
  }
  return look_up;
}

SolarScale solar_scale(const ScaledRadiance& scaled) {
  SolarScale scale{scaled, {}};
  for (std::size_t count = 0; count < kCounts; ++count) {
    scale.steps[count] = saturation(count) == kGood ? scaled[count] / kReflectanceScale : kNone;
  }
  return scale;
}

void find_inverse(SunLine& sun) {
  static const double min_cosine = std::cos(kMaxSunZenith_deg * std::numbers::pi / 180.0);
  for (std::size_t x = 0; x < kPixels; ++x) {
    sun.inverse[x] = sun.cosine[x] >= min_cosine ? 1 / sun.cosine[x] : kNone;  // false for NaN
  }
}

void find_temperatures(const TemperatureBand& band, const ThermalCurve& curve, double space_count,
                       std::span<const std::uint16_t, kPixels> counts, LookUp& look_up) {
  const Range range = range_of(counts);
  const TemperatureSteps& steps = *band.steps;
  const ThermalCurve here = curve;  // its own, so that the compiler sees that nothing below writes to it
  for (std::size_t count = range.least; count <= range.greatest; ++count) {
    const std::uint16_t value = steps.at(here.radiance_at(static_cast<double>(count)));
    look_up[count] = {value, value == kNoData ? without_value(kPixelOutOfRange) : kGood};
  }
  const auto mark = [&](std::size_t count, std::uint8_t quality, bool unusable) {
    Pixel& pixel = look_up[count];
    pixel.quality = join(pixel.quality, quality);
    if (unusable) pixel = {kNoData, without_value(pixel.quality)};
  };
  // More radiance is a lower count, so that the hot end is count 0.
  if (range.least == 0) mark(0, kPixelSaturated, band.channel_3b);
  if (range.greatest == kMaxCount) mark(kMaxCount, kPixelSaturated, false);
  for (std::size_t count = range.greatest + 1; count-- > range.least && static_cast<double>(count) >= space_count;) {
    mark(count, kPixelBelowSpace, band.channel_3b);
  }
}

BandWriter::BandWriter(const BandInfo& info, std::size_t lines) {
  band_.name = info.name;
  band_.description = info.description;
  band_.common_name = info.common_name;
  band_.center_wavelength_um = info.center_wavelength_um;
  band_.full_width_half_max_um = info.full_width_half_max_um;
  band_.unit = "counts";
  band_.values.assign(lines * kPixels, kNoData);
  quality_.assign(lines * kPixels, kPixelNoData);
}

void BandWriter::set_quantity(calibrate::Quantity quantity, std::string unit, double scale, double offset) {
  band_.quantity = quantity;
  band_.unit = std::move(unit);
  band_.scale = scale;
  band_.offset = offset;
}

void BandWriter::write(std::size_t line, std::span<const std::uint16_t> counts, const LookUp& look_up) {
  const std::size_t first = line * kPixels;
  calibrate::look_up(counts.first(kPixels), look_up, std::span(band_.values).subspan(first, kPixels),
                     std::span(quality_).subspan(first, kPixels));
}

void BandWriter::write(std::size_t line, std::span<const std::uint16_t> counts, const SolarScale& scale,
                       const SunLine& sun) {
  std::uint16_t* const values = &band_.values[line * kPixels];
  std::uint8_t* const quality = &quality_[line * kPixels];
  for (std::size_t x = 0; x < kPixels; ++x) {
    const std::uint16_t count = counts[x];
    const NearestWhole steps(scale.steps[count] * sun.inverse[x] + kZeroStep);
    if (steps.sure() && steps.whole() - 1 < kLastGoodStep) {  // wraps below 1
      values[x] = static_cast<std::uint16_t>(steps.whole());
      quality[x] = kGood;
      continue;
    }
    Pixel pixel{kNoData, kPixelNoData};  // the Sun is too low
    if (!std::isnan(sun.inverse[x])) pixel = reflectance_pixel(scale.scaled[count] / sun.cosine[x]);
    values[x] = pixel.value;
    quality[x] = join(pixel.quality, saturation(count));
  }
}

void BandWriter::finish(calibrate::CalibratedGranule& granule) && {
  granule.bands.push_back(std::move(band_));
  granule.quality.push_back(std::move(quality_));
}

}  // namespace dl::decoders::avhrr3
