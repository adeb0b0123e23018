#include "decoders/avhrr3/band_writer.h"

#include <cmath>
#include <numbers>

#include "decoders/avhrr3/calibrator.h"

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

LookUp temperature_look_up(const ThermalCurve& curve, double space_count, bool channel_3b) {
  LookUp look_up;
  for (std::size_t count = 0; count < kCounts; ++count) {
    // More radiance is a lower count, so that the hot end is count 0.
    std::uint8_t quality = count == 0 ? std::uint8_t{kPixelSaturated} : saturation(count);
    std::uint16_t value = kNoData;
    const bool above_space = static_cast<double>(count) >= space_count;
    if (above_space) quality = join(quality, kPixelBelowSpace);
    const double kelvin = curve.temperature_of(static_cast<double>(count));
    const bool in_range = kelvin >= kMinTemperature_kelvin && kelvin <= kMaxTemperature_kelvin;  // false for NaN
    if (!in_range) quality = join(quality, kPixelOutOfRange);
    const bool unusable = channel_3b && (count == 0 || above_space);
    if (in_range && !unusable) {
      value = static_cast<std::uint16_t>(std::lround(kelvin / kTemperatureScale_kelvin));
    }
    look_up[count] = {value, value == kNoData ? without_value(quality) : quality};
  }
  return look_up;
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

void BandWriter::write(std::size_t line, std::span<const std::uint16_t> counts, const ScaledRadiance& scaled,
                       std::span<const double> sun_cosine) {
  const double min_cosine = std::cos(kMaxSunZenith_deg * std::numbers::pi / 180.0);
  const std::size_t first = line * kPixels;
  for (std::size_t x = 0; x < kPixels; ++x) {
    Pixel pixel{kNoData, kPixelNoData};  // the Sun is too low
    if (sun_cosine[x] >= min_cosine) pixel = reflectance_pixel(scaled[counts[x]] / sun_cosine[x]);  // false for NaN
    band_.values[first + x] = pixel.value;
    quality_[first + x] = join(pixel.quality, saturation(counts[x]));
  }
}

void BandWriter::finish(calibrate::CalibratedGranule& granule) && {
  granule.bands.push_back(std::move(band_));
  granule.quality.push_back(std::move(quality_));
}

}  // namespace dl::decoders::avhrr3
