// SDP4 at a time: secular and periodic pull of sun and moon, resonance (STR3, section 7; V06).
#include <cmath>

#include "calibrate/geolocation/sgp4_terms.h"

namespace dl::calibrate::sgp4 {

namespace {

constexpr double kEarthRotation_rad_min = 4.37526908801129966e-3;
constexpr double kStep_min = 720;

// Rates of the resonant mean motion and longitude.
struct Derivatives {
  double mean_motion;  // per minute
  double longitude;
  double mean_motion_second;  // per minute squared
};

struct ResonantState {
  double mean_motion;
  double longitude;
};

Derivatives derivatives(const DeepSpaceTerms& d, const ResonantState& state, double perigee) {
  Derivatives rates{0, state.mean_motion + d.longitude_rate, 0};
  for (std::size_t i = 0; i < d.term_count; ++i) {
    const ResonanceTerm& term = d.terms[i];
    const double angle = term.perigee_factor * perigee + term.longitude_factor * state.longitude - term.phase;
    rates.mean_motion += term.amplitude * std::sin(angle);
    rates.mean_motion_second += term.longitude_factor * term.amplitude * std::cos(angle);
  }
  rates.mean_motion_second *= rates.longitude;
  return rates;
}

// Euler-Maclaurin steps of 720 minutes from the epoch, the rest by the Taylor series to second order.
ResonantState integrate_resonance(const DeepSpaceTerms& d, const MeanElements& epoch, const NearEarthTerms& near_earth,
                                  double minutes) {
  ResonantState state{epoch.mean_motion, d.longitude};
  const double step = minutes > 0 ? kStep_min : -kStep_min;
  double at = 0;
  const auto advance = [&](double by) {
    const Derivatives rates = derivatives(d, state, epoch.perigee + near_earth.perigee_rate * at);
    state.longitude += rates.longitude * by + rates.mean_motion * by * by * 0.5;
    state.mean_motion += rates.mean_motion * by + rates.mean_motion_second * by * by * 0.5;
    at += by;
  };
  while (std::abs(minutes - at) >= kStep_min) advance(step);
  advance(minutes - at);
  return state;
}

struct PeriodicSum {
  double eccentricity = 0;
  double inclination = 0;
  double longitude = 0;  // of the mean anomaly
  double gh = 0;         // perigee plus cos(i) times node
  double h = 0;          // node times sin(i)
};

void add_body(const Periodics& body, double minutes, PeriodicSum& sum) {
  const double mean = body.mean_anomaly + body.rate * minutes;
  const double true_anomaly = mean + 2 * body.body_eccentricity * std::sin(mean);
  const double s = std::sin(true_anomaly);
  const double f2 = 0.5 * s * s - 0.25;
  const double f3 = -0.5 * s * std::cos(true_anomaly);
  sum.eccentricity += body.e2 * f2 + body.e3 * f3;
  sum.inclination += body.i2 * f2 + body.i3 * f3;
  sum.longitude += body.l2 * f2 + body.l3 * f3 + body.l4 * s;
  sum.gh += body.gh2 * f2 + body.gh3 * f3 + body.gh4 * s;
  sum.h += body.h2 * f2 + body.h3 * f3;
}

// Lyddane's form, for inclinations so low that the node is ill-defined.
void apply_lyddane(const PeriodicSum& sum, double sin_i, double cos_i, Elements& e) {
  const double sin_node = std::sin(e.node);
  const double cos_node = std::cos(e.node);
  const double alpha = sin_i * sin_node + sum.h * cos_node + sum.inclination * cos_i * sin_node;
  const double beta = sin_i * cos_node - sum.h * sin_node + sum.inclination * cos_i * cos_node;
  e.node = std::fmod(e.node, kTwoPi);
  const double longitude =
      e.mean_anomaly + e.perigee + cos_i * e.node + sum.longitude + sum.gh - sum.inclination * e.node * sin_i;
  const double previous_node = e.node;
  e.node = std::atan2(alpha, beta);
  if (std::abs(previous_node - e.node) > kPi) e.node += e.node < previous_node ? kTwoPi : -kTwoPi;
  e.mean_anomaly += sum.longitude;
  e.perigee = longitude - e.mean_anomaly - cos_i * e.node;
}

}  // namespace

void add_deep_space_secular(const DeepSpaceTerms& d, const MeanElements& epoch, const NearEarthTerms& near_earth,
                            double minutes, Elements& e) {
  e.eccentricity += d.secular.eccentricity * minutes;
  e.inclination += d.secular.inclination * minutes;
  e.perigee += d.secular.perigee * minutes;
  e.node += d.secular.node * minutes;
  e.mean_anomaly += d.secular.mean_anomaly * minutes;
  if (d.resonance == Resonance::none) return;
  const ResonantState state = integrate_resonance(d, epoch, near_earth, minutes);
  const double theta = std::fmod(epoch.sidereal_time + minutes * kEarthRotation_rad_min, kTwoPi);
  e.mean_motion = state.mean_motion;
  e.mean_anomaly = d.resonance == Resonance::half_day ? state.longitude - 2 * e.node + 2 * theta
                                                      : state.longitude - e.node - e.perigee + theta;
}

void add_deep_space_periodic(const DeepSpaceTerms& d, double minutes, Elements& e) {
  PeriodicSum sum;
  for (const Periodics& body : d.bodies) add_body(body, minutes, sum);
  e.inclination += sum.inclination;
  e.eccentricity += sum.eccentricity;
  const double sin_i = std::sin(e.inclination);
  const double cos_i = std::cos(e.inclination);
  // V06: below 0.2 rad (perturbed inclination) Lyddane's form.
  if (e.inclination < 0.2) {
    apply_lyddane(sum, sin_i, cos_i, e);
    return;
  }
  const double node = sum.h / sin_i;
  e.perigee += sum.gh - cos_i * node;
  e.node += node;
  e.mean_anomaly += sum.longitude;
}

}  // namespace dl::calibrate::sgp4
