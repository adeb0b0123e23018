// Positions and velocities that a spacecraft measures itself and sends down.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/orbit.h"
#include "core/bytes.h"
#include "core/time.h"

namespace dl::calibrate {

struct EphemerisSample {
  UtcTime time{};
  StateVector state;  // Earth-fixed, velocity relative to the ground
  Bytes origin;       // the bytes it was read from: what provenance hashes
};

// The samples of one pass. One of every ten seconds is kept: they are single floats (half a metre), and a curve
// between neighbours a second apart would turn that into a velocity that is off by half a metre per second.
class Ephemeris {
 public:
  static constexpr Seconds kSpacing{10};
  // Between kept samples: the curve is then off by 0.4 m at most, and the pass has told us nothing for this long.
  static constexpr Seconds kLongestGap{60};
  // Beyond the first and the last sample, by the law of gravity.
  static constexpr Seconds kReach{15};
  static constexpr std::size_t kMostSamples = 8640;  // a day; the oldest go

  // Refused is what cannot be the orbit of a satellite near the Earth. A sample that contradicts the kept ones, or has
  // none to be compared with, is held: the next one decides, which confirms it (both are used) or not (it is refused).
  // In any order of time.
  struct Outcome {
    unsigned used = 0;
    unsigned refused = 0;
  };
  Outcome add(EphemerisSample sample);

  // The samples that locate [from, to], the neighbours of both ends included; empty where they do not reach.
  [[nodiscard]] std::map<UtcTime, EphemerisSample> covering(UtcTime from, UtcTime to) const;

 private:
  void keep(EphemerisSample sample);
  [[nodiscard]] const EphemerisSample* nearest(UtcTime time) const;

  std::map<UtcTime, EphemerisSample> kept_;
  std::optional<EphemerisSample> held_;
};

class EphemerisOrbit final : public Orbit {
 public:
  // `samples`: of Ephemeris::covering(from, ...), not empty. `elements`, where there are some, count the revolutions.
  EphemerisOrbit(std::map<UtcTime, EphemerisSample> samples, UtcTime from, std::shared_ptr<const Orbit> elements);

  [[nodiscard]] Result<StateVector> earth_fixed(UtcTime at) const override;
  [[nodiscard]] std::uint32_t absolute_orbit(UtcTime at) const override;

 private:
  std::map<UtcTime, EphemerisSample> samples_;
  std::shared_ptr<const Orbit> elements_;
};

// Where gravity (a point mass on a rotating Earth) takes a state in a few seconds: half a metre off in 15 s.
StateVector advanced(const StateVector& earth_fixed, double seconds);

}  // namespace dl::calibrate
