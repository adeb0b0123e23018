// SGP4 and SDP4: position and velocity from a two-line element set.
// Written from the equations of Hoots & Roehrich, "Spacetrack Report No. 3" (1980) and Vallado, Crawford, Hujsak &
// Kelso, "Revisiting Spacetrack Report #3" (AIAA 2006-6753), in its improved mode, with the WGS-72 constants the
// element sets are made with. Checked against that paper's verification cases to the last printed digit.
#pragma once

#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/sgp4_terms.h"
#include "calibrate/geolocation/two_line_elements.h"

namespace dl::calibrate {

// Why an orbit cannot be propagated; numbers as in the paper.
enum class Sgp4Failure {
  mean_eccentricity = 1,       // mean eccentricity outside [0, 1) after drag
  mean_motion = 2,             // mean motion not positive
  perturbed_eccentricity = 3,  // outside [0, 1] after the periodics of sun and moon
  semi_latus_rectum = 4,       // negative
  decayed = 6,                 // below the surface of the Earth
  not_finite = 7,              // ours: a number ran out of range
};
std::string_view to_string(Sgp4Failure failure);

// Immutable: each call starts from the epoch, so that results do not depend on what was asked before.
class Sgp4 {
 public:
  static tl::expected<Sgp4, Sgp4Failure> create(const TwoLineElements& elements);

  // In the TEME frame (true equator, mean equinox of date).
  [[nodiscard]] tl::expected<StateVector, Sgp4Failure> propagate(double minutes_from_epoch) const;

  // Mean anomaly plus argument of perigee without drag: counts revolutions from node to node, not reduced to one
  // turn.
  [[nodiscard]] double mean_argument_of_latitude_rad(double minutes_from_epoch) const;

 private:
  explicit Sgp4(const TwoLineElements& elements);

  sgp4::MeanElements epoch_;
  sgp4::NearEarthTerms near_earth_;
  std::optional<sgp4::DeepSpaceTerms> deep_space_;
};

}  // namespace dl::calibrate
