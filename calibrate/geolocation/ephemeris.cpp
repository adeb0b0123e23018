#include "calibrate/geolocation/ephemeris.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "calibrate/geolocation/track.h"
#include "core/sha256.h"

namespace dl::calibrate {

namespace {

// WGS-84 (NIMA TR8350.2, table 3.1).
constexpr double kGravitationalConstant_km3_s2 = 398600.4418;
constexpr Vector3 kRotation{0, 0, kEarthRotation_rad_s};

// Of the orbits that these programs receive from: 200 to 2000 km high, and nearly circular.
constexpr double kLowestRadius_km = 6578;
constexpr double kHighestRadius_km = 8378;
constexpr double kLargestPartOfCircularSpeed = 0.05;
// Between a sample and where its neighbour's motion leads in at most a minute: quantum, and the flattening of the
// Earth, which advanced() leaves out (14 m after a minute).
constexpr double kLargestContradiction_km = 0.1;

double seconds_between(UtcTime from, UtcTime to) {
  return static_cast<double>((to - from).count()) * 1e-6;
}

bool is_low_orbit(const StateVector& state) {
  const double radius_km = norm(state.position_km);
  if (!(radius_km >= kLowestRadius_km && radius_km <= kHighestRadius_km)) return false;
  const double speed = norm(state.velocity_km_s + cross(kRotation, state.position_km));
  const double circular = std::sqrt(kGravitationalConstant_km3_s2 / radius_km);
  return std::abs(speed / circular - 1) <= kLargestPartOfCircularSpeed;
}

bool agree(const EphemerisSample& a, const EphemerisSample& b) {
  const StateVector led = advanced(a.state, seconds_between(a.time, b.time));
  return norm(led.position_km - b.state.position_km) <= kLargestContradiction_km;
}

Vector3 acceleration(const StateVector& state) {
  const double radius = norm(state.position_km);
  const Vector3 gravity = (-kGravitationalConstant_km3_s2 / (radius * radius * radius)) * state.position_km;
  return gravity - 2 * cross(kRotation, state.velocity_km_s) - cross(kRotation, cross(kRotation, state.position_km));
}

StateVector moved(const StateVector& state, const StateVector& rate, double seconds) {
  return {state.position_km + seconds * rate.position_km, state.velocity_km_s + seconds * rate.velocity_km_s};
}

}  // namespace

StateVector advanced(const StateVector& state, double seconds) {
  // One step of Runge and Kutta's fourth order.
  const auto rate = [](const StateVector& s) { return StateVector{s.velocity_km_s, acceleration(s)}; };
  const StateVector k1 = rate(state);
  const StateVector k2 = rate(moved(state, k1, seconds / 2));
  const StateVector k3 = rate(moved(state, k2, seconds / 2));
  const StateVector k4 = rate(moved(state, k3, seconds));
  StateVector result = moved(state, k1, seconds / 6);
  result = moved(result, k2, seconds / 3);
  result = moved(result, k3, seconds / 3);
  return moved(result, k4, seconds / 6);
}

Ephemeris::Outcome Ephemeris::add(EphemerisSample sample) {
  if (!is_low_orbit(sample.state)) return {0, 1};
  const unsigned held = held_ ? 1 : 0;
  const EphemerisSample* neighbour = nearest(sample.time);
  if (neighbour != nullptr && agree(*neighbour, sample)) {
    held_.reset();
    keep(std::move(sample));
    return {1, held};
  }
  // The same sample received twice does not confirm itself.
  const bool near = held_ && sample.time != held_->time && std::chrono::abs(sample.time - held_->time) <= kLongestGap;
  if (near && agree(*held_, sample)) {
    keep(std::move(*held_));
    held_.reset();
    keep(std::move(sample));
    return {2, 0};
  }
  held_ = std::move(sample);
  return {0, held};
}

void Ephemeris::keep(EphemerisSample sample) {
  const UtcTime slot = floor_to(sample.time, kSpacing);
  const auto next = kept_.lower_bound(slot);
  if (next != kept_.end() && next->first < slot + kSpacing) return;
  const UtcTime time = sample.time;
  kept_.emplace(time, std::move(sample));
  if (kept_.size() > kMostSamples) kept_.erase(kept_.begin());
}

const EphemerisSample* Ephemeris::nearest(UtcTime time) const {
  const auto after = kept_.lower_bound(time);
  const EphemerisSample* best = after == kept_.end() ? nullptr : &after->second;
  if (after != kept_.begin()) {
    const EphemerisSample& before = std::prev(after)->second;
    if (best == nullptr || time - before.time < best->time - time) best = &before;
  }
  return best != nullptr && std::chrono::abs(best->time - time) <= kLongestGap ? best : nullptr;
}

std::map<UtcTime, EphemerisSample> Ephemeris::covering(UtcTime from, UtcTime to) const {
  auto first = kept_.upper_bound(from);
  if (first != kept_.begin()) --first;
  auto last = kept_.lower_bound(to);
  if (last == kept_.end() && last != kept_.begin()) --last;
  if (first == kept_.end() || last == kept_.end()) return {};
  const auto end = std::next(last);
  if (first->first > from + kReach || last->first + kReach < to) return {};
  for (auto it = first; it != last && std::next(it) != kept_.end(); ++it) {
    if (std::next(it)->first - it->first > kLongestGap) return {};
  }
  return {first, end};
}

EphemerisOrbit::EphemerisOrbit(std::map<UtcTime, EphemerisSample> samples, UtcTime from,
                               std::shared_ptr<const Orbit> elements)
    : Orbit(
          [&] {
            OrbitSource source;
            source.kind = OrbitKind::jpss_ephemeris;
            Sha256 hash;
            for (const auto& [time, sample] : samples) hash.update(sample.origin);
            source.sha256 = to_hex(hash.finish());
            source.samples = samples.size();
            source.epoch = samples.begin()->first;
            source.age_days = days_between(source.epoch, from);
            return source;
          }(),
          {}),
      samples_(std::move(samples)),
      elements_(std::move(elements)) {}

Result<StateVector> EphemerisOrbit::earth_fixed(UtcTime at) const {
  const auto after = samples_.upper_bound(at);
  const auto& [end_time, end] = after == samples_.end() ? *samples_.rbegin() : *after;
  if (after == samples_.begin() || after == samples_.end()) {
    if (std::chrono::abs(at - end_time) > Ephemeris::kReach + Ephemeris::kSpacing) {
      return fail(ErrorKind::corrupt, fmt::format("no orbit: the spacecraft's own ephemeris reaches from {} to {}, not "
                                                  "to {}; give element sets",
                                                  format_utc(samples_.begin()->first),
                                                  format_utc(samples_.rbegin()->first), format_utc(at)));
    }
    return advanced(end.state, seconds_between(end_time, at));
  }
  const auto& [begin_time, begin] = *std::prev(after);
  const double step_s = seconds_between(begin_time, end_time);
  return hermite(begin.state, end.state, step_s, seconds_between(begin_time, at) / step_s);
}

std::uint32_t EphemerisOrbit::absolute_orbit(UtcTime at) const {
  return elements_ ? elements_->absolute_orbit(at) : 0;
}

}  // namespace dl::calibrate
