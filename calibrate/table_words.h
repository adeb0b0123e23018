// How the enumerations of a table are spelled in its file.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "calibrate/table.h"

namespace dl::calibrate {

template <class Value, std::size_t N>
using Words = std::array<std::pair<std::string_view, Value>, N>;

inline constexpr Words<TimeModel, 5> kTimeModels = {{{"constant", TimeModel::constant},
                                                     {"step", TimeModel::step},
                                                     {"linear", TimeModel::linear},
                                                     {"poly_since_launch", TimeModel::poly_since_launch},
                                                     {"downlinked", TimeModel::downlinked}}};
inline constexpr Words<RowStatus, 5> kRowStatuses = {{{"operational", RowStatus::operational},
                                                      {"provisional", RowStatus::provisional},
                                                      {"experimental", RowStatus::experimental},
                                                      {"suspect", RowStatus::suspect},
                                                      {"withdrawn", RowStatus::withdrawn}}};
inline constexpr Words<Extrapolation, 3> kExtrapolations = {
    {{"forbid", Extrapolation::forbid}, {"hold", Extrapolation::hold}, {"allow", Extrapolation::allow}}};
inline constexpr Words<Years, 2> kYears = {{{"years-pygac/1", Years::pygac_1}, {"years-julian/1", Years::julian_1}}};
inline constexpr Words<FitForm, 2> kFitForms = {
    {{"polynomial/1", FitForm::polynomial_1}, {"dual-gain-trend/1", FitForm::dual_gain_trend_1}}};
inline constexpr Words<EventKind, 6> kEventKinds = {{{"config_switch", EventKind::config_switch},
                                                     {"anomaly", EventKind::anomaly},
                                                     {"patch", EventKind::patch},
                                                     {"algorithm_error", EventKind::algorithm_error},
                                                     {"orbit", EventKind::orbit},
                                                     {"shutdown", EventKind::shutdown}}};
inline constexpr Words<EventEffect, 3> kEventEffects = {
    {{"flag", EventEffect::flag}, {"exclude", EventEffect::exclude}, {"select_profile", EventEffect::select_profile}}};

template <class Value, std::size_t N>
constexpr std::string_view word_of(const Words<Value, N>& words, Value value) {
  return std::find_if(words.begin(), words.end(), [value](const auto& word) { return word.second == value; })->first;
}

}  // namespace dl::calibrate
