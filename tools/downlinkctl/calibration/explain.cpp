// Which rows answer for a time, and why.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "calibrate/time_model.h"
#include "tools/downlinkctl/calibration/command.h"
#include "tools/downlinkctl/calibration/text.h"

namespace dl::downlinkctl {
namespace {

using calibrate::Explanation;
using calibrate::RowKey;
using calibrate::Table;
using calibrate::TableSet;

// The bands of a table, in the order of their names; one empty text for a table that has other axes.
std::vector<std::string> bands_of(const Table& table) {
  if (std::find(table.axes.begin(), table.axes.end(), "band") == table.axes.end()) return {""};
  std::set<std::string> bands;
  for (const auto& row : table.rows) {
    for (const auto& [band, values] : row.values) bands.insert(band);
  }
  if (bands.empty()) return {""};
  return {bands.begin(), bands.end()};
}

// Bands that are answered alike.
struct Answer {
  Explanation explanation;
  std::vector<std::string> bands;
};

bool same_answer(const Explanation& a, const Explanation& b) {
  if (a.profile != b.profile || a.selection.has_value() != b.selection.has_value()) return false;
  if (!a.selection) return true;  // the reasons name the bands
  return a.selection->row == b.selection->row && a.selection->ends == b.selection->ends;
}

class Explainer {
 public:
  Explainer(const CalCommand& command, const TableSet& set, control::CalExplainReport& report)
      : command_(command), set_(set), report_(report) {}

  void run(const std::string& profile) {
    std::set<std::string> quantities;
    for (const Table& table : set_.tables()) {
      if (table.in_profile(profile) && !table.rows.empty()) quantities.insert(table.quantity);
    }
    for (const std::string& quantity : quantities) {
      for (const Answer& answer : answers(profile, quantity)) add(profile, quantity, answer);
    }
    for (const auto* event : set_.events(profile, command_.at, command_.at + Microseconds(1), command_.known_at)) {
      add_event(*event);
    }
    look_ahead(profile);
  }

 private:
  std::vector<Answer> answers(const std::string& profile, const std::string& quantity) {
    const auto table = std::find_if(set_.tables().begin(), set_.tables().end(), [&](const Table& candidate) {
      return candidate.quantity == quantity && candidate.in_profile(profile) && !candidate.rows.empty();
    });
    std::vector<Answer> all;
    for (const std::string& band : bands_of(*table)) {
      RowKey key{quantity, profile};
      if (!command_.side.empty()) key.config.side = command_.side;
      if (!band.empty()) key.band = band;
      Explanation explanation = set_.explain(key, command_.at, command_.known_at);
      const auto like = std::find_if(all.begin(), all.end(),
                                     [&](const Answer& other) { return same_answer(other.explanation, explanation); });
      if (like != all.end()) {
        like->bands.push_back(band);
      } else {
        all.push_back({std::move(explanation), {band}});
      }
    }
    return all;
  }

  void add(const std::string& profile, const std::string& quantity, const Answer& answer) {
    control::CalAnswerRow row;
    row.profile = profile;
    row.quantity = quantity;
    row.bands = joined(answer.bands, ",");
    if (answer.explanation.table != nullptr) row.unit = answer.explanation.table->unit;
    if (answer.explanation.selection) {
      fill(row, *answer.explanation.selection, answer);
    } else {
      row.why = answer.explanation.selection.error();
    }
    report_.answers.push_back(std::move(row));
    if (!command_.passed_over) return;
    for (const auto& other : answer.explanation.passed_over) {
      report_.passed_over.push_back({profile, quantity, joined(answer.bands, ","), other.row->id, other.reason});
    }
  }

