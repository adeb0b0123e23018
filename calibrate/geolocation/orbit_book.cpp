#include "calibrate/geolocation/orbit_book.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace dl::calibrate {

namespace {

double distance_days(const TwoLineElements& set, UtcTime at) {
  return std::abs(days_between(set.epoch, at));
}

}  // namespace

OrbitBook::OrbitBook(std::string_view tle_text, std::uint32_t norad_id, OrbitAgeLimits limits)
    : norad_id_(norad_id), limits_(limits), has_file_(tle_text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
  ElementSets found = parse_element_sets(tle_text, norad_id);
  for (TwoLineElements& set : found.sets) entries_.push_back({std::move(set), OrbitKind::element_file});
  if (!found.refused.empty()) unreadable_ = std::move(found.refused.front());
  if (entries_.empty() && has_file_) sets_of_others_ = parse_element_sets(tle_text).sets.size();
}

Result<void> OrbitBook::add(const TwoLineElements& set, OrbitKind kind) {
  if (set.norad_id != norad_id_) {
    return fail(ErrorKind::corrupt,
                fmt::format("element set of satellite {}: expected one of {}", set.norad_id, norad_id_));
  }
  const auto same = [&](const Entry& entry) { return entry.set.line1 == set.line1 && entry.set.line2 == set.line2; };
  if (std::any_of(entries_.begin(), entries_.end(), same)) return {};
  if (sent_ == kMostSets) {
    return fail(ErrorKind::corrupt, fmt::format("element set of {}: the spacecraft has sent {} others in this pass",
                                                format_utc(set.epoch), sent_));
  }
  DL_TRY(const auto orbit, ElementOrbit::create(set, kind, set.epoch, limits_.flag_days));
  DL_TRY(const StateVector state, orbit->earth_fixed(set.epoch));
  if (const auto distance_km = distance_from_known_km(state, set.epoch);
      distance_km && *distance_km > kLargestDisagreement_km) {
    return fail(ErrorKind::corrupt,
                fmt::format("element set of {}: {:.0f} km from where the sets known before put the satellite",
                            format_utc(set.epoch), *distance_km));
  }
  entries_.push_back({set, kind});
  ++sent_;
  return {};
}

Ephemeris::Outcome OrbitBook::add(EphemerisSample sample) {
  const auto distance_km = distance_from_known_km(sample.state, sample.time);
  if (distance_km && *distance_km > kLargestDisagreement_km) return {0, 1};
  return ephemeris_.add(std::move(sample));
}

std::optional<double> OrbitBook::distance_from_known_km(const StateVector& earth_fixed, UtcTime at) const {
  const Entry* known = nearest_set(at);
  if (known == nullptr || distance_days(known->set, at) > limits_.refuse_days) return std::nullopt;
  const auto orbit = ElementOrbit::create(known->set, known->kind, at, limits_.flag_days);
  if (!orbit) return std::nullopt;
  const auto there = (*orbit)->earth_fixed(at);
  if (!there) return std::nullopt;
  return norm(there->position_km - earth_fixed.position_km);
}

const OrbitBook::Entry* OrbitBook::nearest_set(UtcTime at) const {
  const auto nearer = [&](const Entry& a, const Entry& b) {
    return distance_days(a.set, at) < distance_days(b.set, at);
  };
  const auto nearest = std::min_element(entries_.begin(), entries_.end(), nearer);
  return nearest == entries_.end() ? nullptr : &*nearest;
}

const OrbitBook::Entry* OrbitBook::choose_set(UtcTime at) const {
  const Entry* before = nullptr;
  const Entry* nearest = nullptr;
  const auto replaces = [&](const Entry* current, const Entry& candidate) {
    if (current == nullptr) return true;
    const double difference = distance_days(candidate.set, at) - distance_days(current->set, at);
    if (difference != 0) return difference < 0;
    if (candidate.set.remark.empty() != current->set.remark.empty()) return candidate.set.remark.empty();
    // Within the file the later one.
    return candidate.kind == OrbitKind::element_file;
  };
  for (const Entry& entry : entries_) {
    if (replaces(nearest, entry)) nearest = &entry;
    if (entry.set.epoch <= at && replaces(before, entry)) before = &entry;
  }
  return before != nullptr && distance_days(before->set, at) <= limits_.refuse_days ? before : nearest;
}

Failure OrbitBook::no_set() const {
  if (!has_file_) {
    return fail(ErrorKind::config,
                fmt::format("no orbit: no element set (TLE) was given, and the spacecraft sent none; "
                            "name a file that has one of satellite {} ('tle_file' in the "
                            "configuration, --tle in batch)",
                            norad_id_));
  }
  if (!unreadable_.empty()) {
    return fail(ErrorKind::config,
                fmt::format("no orbit: the element set of satellite {} in the TLE file cannot be read: {}; fetch the "
                            "file again",
                            norad_id_, unreadable_));
  }
  return fail(ErrorKind::config, fmt::format("no orbit: the TLE file has no element set of satellite {} ({} of other "
                                             "satellites); add its two lines to the file",
                                             norad_id_, sets_of_others_));
}

Result<std::shared_ptr<const Orbit>> OrbitBook::choose(UtcTime from, UtcTime to) const {
  const Entry* entry = choose_set(from);
  Result<std::shared_ptr<const Orbit>> elements = no_set();
  if (entry != nullptr && distance_days(entry->set, from) <= limits_.refuse_days) {
    elements = ElementOrbit::create(entry->set, entry->kind, from, limits_.flag_days);
  } else if (entry != nullptr) {
    const double age_days = days_between(entry->set.epoch, from);
    elements =
        fail(ErrorKind::config,
             fmt::format("no orbit: the nearest element set of satellite {} is of {}, {:.1f} days {} the data of {}; "
                         "the limit is {:g} days ('tle_age_refuse'): fetch element sets of that day",
                         norad_id_, format_utc(entry->set.epoch), std::abs(age_days), age_days < 0 ? "after" : "before",
                         format_utc(from), limits_.refuse_days));
  }
  if (auto samples = ephemeris_.covering(from, to); !samples.empty()) {
    return std::make_shared<const EphemerisOrbit>(std::move(samples), from, elements ? *elements : nullptr);
  }
  return elements;
}

}  // namespace dl::calibrate
