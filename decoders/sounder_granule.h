// What microwave sounders make their granules with: bands of brightness temperature by a curve of each line, and all
// that surrounds them. The instruments add what is their own: where the references come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/planck.h"
#include "calibrate/reference_series.h"
#include "calibrate/row_use.h"
#include "calibrate/two_point.h"
#include "decoders/slot_assembler.h"

namespace dl::decoders {

inline constexpr double kSounderTemperatureScale_kelvin = 0.01;
// No antenna that looks at the Earth sees less or more; values outside are flagged and not given.
inline constexpr double kMinSounderTemperature_kelvin = 60;
inline constexpr double kMaxSounderTemperature_kelvin = 340;
// Of the cosmic background (KLM User's Guide 7.3.2 and 7.6.6).
inline constexpr double kSpaceTemperature_kelvin = 2.73;

struct SounderBand {
  std::string_view name;
  std::string_view description;
  double center_frequency_ghz = 0;
};

// The two references of one band, smoothed, [line]; empty where there are none.
struct SounderReferences {
  calibrate::SmoothSeries space;
  calibrate::SmoothSeries target;

  // Some line has both.
  [[nodiscard]] bool usable() const;
};

class SounderBandWriter {
 public:
  // All pixels begin as kNoData with kPixelNoData.
  SounderBandWriter(const SounderBand& band, std::size_t lines, std::size_t pixels);

  void write_counts(std::size_t line, std::span<const std::uint16_t> counts);
  void write_temperatures(std::size_t line, std::span<const std::uint16_t> counts,
                          const calibrate::QuadraticCurve& curve, const calibrate::PlanckBand& planck);

  // Gives the band away: brightness temperature, or counts and why they are no more than that.
  void finish_temperatures(calibrate::CalibratedGranule& granule) &&;
  void finish_counts(calibrate::CalibratedGranule& granule, std::string reason) &&;

 private:
  std::size_t pixels_;
  calibrate::Band band_;
  std::vector<std::uint8_t> quality_;
};

// What an instrument says of itself.
struct SounderDescription {
  std::string_view id;  // "mhs"
  Seconds slot_length{};
  std::size_t pixels = 0;
  std::string_view scanner;  // in rows of "scan_geometry"
  std::span<const SounderBand> bands;
};

// Names, times, flags as they arrived, and the provenance of the packets.
calibrate::CalibratedGranule begin_sounder_granule(const SounderDescription& description, const std::string& platform,
                                                   const calibrate::CalibrationRequest& request, const LineSlot& slot);

// Location, events and level; the bands are there.
void finish_sounder_granule(calibrate::CalibratedGranule& granule, const SounderDescription& description,
                            const calibrate::CalibrationRequest& request, const calibrate::OrbitBook& orbits);

// Of one line of one band; `target_kelvin` is what the band's temperature-to-radiance relation `planck` is given, and
// space is seen at kSpaceTemperature_kelvin + `space_correction_kelvin`. None when the counts contradict one another.
std::optional<calibrate::QuadraticCurve> sounder_curve(const calibrate::PlanckBand& planck, double space_count,
                                                       double target_count, double space_correction_kelvin,
                                                       double target_kelvin, double u);

}  // namespace dl::decoders
