#include "calibrate/row_use.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "calibrate/time_model.h"

namespace dl::calibrate {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

const SelectedRow* RowUse::at(UtcTime time, const RowConfig& config) {
  Selection selection = request_.tables->select({quantity_, request_.profile, config}, time, request_.known_at);
  if (!selection) {
    if (reason_.empty()) reason_ = selection.error();
    return nullptr;
  }
  Used& used = used_[selection->row->id];
  if (used.selected.row == nullptr) used.last = time;
  // A row may begin to count as extrapolated within the granule: once flagged, it stays flagged.
  const bool extrapolated = used.selected.extrapolated || selection->extrapolated;
  const double days = std::max(used.selected.extrapolated_days, selection->extrapolated_days);
  used.selected = *selection;
  used.selected.extrapolated = extrapolated;
  used.selected.extrapolated_days = days;
  used.last = std::max(used.last, time);
  return &used.selected;
}

void RowUse::report(const std::string& bands, Provenance& provenance) const {
  std::vector<const Used*> in_time;
  for (const auto& [id, used] : used_) in_time.push_back(&used);
  std::stable_sort(in_time.begin(), in_time.end(), [](const Used* a, const Used* b) {
    return a->selected.row->valid_from < b->selected.row->valid_from;
  });
  for (std::size_t i = 0; i < in_time.size(); ++i) {
    const SelectedRow& selected = in_time[i]->selected;
    const Row& row = *selected.row;
    provenance.rows.push_back(used_row(selected, bands));
    for (std::size_t before = i; before-- > 0;) {
      const Row& previous = *in_time[before]->selected.row;
      if (previous.config != row.config) continue;
      provenance.remarks.push_back(
          fmt::format("Two rows of '{}': lines from {} on use '{}' ({}), which takes effect then and ends '{}' of the "
                      "lines before.",
                      selected.table->name, format_utc(row.valid_from), row.id, row.reason, previous.id));
      break;
    }
    if (row.status != RowStatus::operational) add_once(provenance.flags, "cal_" + std::string(to_string(row.status)));
    if (selected.override_used != nullptr) add_once(provenance.flags, "cal_override");
    for (const std::string& algorithm : algorithms_of(selected)) add_once(provenance.algorithms, algorithm);
    if (!selected.extrapolated) continue;
    add_once(provenance.flags, selected.table->extrapolation.flag);
    const double age_days = std::chrono::duration<double, std::ratio<86400>>(in_time[i]->last - row.valid_from).count();
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
