// What SGP4 works out once per element set. Symbols in comments are those of Spacetrack Report No. 3 (STR3) and of
// Vallado et al. 2006 (V06). Angles in radians, times in minutes, lengths in Earth radii unless said otherwise.
#pragma once

#include <array>
#include <cstddef>

namespace dl::calibrate::sgp4 {

// WGS-72, the constants with which element sets are made (V06, section "constants").
inline constexpr double kEarthRadius_km = 6378.135;
inline constexpr double kGravity_km3_s2 = 398600.8;
inline constexpr double kJ2 = 0.001082616;
inline constexpr double kJ3 = -0.00000253881;
inline constexpr double kJ4 = -0.00000165597;
inline constexpr double kJ3OverJ2 = kJ3 / kJ2;
inline constexpr double kTwoPi = 6.283185307179586476925286766559;
inline constexpr double kPi = kTwoPi / 2;
double gravity_root();  // k_e, the square root of the gravity constant in Earth radii^1.5 per minute

// At the epoch.
struct MeanElements {
  double bstar = 0;
  double inclination = 0;
  double node = 0;
  double eccentricity = 0;
  double perigee = 0;  // argument
  double mean_anomaly = 0;
  double mean_motion = 0;  // Brouwer's, recovered from Kozai's
  double semi_major_axis = 0;
  double epoch_days_from_1950 = 0;
  double sidereal_time = 0;
};

// Secular rates of gravity and the coefficients of drag.
struct NearEarthTerms {
  bool simple_drag = false;  // perigee below 220 km, or deep space: terms above t^2 are left out
  double anomaly_rate = 0;
  double perigee_rate = 0;
  double node_rate = 0;
  double eta = 0;
  double c1 = 0, c4 = 0, c5 = 0;
  double d2 = 0, d3 = 0, d4 = 0;
  double t2 = 0, t3 = 0, t4 = 0, t5 = 0;  // of the mean longitude
  double perigee_drag = 0;                // omgcof
  double anomaly_drag = 0;                // xmcof
  double node_drag = 0;                   // nodecf
  double epoch_anomaly_cubed = 0;         // (1 + eta cos M0)^3
  double sin_epoch_anomaly = 0;
};
NearEarthTerms near_earth_terms(const MeanElements& epoch);

// Long-period coefficients of J3 at an inclination.
struct LongPeriodTerms {
  double longitude = 0;  // xlcof
  double y = 0;          // aycof
};
LongPeriodTerms long_period_terms(double sin_inclination, double cos_inclination);

// Periodic pull of the sun or the moon.
struct Periodics {
  double mean_anomaly = 0;  // of the body at the epoch
  double rate = 0;          // of the body
  double body_eccentricity = 0;
  double e2 = 0, e3 = 0;
  double i2 = 0, i3 = 0;
  double l2 = 0, l3 = 0, l4 = 0;
  double gh2 = 0, gh3 = 0, gh4 = 0;
  double h2 = 0, h3 = 0;
};

struct SecularRates {
  double eccentricity = 0;
  double inclination = 0;
  double node = 0;
  double perigee = 0;
  double mean_anomaly = 0;
};

enum class Resonance { none, synchronous, half_day };

// A resonance term: amplitude * sin(perigee_factor * w + longitude_factor * lambda - phase).
struct ResonanceTerm {
  double amplitude = 0;
  double perigee_factor = 0;
  double longitude_factor = 1;
  double phase = 0;
};

struct DeepSpaceTerms {
  std::array<Periodics, 2> bodies;  // sun, moon
  SecularRates secular;             // of both together
  Resonance resonance = Resonance::none;
  std::array<ResonanceTerm, 10> terms{};  // 3 or 10 in use
  std::size_t term_count = 0;
  double longitude = 0;       // lambda at the epoch
  double longitude_rate = 0;  // of lambda without the resonance and the mean motion
};
DeepSpaceTerms deep_space_terms(const MeanElements& epoch, const NearEarthTerms& near_earth);

// Mean or osculating elements at a time, changed in place by the steps of the theory.
struct Elements {
  double inclination = 0;
  double node = 0;
  double eccentricity = 0;
  double perigee = 0;
  double mean_anomaly = 0;
  double mean_motion = 0;
};

// Secular effects of sun and moon, and the resonance with the Earth's rotation, integrated from the epoch.
void add_deep_space_secular(const DeepSpaceTerms& terms, const MeanElements& epoch, const NearEarthTerms& near_earth,
                            double minutes, Elements& elements);
// Periodic effects of sun and moon.
void add_deep_space_periodic(const DeepSpaceTerms& terms, double minutes, Elements& elements);

}  // namespace dl::calibrate::sgp4
