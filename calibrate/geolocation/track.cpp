#include "calibrate/geolocation/track.h"

#include <algorithm>
#include <cstddef>

namespace dl::calibrate {

namespace {

double seconds_between(UtcTime from, UtcTime to) {
  return static_cast<double>((to - from).count()) * 1e-6;
}

}  // namespace

StateVector hermite(const StateVector& a, const StateVector& b, double step_s, double part) {
  const double rest = 1 - part;
  const Vector3 change = b.position_km - a.position_km;
  StateVector state;
  state.position_km = a.position_km + (part * part * (3 - 2 * part)) * change +
                      (step_s * part * rest * rest) * a.velocity_km_s - (step_s * part * part * rest) * b.velocity_km_s;
  state.velocity_km_s = (6 * part * rest / step_s) * change + (rest * (1 - 3 * part)) * a.velocity_km_s +
                        (part * (3 * part - 2)) * b.velocity_km_s;
  return state;
}

Result<Track> Track::create(const Orbit& orbit, UtcTime from, UtcTime to) {
  Track track;
  track.start_ = from;
  // A granule of one line needs a curve too.
  const UtcTime end = std::max(to, from + Seconds(1));
  const auto add = [&](UtcTime at) -> Result<void> {
    DL_TRY(const StateVector state, orbit.earth_fixed(at));
    track.knots_.push_back({seconds_between(from, at), state});
    return {};
  };
  DL_CHECK(add(from));
  for (UtcTime at = floor_to(from, kStep) + kStep; at < end; at += kStep) DL_CHECK(add(at));
  DL_CHECK(add(end));
  return track;
}

StateVector Track::at(UtcTime time, double offset_s) const {
  const double seconds = seconds_between(start_, time) + offset_s;
  const auto later = std::upper_bound(knots_.begin() + 1, knots_.end() - 1, seconds,
                                      [](double value, const Knot& knot) { return value < knot.seconds; });
  const Knot& b = *later;
  const Knot& a = *(later - 1);
  const double step_s = b.seconds - a.seconds;
  return hermite(a.state, b.state, step_s, (seconds - a.seconds) / step_s);
}

}  // namespace dl::calibrate