  void fill(control::CalAnswerRow& out, const calibrate::SelectedRow& selected, const Answer& answer) const {
    const calibrate::Row& row = *selected.row;
    out.row = row.id;
    out.status = to_string(row.status);
    out.valid_from = row.valid_from;
    out.ends = selected.ends;
    if (selected.next != nullptr) {
      out.next = fmt::format("'{}' from {}", selected.next->id, format_utc(selected.next->valid_from));
    }
    out.recorded_at = row.recorded_at;
    out.recorded_at_basis = row.recorded_at_basis;
    out.age_days = selected.age_days;
    out.extrapolated_days = selected.extrapolated_days;
    out.flag = flag_of(selected);
    out.why = why(selected);
    const bool has_bands = answer.bands.front() != "";
    out.values = values_text(evaluate(selected).values, has_bands ? answer.bands : std::vector<std::string>());
    out.algorithms = joined(algorithms_of(selected));
    out.reason = row.reason;
    out.source = source_text(row.source);
    out.sha256 = row.sha256;
  }

  static std::string flag_of(const calibrate::SelectedRow& selected) {
    std::vector<std::string> flags;
    if (selected.extrapolated) flags.push_back(selected.table->extrapolation.flag);
    if (selected.row->status != calibrate::RowStatus::operational) {
      flags.push_back(fmt::format("cal_{}", to_string(selected.row->status)));
    }
    return joined(flags, " ");
  }

  [[nodiscard]] std::string why(const calibrate::SelectedRow& selected) const {
    std::string text = selected.age_days < 0
                           ? fmt::format("the first row that is known, it begins {:.1f} days later", -selected.age_days)
                           : fmt::format("the latest row that begins by then, {:.1f} days before", selected.age_days);
    if (command_.known_at) text += " and was known";
    if (selected.extrapolated) {
      text += fmt::format("; extrapolated by {:.1f} days, values as at {}", selected.extrapolated_days,
                          format_utc(selected.evaluated_at));
    }
    if (selected.profile_event != nullptr) {
      text +=
          fmt::format("; event '{}' selects profile '{}'", selected.profile_event->id, selected.profile_event->profile);
    }
    if (selected.override_used != nullptr) {
      text += fmt::format("; override '{}' lets it be chosen: {}", selected.override_used->id,
                          selected.override_used->reason);
    }
    return text;
  }

  void add_event(const calibrate::Event& event) {
    const auto is_same = [&](const control::CalEventRow& row) { return row.id == event.id; };
    if (std::none_of(report_.events.begin(), report_.events.end(), is_same)) report_.events.push_back(event_row(event));
  }

  void look_ahead(const std::string& profile) {
    for (const Table& table : set_.tables()) {
      if (!table.in_profile(profile)) continue;
      for (const auto& event : table.events) {
        if (!event.known_at(command_.known_at) || event.from <= command_.at) continue;
        if (!report_.next_event_at || event.from < *report_.next_event_at) {
          report_.next_event_at = event.from;
          report_.next_event = event.id;
        }
      }
    }
  }

  const CalCommand& command_;
  const TableSet& set_;
  control::CalExplainReport& report_;
};

}  // namespace

Result<control::CalExplainReport> explain(const CalCommand& command, const calibrate::TableCollection& tables) {
  const TableSet* set = tables.find(command.platform, command.instrument);
  if (set == nullptr) {
    return fail(ErrorKind::config, fmt::format("there is no table of instrument '{}' on platform '{}' (downlinkctl cal "
                                               "list shows those that there are)",
                                               command.instrument, command.platform));
  }
  const std::vector<std::string> profiles = set->profiles();
  control::CalExplainReport report;
  report.platform = command.platform;
  report.instrument = command.instrument;
  report.at = command.at;
  report.known_at = command.known_at;
  report.profile = command.profile;
  report.profiles = joined(profiles);
  report.set_sha256 = set->sha256();
  const bool is_known = std::find(profiles.begin(), profiles.end(), command.profile) != profiles.end();
  if (!command.profile.empty() && !is_known) {
    return fail(ErrorKind::config, fmt::format("there is no profile '{}' of instrument '{}' on platform '{}', but {}",
                                               command.profile, command.instrument, command.platform, report.profiles));
  }
  Explainer explainer(command, *set, report);
  for (const std::string& profile : profiles) {
    if (command.profile.empty() || command.profile == profile) explainer.run(profile);
  }
  return report;
}

}  // namespace dl::downlinkctl
