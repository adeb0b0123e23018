// Where the pixels of a scan line lie on the ground: SGP4 orbit, attitude, WGS-84 ellipsoid, sun and sensor angles.
// Accuracy is that of the orbit (about 1 km for an element set of the day) and of the attitude. Terrain height is
// not regarded (height 0), polar motion neither (metres), and UT1 is taken as UTC (|UT1-UTC| < 0.9 s, at most
// 0.42 km eastward at the equator), so that no table that changes with time stands between input and result.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/scan_geometry.h"
#include "calibrate/geolocation/sgp4.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

struct OrbitAgeLimits {
  double flag_days = 1;    // older: OrbitSource::old
  double refuse_days = 3;  // older: no geolocation
};

struct TieGridSteps {
  std::uint32_t line = 8;
  std::uint32_t pixel = 8;
};

// Immutable; every member may be used by several threads at once.
class Geolocator {
 public:
  // Takes from `tle_text` (one or more two-line sets, with or without name lines) the newest set of satellite
  // `norad_id` whose epoch is not after `at` (the granule's start); where that is too old or there is none, the
  // nearest one after `at`. Kind config when the text is empty, has no usable set of this satellite, or every set
  // is further than `limits.refuse_days` away; corrupt when SGP4 refuses the set (decayed, impossible elements).
  // Each message says what the operator can do.
  static Result<Geolocator> create(std::string_view tle_text, std::uint32_t norad_id, UtcTime at,
                                   OrbitAgeLimits limits = {});

  [[nodiscard]] const OrbitSource& orbit_source() const { return source_; }
  // A sentence about the set when something about it is unusual (check digit missing or wrong); otherwise empty.
  [[nodiscard]] const std::string& orbit_remark() const { return remark_; }

  // Geometry at every steps.line-th line and steps.pixel-th pixel, first and last always included. `line_times` is
  // [line], of every line of the granule, missing ones interpolated. A point whose line of sight misses the Earth
  // has NaN everywhere. Kind corrupt when there are no lines or the orbit cannot be propagated that far.
  [[nodiscard]] Result<TieGrid> tie_grid(const ScanGeometry& geometry, std::span<const UtcTime> line_times,
                                         TieGridSteps steps = {}) const;

  // One pixel (fractional index allowed) of the line that begins at `line_time`.
  [[nodiscard]] Result<GeodeticPoint> locate_pixel(const ScanGeometry& geometry, UtcTime line_time, double pixel) const;

  // Earth-fixed position and velocity (relative to the rotating Earth).
  [[nodiscard]] Result<StateVector> earth_fixed(UtcTime at) const;
  [[nodiscard]] Result<GeodeticPoint> sub_satellite_point(UtcTime at) const;

  // "ascending" or "descending", by the sign of the northward motion; empty when SGP4 fails.
  [[nodiscard]] std::string orbit_state(UtcTime at) const;
  // From the element set's revolution number and the nodes crossed since; some operators count differently by one
  // or more. 0 when SGP4 fails.
  [[nodiscard]] std::uint32_t absolute_orbit(UtcTime at) const;

 private:
  Geolocator(Sgp4 orbit, OrbitSource source, std::string remark, double revolution_at_epoch)
      : orbit_(orbit),
        source_(std::move(source)),
        remark_(std::move(remark)),
        revolution_at_epoch_(revolution_at_epoch) {}

  Sgp4 orbit_;
  OrbitSource source_;
  std::string remark_;
  double revolution_at_epoch_;
};

}  // namespace dl::calibrate
