// SDP4's initialisation: pull of sun and moon, and resonance with the Earth's rotation (STR3, section 7; V06).
#include <cmath>
#include <cstddef>

#include "calibrate/geolocation/sgp4_terms.h"

namespace dl::calibrate::sgp4 {

namespace {

struct SineCosine {
  double sine = 0;
  double cosine = 1;
};
SineCosine sine_cosine(double angle) {
  return {std::sin(angle), std::cos(angle)};
}

// The orbit of sun or moon as the satellite's orbit sees it.
struct Body {
  SineCosine perigee;  // argument
  SineCosine inclination;
  SineCosine node;      // difference of the nodes
  double strength = 0;  // C1 of the theory
  double rate = 0;      // mean motion
  double eccentricity = 0;
  double mean_anomaly = 0;
};

constexpr double kSunRate = 1.19459e-5;
constexpr double kSunEccentricity = 0.01675;
constexpr double kSunStrength = 2.9864797e-6;
constexpr double kMoonRate = 1.5835218e-4;
constexpr double kMoonEccentricity = 0.05490;
constexpr double kMoonStrength = 4.7968065e-7;

Body sun(const SineCosine& satellite_node, double day_from_1900) {
  return {{-0.98088458, 0.1945905},
          {0.39785416, 0.91744867},
          satellite_node,
          kSunStrength,
          kSunRate,
          kSunEccentricity,
          std::fmod(6.2565837 + 0.017201977 * day_from_1900, kTwoPi)};
}

Body moon(const SineCosine& satellite_node, double day_from_1900) {
  Body body{{}, {}, {}, kMoonStrength, kMoonRate, kMoonEccentricity, 0};
  const double ecliptic_node = std::fmod(4.5236020 - 9.2422029e-4 * day_from_1900, kTwoPi);
  const auto [sin_node, cos_node] = sine_cosine(ecliptic_node);
  body.inclination.cosine = 0.91375164 - 0.03568096 * cos_node;
  body.inclination.sine = std::sqrt(1 - body.inclination.cosine * body.inclination.cosine);
  SineCosine node;
  node.sine = 0.089683511 * sin_node / body.inclination.sine;
  node.cosine = std::sqrt(1 - node.sine * node.sine);
  body.node.cosine = node.cosine * satellite_node.cosine + node.sine * satellite_node.sine;
  body.node.sine = satellite_node.sine * node.cosine - satellite_node.cosine * node.sine;

  const double longitude_of_perigee = 5.8351514 + 0.0019443680 * day_from_1900;
  const double along = std::atan2(0.39785416 * sin_node / body.inclination.sine,
                                  node.cosine * cos_node + 0.91744867 * node.sine * sin_node);
  body.perigee = sine_cosine(longitude_of_perigee + along - ecliptic_node);
  body.mean_anomaly = std::fmod(4.7199672 + 0.22997150 * day_from_1900 - longitude_of_perigee, kTwoPi);
  return body;
}

// The coefficients S and Z of one body.
struct Pull {
  double s1, s2, s3, s4, s5, s6, s7;
  double z1, z2, z3, z11, z12, z13, z21, z22, z23, z31, z32, z33;
};

Pull pull(const Body& body, const MeanElements& e) {
  const auto [sin_i, cos_i] = sine_cosine(e.inclination);
  const auto [sin_w, cos_w] = sine_cosine(e.perigee);
  const double e2 = e.eccentricity * e.eccentricity;
  const double beta2 = 1 - e2;

  const double a1 =
      body.perigee.cosine * body.node.cosine + body.perigee.sine * body.inclination.cosine * body.node.sine;
  const double a3 =
      -body.perigee.sine * body.node.cosine + body.perigee.cosine * body.inclination.cosine * body.node.sine;
  const double a7 =
      -body.perigee.cosine * body.node.sine + body.perigee.sine * body.inclination.cosine * body.node.cosine;
  const double a8 = body.perigee.sine * body.inclination.sine;
  const double a9 =
      body.perigee.sine * body.node.sine + body.perigee.cosine * body.inclination.cosine * body.node.cosine;
  const double a10 = body.perigee.cosine * body.inclination.sine;
  const double a2 = cos_i * a7 + sin_i * a8;
  const double a4 = cos_i * a9 + sin_i * a10;
  const double a5 = -sin_i * a7 + cos_i * a8;
  const double a6 = -sin_i * a9 + cos_i * a10;

  const double x1 = a1 * cos_w + a2 * sin_w;
  const double x2 = a3 * cos_w + a4 * sin_w;
  const double x3 = -a1 * sin_w + a2 * cos_w;
  const double x4 = -a3 * sin_w + a4 * cos_w;
  const double x5 = a5 * sin_w;
  const double x6 = a6 * sin_w;
  const double x7 = a5 * cos_w;
  const double x8 = a6 * cos_w;

  Pull p{};
  p.z31 = 12 * x1 * x1 - 3 * x3 * x3;
  p.z32 = 24 * x1 * x2 - 6 * x3 * x4;
  p.z33 = 12 * x2 * x2 - 3 * x4 * x4;
  p.z1 = 6 * (a1 * a1 + a2 * a2) + (1 + e2) * p.z31;
  p.z2 = 12 * (a1 * a3 + a2 * a4) + (1 + e2) * p.z32;
  p.z3 = 6 * (a3 * a3 + a4 * a4) + (1 + e2) * p.z33;
  p.z11 = -6 * a1 * a5 + e2 * (-24 * x1 * x7 - 6 * x3 * x5);
  p.z12 = -6 * (a1 * a6 + a3 * a5) + e2 * (-24 * (x2 * x7 + x1 * x8) - 6 * (x3 * x6 + x4 * x5));
  p.z13 = -6 * a3 * a6 + e2 * (-24 * x2 * x8 - 6 * x4 * x6);
  p.z21 = 6 * a2 * a5 + e2 * (24 * x1 * x5 - 6 * x3 * x7);
  p.z22 = 6 * (a4 * a5 + a2 * a6) + e2 * (24 * (x2 * x5 + x1 * x6) - 6 * (x4 * x7 + x3 * x8));
  p.z23 = 6 * a4 * a6 + e2 * (24 * x2 * x6 - 6 * x4 * x8);

  p.s3 = body.strength / e.mean_motion;
  p.s2 = -0.5 * p.s3 / std::sqrt(beta2);
  p.s4 = p.s3 * std::sqrt(beta2);
  p.s1 = -15 * e.eccentricity * p.s4;
  p.s5 = x1 * x3 + x2 * x4;
  p.s6 = x2 * x3 + x1 * x4;
  p.s7 = x2 * x4 - x1 * x3;
  return p;
}

Periodics periodics(const Body& body, const Pull& p, double e2) {
  Periodics k;
  k.mean_anomaly = body.mean_anomaly;
  k.rate = body.rate;
  k.body_eccentricity = body.eccentricity;
  k.e2 = 2 * p.s1 * p.s6;
  k.e3 = 2 * p.s1 * p.s7;
  k.i2 = 2 * p.s2 * p.z12;
  k.i3 = 2 * p.s2 * (p.z13 - p.z11);
  k.l2 = -2 * p.s3 * p.z2;
  k.l3 = -2 * p.s3 * (p.z3 - p.z1);
  k.l4 = -2 * p.s3 * (-21 - 9 * e2) * body.eccentricity;
  k.gh2 = 2 * p.s4 * p.z32;
  k.gh3 = 2 * p.s4 * (p.z33 - p.z31);
  k.gh4 = -18 * p.s4 * body.eccentricity;
  k.h2 = -2 * p.s2 * p.z22;
  k.h3 = -2 * p.s2 * (p.z23 - p.z21);
  return k;
}

void add_secular(const Body& body, const Pull& p, const MeanElements& e, SecularRates& rates) {
  const double e2 = e.eccentricity * e.eccentricity;
  const auto [sin_i, cos_i] = sine_cosine(e.inclination);
  rates.eccentricity += p.s1 * body.rate * p.s5;
  rates.inclination += p.s2 * body.rate * (p.z11 + p.z13);
  rates.mean_anomaly += -body.rate * p.s3 * (p.z1 + p.z3 - 14 - 6 * e2);
  // V06: within 3 degrees of the equator the node's rate would be divided by almost nothing.
  constexpr double kNearEquator_rad = 5.2359877e-2;
  const bool near_equator = e.inclination < kNearEquator_rad || e.inclination > kPi - kNearEquator_rad;
  const double node = near_equator || sin_i == 0 ? 0 : -body.rate * p.s2 * (p.z21 + p.z23) / sin_i;
  rates.node += node;
  rates.perigee += p.s4 * body.rate * (p.z31 + p.z33 - 6) - cos_i * node;
}

double cubic(double x, double c0, double c1, double c2, double c3) {
  return c0 + x * (c1 + x * (c2 + x * c3));
}

// Eccentricity functions G of the half-day resonance, fitted as polynomials (V06, DSINIT).
struct HalfDayEccentricity {
  double g201, g211, g310, g322, g410, g422, g520, g521, g532, g533;
};
HalfDayEccentricity half_day_eccentricity(double e) {
  HalfDayEccentricity g{};
  g.g201 = -0.306 - (e - 0.64) * 0.440;
  if (e <= 0.65) {
    g.g211 = cubic(e, 3.616, -13.2470, 16.2900, 0);
    g.g310 = cubic(e, -19.302, 117.3900, -228.4190, 156.5910);
    g.g322 = cubic(e, -18.9068, 109.7927, -214.6334, 146.5816);
    g.g410 = cubic(e, -41.122, 242.6940, -471.0940, 313.9530);
    g.g422 = cubic(e, -146.407, 841.8800, -1629.014, 1083.4350);
    g.g520 = cubic(e, -532.114, 3017.977, -5740.032, 3708.2760);
  } else {
    g.g211 = cubic(e, -72.099, 331.819, -508.738, 266.724);
    g.g310 = cubic(e, -346.844, 1582.851, -2415.925, 1246.113);
    g.g322 = cubic(e, -342.585, 1554.908, -2366.899, 1215.972);
    g.g410 = cubic(e, -1052.797, 4758.686, -7193.992, 3651.957);
    g.g422 = cubic(e, -3581.690, 16178.110, -24462.770, 12422.520);
    g.g520 = e > 0.715 ? cubic(e, -5149.66, 29936.92, -54087.36, 31324.56) : cubic(e, 1464.74, -4664.75, 3763.64, 0);
  }
  if (e < 0.7) {
    g.g533 = cubic(e, -919.22770, 4988.6100, -9064.7700, 5542.21);
    g.g521 = cubic(e, -822.71072, 4568.6173, -8491.4146, 5337.524);
    g.g532 = cubic(e, -853.66600, 4690.2500, -8624.7700, 5341.4);
  } else {
    g.g533 = cubic(e, -37995.780, 161616.52, -229838.20, 109377.94);
    g.g521 = cubic(e, -51752.104, 218913.95, -309468.16, 146349.42);
    g.g532 = cubic(e, -40023.880, 170470.89, -242699.48, 115605.82);
  }
  return g;
}

// Phases of the Earth's tesseral harmonics, and their sizes.
constexpr double kPhase22 = 5.7686396, kPhase32 = 0.95240898, kPhase44 = 1.8014998, kPhase52 = 1.0508330,
                 kPhase54 = 4.4108898;
constexpr double kSynchronousPhase2 = 0.13130908, kSynchronousPhase4 = 2.8843198, kSynchronousPhase6 = 0.37448087;
constexpr double kRoot22 = 1.7891679e-6, kRoot44 = 7.3636953e-9, kRoot54 = 2.1765803e-9, kRoot32 = 3.7393792e-7,
                 kRoot52 = 1.1428639e-7;
constexpr double kQ22 = 1.7891679e-6, kQ31 = 2.1460748e-6, kQ33 = 2.2123015e-7;
constexpr double kEarthRotation_rad_min = 4.37526908801129966e-3;

void set_half_day_resonance(const MeanElements& epoch, const NearEarthTerms& near_earth, DeepSpaceTerms& d) {
  const HalfDayEccentricity g = half_day_eccentricity(epoch.eccentricity);
  const auto [s, c] = sine_cosine(epoch.inclination);
  const double s2 = s * s;
  const double c2 = c * c;
  // Inclination functions F.
  const double f220 = 0.75 * (1 + 2 * c + c2);
  const double f221 = 1.5 * s2;
  const double f321 = 1.875 * s * (1 - 2 * c - 3 * c2);
  const double f322 = -1.875 * s * (1 + 2 * c - 3 * c2);
  const double f441 = 35 * s2 * f220;
  const double f442 = 39.3750 * s2 * s2;
  const double f522 = 9.84375 * s * (s2 * (1 - 2 * c - 5 * c2) + 0.33333333 * (-2 + 4 * c + 6 * c2));
  const double f523 = s * (4.92187512 * s2 * (-2 - 4 * c + 10 * c2) + 6.56250012 * (1 + 2 * c - 3 * c2));
  const double f542 = 29.53125 * s * (2 - 8 * c + c2 * (-12 + 8 * c + 10 * c2));
  const double f543 = 29.53125 * s * (-2 - 8 * c + c2 * (12 + 8 * c - 10 * c2));

  const double per_a = std::pow(epoch.mean_motion / gravity_root(), 2.0 / 3.0);
  const double n2_a2 = 3 * epoch.mean_motion * epoch.mean_motion * per_a * per_a;
  const double k22 = n2_a2 * kRoot22;
  const double k32 = n2_a2 * per_a * kRoot32;
  const double k44 = 2 * n2_a2 * per_a * per_a * kRoot44;
  const double k52 = n2_a2 * per_a * per_a * per_a * kRoot52;
  const double k54 = 2 * n2_a2 * per_a * per_a * per_a * kRoot54;
  d.terms = {{{k22 * f220 * g.g201, 2, 1, kPhase22},
              {k22 * f221 * g.g211, 0, 1, kPhase22},
              {k32 * f321 * g.g310, 1, 1, kPhase32},
              {k32 * f322 * g.g322, -1, 1, kPhase32},
              {k44 * f441 * g.g410, 2, 2, kPhase44},
              {k44 * f442 * g.g422, 0, 2, kPhase44},
              {k52 * f522 * g.g520, 1, 1, kPhase52},
              {k52 * f523 * g.g532, -1, 1, kPhase52},
              {k54 * f542 * g.g521, 1, 2, kPhase54},
              {k54 * f543 * g.g533, -1, 2, kPhase54}}};
  d.term_count = d.terms.size();
  const double theta = std::fmod(epoch.sidereal_time, kTwoPi);
  d.longitude = std::fmod(epoch.mean_anomaly + 2 * epoch.node - 2 * theta, kTwoPi);
  d.longitude_rate = near_earth.anomaly_rate + d.secular.mean_anomaly +
                     2 * (near_earth.node_rate + d.secular.node - kEarthRotation_rad_min) - epoch.mean_motion;
}

void set_synchronous_resonance(const MeanElements& epoch, const NearEarthTerms& near_earth, DeepSpaceTerms& d) {
  const double e2 = epoch.eccentricity * epoch.eccentricity;
  const auto [s, c] = sine_cosine(epoch.inclination);
  const double g200 = 1 + e2 * (-2.5 + 0.8125 * e2);
  const double g310 = 1 + 2 * e2;
  const double g300 = 1 + e2 * (-6 + 6.60937 * e2);
  const double f220 = 0.75 * (1 + c) * (1 + c);
  const double f311 = 0.9375 * s * s * (1 + 3 * c) - 0.75 * (1 + c);
  const double f330 = 1.875 * (1 + c) * (1 + c) * (1 + c);
  const double per_a = std::pow(epoch.mean_motion / gravity_root(), 2.0 / 3.0);
  const double n2_a2 = 3 * epoch.mean_motion * epoch.mean_motion * per_a * per_a;
  d.terms[0] = {n2_a2 * f311 * g310 * kQ31 * per_a, 0, 1, kSynchronousPhase2};
  d.terms[1] = {2 * n2_a2 * f220 * g200 * kQ22, 0, 2, 2 * kSynchronousPhase4};
  d.terms[2] = {3 * n2_a2 * f330 * g300 * kQ33 * per_a, 0, 3, 3 * kSynchronousPhase6};
  d.term_count = 3;
  const double theta = std::fmod(epoch.sidereal_time, kTwoPi);
  d.longitude = std::fmod(epoch.mean_anomaly + epoch.node + epoch.perigee - theta, kTwoPi);
  d.longitude_rate = near_earth.anomaly_rate + near_earth.perigee_rate + near_earth.node_rate - kEarthRotation_rad_min +
                     d.secular.mean_anomaly + d.secular.perigee + d.secular.node - epoch.mean_motion;
}

Resonance resonance_of(const MeanElements& epoch) {
  const double n = epoch.mean_motion;
  if (n > 0.0034906585 && n < 0.0052359877) return Resonance::synchronous;
  if (n >= 8.26e-3 && n <= 9.24e-3 && epoch.eccentricity >= 0.5) return Resonance::half_day;
  return Resonance::none;
}

}  // namespace

DeepSpaceTerms deep_space_terms(const MeanElements& epoch, const NearEarthTerms& near_earth) {
  DeepSpaceTerms d;
  const SineCosine node = sine_cosine(epoch.node);
  const double day_from_1900 = epoch.epoch_days_from_1950 + 18261.5;
  const std::array<Body, 2> bodies = {sun(node, day_from_1900), moon(node, day_from_1900)};
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Pull p = pull(bodies[i], epoch);
    d.bodies[i] = periodics(bodies[i], p, epoch.eccentricity * epoch.eccentricity);
    add_secular(bodies[i], p, epoch, d.secular);
  }
  d.resonance = resonance_of(epoch);
  if (d.resonance == Resonance::half_day) set_half_day_resonance(epoch, near_earth, d);
  if (d.resonance == Resonance::synchronous) set_synchronous_resonance(epoch, near_earth, d);
  return d;
}

}  // namespace dl::calibrate::sgp4
