#include <cmath>

#include "calibrate/geolocation/sgp4_terms.h"

namespace dl::calibrate::sgp4 {

namespace {

double cubed(double x) {
  return x * x * x;
}
double to_fourth(double x) {
  return x * x * x * x;
}

// The density model's parameters s and (q0 - s)^4, lowered for perigees below 156 km (STR3, section 6).
struct Atmosphere {
  double s;
  double q_minus_s_4;
};
Atmosphere atmosphere(double perigee_height_km) {
  double s_km = 78;
  if (perigee_height_km < 98) {
    s_km = 20;
  } else if (perigee_height_km < 156) {
    s_km = perigee_height_km - 78;
  }
  return {s_km / kEarthRadius_km + 1, to_fourth((120 - s_km) / kEarthRadius_km)};
}

void set_secular_rates(const MeanElements& e, NearEarthTerms& n) {
  const double cos2 = std::cos(e.inclination) * std::cos(e.inclination);
  const double cos4 = cos2 * cos2;
  const double beta2 = 1 - e.eccentricity * e.eccentricity;
  const double p = e.semi_major_axis * beta2;
  const double j2 = 1.5 * kJ2 / (p * p) * e.mean_motion;
  const double j2_squared = 0.5 * j2 * kJ2 / (p * p);
  const double j4 = -0.46875 * kJ4 / to_fourth(p) * e.mean_motion;
  n.anomaly_rate = e.mean_motion + 0.5 * j2 * std::sqrt(beta2) * (3 * cos2 - 1) +
                   0.0625 * j2_squared * std::sqrt(beta2) * (13 - 78 * cos2 + 137 * cos4);
  n.perigee_rate = -0.5 * j2 * (1 - 5 * cos2) + 0.0625 * j2_squared * (7 - 114 * cos2 + 395 * cos4) +
                   j4 * (3 - 36 * cos2 + 49 * cos4);
  const double node_rate_j2 = -j2 * std::cos(e.inclination);
  n.node_rate = node_rate_j2 + (0.5 * j2_squared * (4 - 19 * cos2) + 2 * j4 * (3 - 7 * cos2)) * std::cos(e.inclination);
  n.node_drag = 3.5 * beta2 * node_rate_j2 * n.c1;
}

}  // namespace

double gravity_root() {
  static const double root = 60.0 / std::sqrt(cubed(kEarthRadius_km) / kGravity_km3_s2);
  return root;
}

LongPeriodTerms long_period_terms(double sin_inclination, double cos_inclination) {
  // V06: at an inclination of 180 degrees the divisor vanishes.
  constexpr double kSmallest = 1.5e-12;
  const double divisor = std::abs(cos_inclination + 1) > kSmallest ? 1 + cos_inclination : kSmallest;
  return {-0.25 * kJ3OverJ2 * sin_inclination * (3 + 5 * cos_inclination) / divisor,
          -0.5 * kJ3OverJ2 * sin_inclination};
}

NearEarthTerms near_earth_terms(const MeanElements& e) {
  NearEarthTerms n;
  const double a = e.semi_major_axis;
  const double ecc = e.eccentricity;
  const double perigee_radius = a * (1 - ecc);
  n.simple_drag = perigee_radius < 220 / kEarthRadius_km + 1;
  const auto [s, q_minus_s_4] = atmosphere((perigee_radius - 1) * kEarthRadius_km);

  const double beta2 = 1 - ecc * ecc;
  const double cos2 = std::cos(e.inclination) * std::cos(e.inclination);
  const double xi = 1 / (a - s);
  n.eta = a * ecc * xi;
  const double eta2 = n.eta * n.eta;
  const double e_eta = ecc * n.eta;
  const double psi2 = std::abs(1 - eta2);
  const double density = q_minus_s_4 * to_fourth(xi);
  const double density_psi = density / std::pow(psi2, 3.5);
  const double con41 = 3 * cos2 - 1;

  const double c2 =
      density_psi * e.mean_motion *
      (a * (1 + 1.5 * eta2 + e_eta * (4 + eta2)) + 0.375 * kJ2 * xi / psi2 * con41 * (8 + 3 * eta2 * (8 + eta2)));
  n.c1 = e.bstar * c2;
  const bool eccentric = ecc > 1e-4;
  const double c3 = eccentric ? -2 * density * xi * kJ3OverJ2 * e.mean_motion * std::sin(e.inclination) / ecc : 0;
  n.c4 = 2 * e.mean_motion * density_psi * a * beta2 *
         (n.eta * (2 + 0.5 * eta2) + ecc * (0.5 + 2 * eta2) -
          kJ2 * xi / (a * psi2) *
              (-3 * con41 * (1 - 2 * e_eta + eta2 * (1.5 - 0.5 * e_eta)) +
               0.75 * (1 - cos2) * (2 * eta2 - e_eta * (1 + eta2)) * std::cos(2 * e.perigee)));
  n.c5 = 2 * density_psi * a * beta2 * (1 + 2.75 * (eta2 + e_eta) + e_eta * eta2);
  set_secular_rates(e, n);

  n.perigee_drag = e.bstar * c3 * std::cos(e.perigee);
  n.anomaly_drag = eccentric ? -2.0 / 3.0 * density * e.bstar / e_eta : 0;
  n.epoch_anomaly_cubed = cubed(1 + n.eta * std::cos(e.mean_anomaly));
  n.sin_epoch_anomaly = std::sin(e.mean_anomaly);
  n.t2 = 1.5 * n.c1;
  const double c1_squared = n.c1 * n.c1;
  n.d2 = 4 * a * xi * c1_squared;
  const double d = n.d2 * xi * n.c1 / 3;
  n.d3 = (17 * a + s) * d;
  n.d4 = 0.5 * d * a * xi * (221 * a + 31 * s) * n.c1;
  n.t3 = n.d2 + 2 * c1_squared;
  n.t4 = 0.25 * (3 * n.d3 + n.c1 * (12 * n.d2 + 10 * c1_squared));
  n.t5 = 0.2 * (3 * n.d4 + 12 * n.c1 * n.d3 + 6 * n.d2 * n.d2 + 15 * c1_squared * (2 * n.d2 + c1_squared));
  return n;
}

}  // namespace dl::calibrate::sgp4
