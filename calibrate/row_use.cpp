#include "calibrate/row_use.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "calibrate/time_model.h"

namespace dl::calibrate {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// Of two lists of bands, where an empty one stands for all.
bool share_band(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& band) { return std::find(b.begin(), b.end(), band) != b.end(); });
}

}  // namespace

RowUse::Question& RowUse::question_of(const RowConfig& config, std::string_view band) {
  for (Question& question : questions_) {
    if (question.band == band && question.config == config) return question;
  }
  // The selector's views are into this and into the list, which do not move.
  Question& made = questions_.emplace_back(
      Question{config, std::string(band), RowSelector(*request_.tables, {}, request_.known_at), nullptr});
  RowKey key{quantity_, request_.profile, config, {}};
  if (!made.band.empty()) key.band = made.band;
  made.selector = RowSelector(*request_.tables, key, request_.known_at);
  return made;
}

// The same numbers give the same object.
const Row* RowUse::evaluated(const SelectedRow& selected) {
  if (!varies_with_time(*selected.table)) return selected.row;
  const bool same = evaluated_for_.row == selected.row && evaluated_for_.evaluated_at == selected.evaluated_at;
  if (!same) {
    Row row = evaluate(selected);
    evaluated_for_ = selected;
    const bool repeated =
        !evaluated_.empty() && evaluated_.back().id == row.id && evaluated_.back().values == row.values;
    if (!repeated) evaluated_.push_back(std::move(row));
  }
  return &evaluated_.back();
}

const SelectedRow* RowUse::at(UtcTime time, const RowConfig& config, std::string_view band) {
  Question& question = question_of(config, band);
  Selection selection = question.selector.at(time);
  if (!selection) {
    reasons_.try_emplace(question.band, std::move(selection.error()));
    return nullptr;
  }
  if (question.used == nullptr || question.used->selected.row != selection->row) {
    question.used = &used_[selection->row->id];
    if (!question.band.empty()) add_once(question.used->bands, question.band);
  }
  Used& used = *question.used;
  if (used.selected.row == nullptr) used.last = time;
  // A row may begin to count as extrapolated within the granule: once flagged, it stays flagged.
  const bool extrapolated = used.selected.extrapolated || selection->extrapolated;
  const double days = std::max(used.selected.extrapolated_days, selection->extrapolated_days);
  used.selected = *selection;
  used.selected.extrapolated = extrapolated;
  used.selected.extrapolated_days = days;
  used.last = std::max(used.last, time);
  answer_ = used.selected;
  answer_.row = evaluated(*selection);
  return &answer_;
}

std::string RowUse::reason(std::string_view band) const {
  const auto found = reasons_.find(band);
  return found == reasons_.end() ? std::string() : found->second;
}

// Says where within the granule this row took over from one of those before it.
void RowUse::report_change(const Used& used, const std::vector<const Used*>& earlier, Provenance& provenance) const {
  const Row& row = *used.selected.row;
  for (auto before = earlier.rbegin(); before != earlier.rend(); ++before) {
    const Row& previous = *(*before)->selected.row;
    if (previous.config != row.config || !share_band((*before)->bands, used.bands)) continue;
    provenance.remarks.push_back(
        fmt::format("Two rows of '{}': lines from {} on use '{}' ({}), which takes effect then and ends '{}' of the "
                    "lines before.",
                    used.selected.table->name, format_utc(row.valid_from), row.id, row.reason, previous.id));
    return;
  }
}

void RowUse::report(const std::string& bands, Provenance& provenance) const {
  std::vector<const Used*> in_time;
  for (const auto& [id, used] : used_) in_time.push_back(&used);
  std::stable_sort(in_time.begin(), in_time.end(), [](const Used* a, const Used* b) {
    return a->selected.row->valid_from < b->selected.row->valid_from;
  });
  std::vector<const Used*> earlier;
  for (const Used* used : in_time) {
    const SelectedRow& selected = used->selected;
    const Row& row = *selected.row;
    provenance.rows.push_back(
        used_row(selected, used->bands.empty() ? bands : fmt::format("{}", fmt::join(used->bands, ","))));
    report_change(*used, earlier, provenance);
    earlier.push_back(used);
    if (row.status != RowStatus::operational) add_once(provenance.flags, "cal_" + std::string(to_string(row.status)));
    if (selected.override_used != nullptr) add_once(provenance.flags, "cal_override");
    for (const std::string& algorithm : algorithms_of(selected)) add_once(provenance.algorithms, algorithm);
    if (!selected.extrapolated) continue;
    add_once(provenance.flags, selected.table->extrapolation.flag);
    const double age_days = std::chrono::duration<double, std::ratio<86400>>(used->last - row.valid_from).count();
    provenance.remarks.push_back(
        fmt::format("Row '{}' is used outside its time: {:.0f} days after its start, no later row {}.", row.id,
                    age_days, request_.known_at ? "was known" : "is in the table"));
  }
}

std::uint32_t line_flags_of(const SelectedRow* selected) {
  if (selected == nullptr) return kLineUncalibrated;
  std::uint32_t flags = 0;
  if (selected->extrapolated) flags |= kLineCalibrationExtrapolated;
  if (selected->row->status != RowStatus::operational) flags |= kLineCalibrationProvisional;
  return flags;
}

}  // namespace dl::calibrate
