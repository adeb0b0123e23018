// One way to know where a satellite is, whatever it comes from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/sgp4.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

// Immutable; every member may be used by several threads at once.
class Orbit {
 public:
  virtual ~Orbit() = default;

  // Earth-fixed position and velocity (relative to the rotating Earth). Kind corrupt, with what to do, when the source
  // does not reach to this time.
  [[nodiscard]] virtual Result<StateVector> earth_fixed(UtcTime at) const = 0;
  // The revolution by the count of the element set, 0 when there is none. Some operators count differently by one or
  // more.
  [[nodiscard]] virtual std::uint32_t absolute_orbit(UtcTime at) const = 0;

  [[nodiscard]] const OrbitSource& source() const { return source_; }
  // A sentence about the source when something about it is unusual (check digit missing or wrong); otherwise empty.
  [[nodiscard]] const std::string& remark() const { return remark_; }

 protected:
  Orbit(OrbitSource source, std::string remark) : source_(std::move(source)), remark_(std::move(remark)) {}

 private:
  OrbitSource source_;
  std::string remark_;
};

// SGP4 from a two-line element set.
class ElementOrbit final : public Orbit {
 public:
  // `at`: of the granule, for the age. Kind corrupt when SGP4 refuses the set.
  static Result<std::shared_ptr<const ElementOrbit>> create(const TwoLineElements& set, OrbitKind kind, UtcTime at,
                                                            double flag_days);

  [[nodiscard]] Result<StateVector> earth_fixed(UtcTime at) const override;
  [[nodiscard]] std::uint32_t absolute_orbit(UtcTime at) const override;

 private:
  ElementOrbit(Sgp4 sgp4, OrbitSource source, std::string remark, double revolution_at_epoch)
      : Orbit(std::move(source), std::move(remark)), sgp4_(sgp4), revolution_at_epoch_(revolution_at_epoch) {}

  Sgp4 sgp4_;
  double revolution_at_epoch_;
};

// From `from` to `to`; negative when `to` is earlier.
double days_between(UtcTime from, UtcTime to);

}  // namespace dl::calibrate
