#include "calibrate/geolocation/sgp4.h"

#include <cmath>

namespace dl::calibrate {

using namespace sgp4;

namespace {

// V06: orbits of 225 minutes and more feel sun, moon and resonance.
constexpr double kDeepSpacePeriod_min = 225.0;

// Mean motion and semi-major axis as Brouwer defines them, out of Kozai's mean motion (STR3, section 6).
void recover_mean_motion(MeanElements& e, double kozai) {
  const double cos_i = std::cos(e.inclination);
  const double beta_squared = 1 - e.eccentricity * e.eccentricity;
  const double k = 0.75 * kJ2 * (3 * cos_i * cos_i - 1) / (std::sqrt(beta_squared) * beta_squared);
  const double a1 = std::pow(gravity_root() / kozai, 2.0 / 3.0);
  const double delta1 = k / (a1 * a1);
  const double a0 = a1 * (1 - delta1 * delta1 - delta1 * (1.0 / 3.0 + 134 * delta1 * delta1 / 81));
  e.mean_motion = kozai / (1 + k / (a0 * a0));
  e.semi_major_axis = std::pow(gravity_root() / e.mean_motion, 2.0 / 3.0);
}

// Greenwich sidereal time as the element sets' makers compute it (V06: GSTIME, IAU 1982), from the day count.
double sidereal_time_at(double days_from_1950) {
  const double julian_centuries = (days_from_1950 + 2433281.5 - 2451545.0) / 36525.0;
  const double t = julian_centuries;
  const double seconds = -6.2e-6 * t * t * t + 0.093104 * t * t + (876600.0 * 3600 + 8640184.812866) * t + 67310.54841;
  const double angle = std::fmod(seconds / 240.0 * kTwoPi / 360.0, kTwoPi);
  return angle < 0 ? angle + kTwoPi : angle;
}

// Drag on mean anomaly, perigee and semi-major axis beyond the simple case.
struct DragResult {
  double semi_major_factor;
  double eccentricity_loss;
  double longitude_gain;
};
DragResult apply_drag(const MeanElements& epoch, const NearEarthTerms& n, double t, Elements& e) {
  DragResult drag{1 - n.c1 * t, epoch.bstar * n.c4 * t, n.t2 * t * t};
  if (n.simple_drag) return drag;
  const double anomaly_term = 1 + n.eta * std::cos(e.mean_anomaly);
  const double shift =
      n.perigee_drag * t + n.anomaly_drag * (anomaly_term * anomaly_term * anomaly_term - n.epoch_anomaly_cubed);
  e.mean_anomaly += shift;
  e.perigee -= shift;
  const double t2 = t * t;
  const double t3 = t2 * t;
  const double t4 = t3 * t;
  drag.semi_major_factor -= n.d2 * t2 + n.d3 * t3 + n.d4 * t4;
  drag.eccentricity_loss += epoch.bstar * n.c5 * (std::sin(e.mean_anomaly) - n.sin_epoch_anomaly);
  drag.longitude_gain += n.t3 * t3 + t4 * (n.t4 + t * n.t5);
  return drag;
}

// Kepler's equation in the equinoctial form, by Newton's method with the step bounded (V06).
double solve_kepler(double mean_longitude, double ax, double ay) {
  double angle = mean_longitude;
  for (int i = 0; i < 10; ++i) {
    const double s = std::sin(angle);
    const double c = std::cos(angle);
    double step = (mean_longitude - ay * c + ax * s - angle) / (1 - c * ax - s * ay);
    if (std::abs(step) >= 0.95) step = step > 0 ? 0.95 : -0.95;
    angle += step;
    if (std::abs(step) < 1e-12) break;
  }
  return angle;
}

// Osculating position and velocity: long-period terms of J3, Kepler's equation, short-period terms of J2.
tl::expected<StateVector, Sgp4Failure> osculating_state(const Elements& e, double semi_major_axis, double mean_motion) {
  const double sin_i = std::sin(e.inclination);
  const double cos_i = std::cos(e.inclination);
  const LongPeriodTerms long_period = long_period_terms(sin_i, cos_i);
  const double ax = e.eccentricity * std::cos(e.perigee);
  const double per_p = 1 / (semi_major_axis * (1 - e.eccentricity * e.eccentricity));
  const double ay = e.eccentricity * std::sin(e.perigee) + per_p * long_period.y;
  const double longitude = e.mean_anomaly + e.perigee + e.node + per_p * long_period.longitude * ax;

  const double eccentric = solve_kepler(std::fmod(longitude - e.node, kTwoPi), ax, ay);
  const double sin_e = std::sin(eccentric);
  const double cos_e = std::cos(eccentric);
  const double e_cos_e = ax * cos_e + ay * sin_e;
  const double e_sin_e = ax * sin_e - ay * cos_e;
  const double e_squared = ax * ax + ay * ay;
  const double p = semi_major_axis * (1 - e_squared);
  if (p < 0) return tl::unexpected(Sgp4Failure::semi_latus_rectum);

  const double r = semi_major_axis * (1 - e_cos_e);
  const double radial_rate = std::sqrt(semi_major_axis) * e_sin_e / r;
  const double transverse_rate = std::sqrt(p) / r;
  const double beta = std::sqrt(1 - e_squared);
  const double fraction = e_sin_e / (1 + beta);
  const double sin_u = semi_major_axis / r * (sin_e - ay - ax * fraction);
  const double cos_u = semi_major_axis / r * (cos_e - ax + ay * fraction);
  const double sin_2u = 2 * cos_u * sin_u;
  const double cos_2u = 1 - 2 * sin_u * sin_u;

  const double j2_p = 0.5 * kJ2 / p;
  const double j2_p2 = j2_p / p;
  const double con41 = 3 * cos_i * cos_i - 1;
  const double x1mth2 = 1 - cos_i * cos_i;
  const double x7thm1 = 7 * cos_i * cos_i - 1;
  const double radius = r * (1 - 1.5 * j2_p2 * beta * con41) + 0.5 * j2_p * x1mth2 * cos_2u;
  if (radius < 1) return tl::unexpected(Sgp4Failure::decayed);
  const double u = std::atan2(sin_u, cos_u) - 0.25 * j2_p2 * x7thm1 * sin_2u;
  const double node = e.node + 1.5 * j2_p2 * cos_i * sin_2u;
  const double inclination = e.inclination + 1.5 * j2_p2 * cos_i * sin_i * cos_2u;
  const double radial_speed = radial_rate - mean_motion * j2_p * x1mth2 * sin_2u / gravity_root();
  const double transverse_speed =
      transverse_rate + mean_motion * j2_p * (x1mth2 * cos_2u + 1.5 * con41) / gravity_root();

  const Vector3 towards_node{std::cos(node), std::sin(node), 0};
  const Vector3 across_node{-std::sin(node) * std::cos(inclination), std::cos(node) * std::cos(inclination),
                            std::sin(inclination)};
  const Vector3 up = std::sin(u) * across_node + std::cos(u) * towards_node;
  const Vector3 forward = std::cos(u) * across_node - std::sin(u) * towards_node;
  const double speed_unit_km_s = kEarthRadius_km * gravity_root() / 60;
  return StateVector{radius * kEarthRadius_km * up, speed_unit_km_s * (radial_speed * up + transverse_speed * forward)};
}

}  // namespace

std::string_view to_string(Sgp4Failure failure) {
  switch (failure) {
    case Sgp4Failure::mean_eccentricity:
      return "the mean eccentricity leaves the range 0 to 1";
    case Sgp4Failure::mean_motion:
      return "the mean motion is not positive";
    case Sgp4Failure::perturbed_eccentricity:
      return "the eccentricity with sun and moon leaves the range 0 to 1";
    case Sgp4Failure::semi_latus_rectum:
      return "the semi-latus rectum is negative";
    case Sgp4Failure::decayed:
      return "the satellite has decayed: its orbit goes below the ground";
    case Sgp4Failure::not_finite:
      return "the elements give no finite position";
  }
  return "unknown";
}

Sgp4::Sgp4(const TwoLineElements& elements) {
  epoch_.bstar = elements.bstar;
  epoch_.inclination = elements.inclination_rad;
  epoch_.node = elements.right_ascension_rad;
  epoch_.eccentricity = elements.eccentricity;
  epoch_.perigee = elements.argument_of_perigee_rad;
  epoch_.mean_anomaly = elements.mean_anomaly_rad;
  epoch_.epoch_days_from_1950 = elements.epoch_days_from_1950;
  epoch_.sidereal_time = sidereal_time_at(elements.epoch_days_from_1950);
  recover_mean_motion(epoch_, elements.mean_motion_rad_min);
  near_earth_ = near_earth_terms(epoch_);
  if (kTwoPi / epoch_.mean_motion >= kDeepSpacePeriod_min) {
    near_earth_.simple_drag = true;
    deep_space_ = deep_space_terms(epoch_, near_earth_);
  }
}

tl::expected<Sgp4, Sgp4Failure> Sgp4::create(const TwoLineElements& elements) {
  if (!(elements.mean_motion_rad_min > 0)) return tl::unexpected(Sgp4Failure::mean_motion);
  if (!(elements.eccentricity >= 0 && elements.eccentricity < 1)) {
    return tl::unexpected(Sgp4Failure::mean_eccentricity);
  }
  Sgp4 orbit(elements);
  if (auto state = orbit.propagate(0); !state) return tl::unexpected(state.error());
  return orbit;
}

tl::expected<StateVector, Sgp4Failure> Sgp4::propagate(double minutes_from_epoch) const {
  const double t = minutes_from_epoch;
  Elements e;
  e.inclination = epoch_.inclination;
  e.eccentricity = epoch_.eccentricity;
  e.mean_motion = epoch_.mean_motion;
  e.mean_anomaly = epoch_.mean_anomaly + near_earth_.anomaly_rate * t;
  e.perigee = epoch_.perigee + near_earth_.perigee_rate * t;
  e.node = epoch_.node + near_earth_.node_rate * t + near_earth_.node_drag * t * t;
  const DragResult drag = apply_drag(epoch_, near_earth_, t, e);
  if (deep_space_) add_deep_space_secular(*deep_space_, epoch_, near_earth_, t, e);
  if (!(e.mean_motion > 0)) return tl::unexpected(Sgp4Failure::mean_motion);

  const double semi_major_axis =
      std::pow(gravity_root() / e.mean_motion, 2.0 / 3.0) * drag.semi_major_factor * drag.semi_major_factor;
  const double mean_motion = gravity_root() / std::pow(semi_major_axis, 1.5);
  e.eccentricity -= drag.eccentricity_loss;
  if (!(e.eccentricity < 1.0) || e.eccentricity < -0.001) return tl::unexpected(Sgp4Failure::mean_eccentricity);
  // V06: round-off must not make a circular orbit impossible.
  if (e.eccentricity < 1e-6) e.eccentricity = 1e-6;

  e.mean_anomaly += epoch_.mean_motion * drag.longitude_gain;
  const double longitude = std::fmod(e.mean_anomaly + e.perigee + e.node, kTwoPi);
  e.node = std::fmod(e.node, kTwoPi);
  e.perigee = std::fmod(e.perigee, kTwoPi);
  e.mean_anomaly = std::fmod(longitude - e.perigee - e.node, kTwoPi);

  if (deep_space_) {
    add_deep_space_periodic(*deep_space_, t, e);
    if (e.inclination < 0) {
      e.inclination = -e.inclination;
      e.node += kPi;
      e.perigee -= kPi;
    }
    if (!(e.eccentricity >= 0 && e.eccentricity <= 1)) return tl::unexpected(Sgp4Failure::perturbed_eccentricity);
  }
  auto state = osculating_state(e, semi_major_axis, mean_motion);
  if (state && !std::isfinite(norm(state->position_km) + norm(state->velocity_km_s))) {
    return tl::unexpected(Sgp4Failure::not_finite);
  }
  return state;
}

double Sgp4::mean_argument_of_latitude_rad(double minutes_from_epoch) const {
  const double rate = near_earth_.anomaly_rate + near_earth_.perigee_rate;
  return epoch_.mean_anomaly + epoch_.perigee + rate * minutes_from_epoch;
}

}  // namespace dl::calibrate
