// Where the pixels of a scan line lie on the ground: orbit, attitude, WGS-84 ellipsoid, sun and sensor angles.
// Accuracy is that of the orbit (about 1 km for an element set of the day) and of the attitude. Terrain height is
// not regarded (height 0), polar motion neither (metres), and UT1 is taken as UTC (|UT1-UTC| < 0.9 s, at most
// 0.42 km eastward at the equator), so that no table that changes with time stands between input and result.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/orbit.h"
#include "calibrate/geolocation/scan_geometry.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

struct TieGridSteps {
  std::uint32_t line = 8;
  std::uint32_t pixel = 8;
};

// Immutable; every member may be used by several threads at once.
class Geolocator {
 public:
  // `orbit`: of OrbitBook::choose().
  explicit Geolocator(std::shared_ptr<const Orbit> orbit) : orbit_(std::move(orbit)) {}

  [[nodiscard]] const Orbit& orbit() const { return *orbit_; }

  // Geometry at every steps.line-th line and steps.pixel-th pixel, first and last always included. `line_times` is
  // [line], of every line of the granule, missing ones interpolated. A point whose line of sight misses the Earth
  // has NaN everywhere. Kind corrupt when there are no lines or the orbit does not reach that far.
  [[nodiscard]] Result<TieGrid> tie_grid(const ScanGeometry& geometry, std::span<const UtcTime> line_times,
                                         TieGridSteps steps = {}) const;

  // A coarse grid whose edge is the edge of the granule: half a pixel and half a line beyond the outermost centres.
  // For its footprint.
  [[nodiscard]] Result<TieGrid> outline_grid(const ScanGeometry& geometry, std::span<const UtcTime> line_times) const;

  // One pixel (fractional index allowed) of the line that begins at `line_time`.
  [[nodiscard]] Result<GeodeticPoint> locate_pixel(const ScanGeometry& geometry, UtcTime line_time, double pixel) const;

  [[nodiscard]] Result<GeodeticPoint> sub_satellite_point(UtcTime at) const;

  // "ascending" or "descending", by the sign of the northward motion; empty when the orbit does not reach to `at`.
  [[nodiscard]] std::string orbit_state(UtcTime at) const;

 private:
  // From grid.pixels and the times of its rows.
  [[nodiscard]] Result<void> fill(TieGrid& grid, const ScanGeometry& geometry,
                                  std::span<const UtcTime> row_times) const;

  std::shared_ptr<const Orbit> orbit_;
};

}  // namespace dl::calibrate
