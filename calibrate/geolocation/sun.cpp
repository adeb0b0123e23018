#include "calibrate/geolocation/sun.h"

#include <algorithm>
#include <cstddef>

#include <erfa.h>
#include <erfam.h>

#include "calibrate/geolocation/track.h"

namespace dl::calibrate {

namespace {

constexpr double kUnixEpochJulianDate = 2440587.5;

// Two-part Julian dates: whole days and a fraction.
struct Dates {
  double day;
  double utc_fraction;
  double tt_fraction;
};

Dates dates(UtcTime utc) {
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day calendar{day};
  const double fraction = static_cast<double>((utc - day).count()) / 86400e6;
  // Beyond ERFA's leap-second table the last value holds; a second moves the sun by 1e-5 degrees.
  double tai_minus_utc_s = 0;
  eraDat(static_cast<int>(calendar.year()), static_cast<int>(static_cast<unsigned>(calendar.month())),
         static_cast<int>(static_cast<unsigned>(calendar.day())), fraction, &tai_minus_utc_s);
  return {kUnixEpochJulianDate + static_cast<double>(day.time_since_epoch().count()), fraction,
          fraction + (tai_minus_utc_s + ERFA_TTMTAI) / ERFA_DAYSEC};
}

// Earth from the sun, au and au per day. TT serves as TDB: they differ by 2 ms at most.
struct EarthOrbit {
  double heliocentric[2][3];
  double barycentric[2][3];
};
EarthOrbit earth_orbit(const Dates& d) {
  EarthOrbit orbit;
  eraEpv00(d.day, d.tt_fraction, orbit.heliocentric, orbit.barycentric);
  return orbit;
}

}  // namespace

Vector3 sun_position_km(UtcTime utc) {
  const Dates d = dates(utc);
  const EarthOrbit orbit = earth_orbit(d);
  const Vector3 earth{orbit.heliocentric[0][0], orbit.heliocentric[0][1], orbit.heliocentric[0][2]};
  const Vector3 earth_velocity{orbit.barycentric[1][0], orbit.barycentric[1][1], orbit.barycentric[1][2]};
  // Annual aberration to first order: 20.5 seconds of arc.
  constexpr double kSpeedOfLight_au_day = ERFA_DAYSEC / ERFA_AULT;
  const Vector3 apparent = unit(unit(-earth) + (1 / kSpeedOfLight_au_day) * earth_velocity);
  double celestial_to_terrestrial[3][3];
  eraC2t00b(d.day, d.tt_fraction, d.day, d.utc_fraction, 0, 0, celestial_to_terrestrial);
  double celestial[3] = {apparent.x, apparent.y, apparent.z};
  double terrestrial[3];
  eraRxp(celestial_to_terrestrial, celestial, terrestrial);
  return norm(earth) * (ERFA_DAU / 1000) * Vector3{terrestrial[0], terrestrial[1], terrestrial[2]};
}

SunTrack::SunTrack(UtcTime from, UtcTime to) : start_(floor_to(from, kStep)) {
  // Seen from the Earth the sun goes round once a day; what its motion differs from that is left to the curve.
  constexpr Vector3 kApparentRotation_rad_s{0, 0, -ERFA_D2PI / ERFA_DAYSEC};
  for (UtcTime at = start_; knots_.size() < 2 || at < to + kStep; at += kStep) {
    const Vector3 position = sun_position_km(at);
    knots_.push_back({position, cross(kApparentRotation_rad_s, position)});
  }
}

Vector3 SunTrack::position_km(UtcTime at) const {
  const double seconds = static_cast<double>((at - start_).count()) * 1e-6;
  const double step_s = static_cast<double>(kStep.count());
  const auto index = std::min(static_cast<std::size_t>(seconds / step_s), knots_.size() - 2);
  return hermite(knots_[index], knots_[index + 1], step_s, seconds / step_s - static_cast<double>(index)).position_km;
}

}  // namespace dl::calibrate
