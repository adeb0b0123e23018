#include "calibrate/table.h"

#include <algorithm>

#include "calibrate/table_words.h"

namespace dl::calibrate {
namespace {

using Axis = std::optional<std::string> RowConfig::*;
constexpr Axis kAxes[] = {&RowConfig::side, &RowConfig::mirror_side, &RowConfig::detector, &RowConfig::parameter_set};

bool known(UtcTime recorded_at, const std::optional<UtcTime>& superseded_at, std::optional<UtcTime> asked) {
  if (!asked) return !superseded_at;
  return recorded_at <= *asked && (!superseded_at || *asked < *superseded_at);
}

}  // namespace

std::string_view to_string(TimeModel model) {
  return word_of(kTimeModels, model);
}
std::string_view to_string(RowStatus status) {
  return word_of(kRowStatuses, status);
}
std::string_view to_string(Extrapolation extrapolation) {
  return word_of(kExtrapolations, extrapolation);
}
std::string_view to_string(Years years) {
  return word_of(kYears, years);
}
std::string_view to_string(FitForm form) {
  return word_of(kFitForms, form);
}
std::string_view to_string(EventKind kind) {
  return word_of(kEventKinds, kind);
}
std::string_view to_string(EventEffect effect) {
  return word_of(kEventEffects, effect);
}

Extrapolation default_extrapolation_after(TimeModel model) {
  const bool fitted = model == TimeModel::linear || model == TimeModel::poly_since_launch;
  return fitted ? Extrapolation::forbid : Extrapolation::hold;
}

bool RowConfig::meets(const RowConfig& other) const {
  return std::all_of(std::begin(kAxes), std::end(kAxes),
                     [&](Axis axis) { return !(this->*axis) || !(other.*axis) || this->*axis == other.*axis; });
}

bool RowConfig::serves(const RowConfig& asked) const {
  return std::all_of(std::begin(kAxes), std::end(kAxes),
                     [&](Axis axis) { return !(this->*axis) || this->*axis == asked.*axis; });
}

const std::vector<double>* Row::find(std::string_view axis, std::string_view name) const {
  const auto entry = values.find(std::string(axis));
  if (entry == values.end()) return nullptr;
  const auto value = entry->second.find(std::string(name));
  return value == entry->second.end() ? nullptr : &value->second;
}

bool Row::known_at(std::optional<UtcTime> asked) const {
  return known(recorded_at, superseded_at, asked);
}

bool Event::known_at(std::optional<UtcTime> asked) const {
  return known(recorded_at, superseded_at, asked);
}

bool Event::touches(UtcTime begin, UtcTime end) const {
  return from < end && (!to || begin < *to);
}

bool Event::affects(std::optional<std::string_view> band, const RowConfig& asked) const {
  const bool of_band = !band || bands.empty() || std::find(bands.begin(), bands.end(), *band) != bands.end();
  return of_band && config.meets(asked);
}

bool Table::in_profile(std::string_view profile) const {
  return std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

}  // namespace dl::calibrate
