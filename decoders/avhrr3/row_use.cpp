#include "decoders/avhrr3/row_use.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "calibrate/time_model.h"

namespace dl::decoders::avhrr3 {
namespace {

void add_once(std::vector<std::string>& words, const std::string& word) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

}  // namespace

std::optional<RowUse::Values> RowUse::at(UtcTime time) {
  calibrate::Selection selection = request_.tables->select({quantity_, request_.profile, {}}, time, request_.known_at);
  if (!selection) {
    if (reason_.empty()) reason_ = selection.error();
    return std::nullopt;
  }
  Used& used = used_[selection->row->valid_from];
  if (used.selected.row == nullptr) used.last = time;
  // A row may begin to count as extrapolated within the granule: once flagged, it stays flagged.
  const bool extrapolated = used.selected.extrapolated || selection->extrapolated;
  used.selected = *selection;
  used.selected.extrapolated = extrapolated;
  used.last = std::max(used.last, time);
  if (!calibrate::varies_with_time(*selection->table)) return Values{used.selected, selection->row};
  calibrate::Row row = calibrate::evaluate(*selection);
  if (evaluated_.empty() || evaluated_.back().id != row.id || evaluated_.back().values != row.values) {
    evaluated_.push_back(std::move(row));
  }
  return Values{used.selected, &evaluated_.back()};
}

void RowUse::report(const std::string& bands, calibrate::Provenance& provenance) const {
  const calibrate::Row* previous = nullptr;
  for (const auto& [valid_from, used] : used_) {
    const calibrate::SelectedRow& selected = used.selected;
    const calibrate::Row& row = *selected.row;
    provenance.rows.push_back(calibrate::used_row(selected, bands));
    if (previous != nullptr) {
      provenance.remarks.push_back(
          fmt::format("Two rows of '{}': lines from {} on use '{}' ({}), which takes effect then and ends '{}' of the "
                      "lines before.",
                      selected.table->name, format_utc(valid_from), row.id, row.reason, previous->id));
    }
    previous = &row;
    for (const std::string& algorithm : calibrate::algorithms_of(selected)) add_once(provenance.algorithms, algorithm);
    if (row.status != calibrate::RowStatus::operational) {
      add_once(provenance.flags, "cal_" + std::string(to_string(row.status)));
    }
    if (!selected.extrapolated) continue;
    add_once(provenance.flags, selected.table->extrapolation.flag);
    const double age_days = std::chrono::duration<double, std::ratio<86400>>(used.last - valid_from).count();
    provenance.remarks.push_back(
        fmt::format("Row '{}' is used outside its time: {:.0f} days after its start, no later row {}.", row.id,
                    age_days, request_.known_at ? "was known" : "is in the table"));
  }
}

}  // namespace dl::decoders::avhrr3
