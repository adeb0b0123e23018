#include "tools/downlinkctl/calibration/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::downlinkctl {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string values_text(const calibrate::RowValues& values, const std::vector<std::string>& axes) {
  std::string text;
  for (const auto& [axis, named] : values) {
    if (!axes.empty() && std::find(axes.begin(), axes.end(), axis) == axes.end()) continue;
    std::vector<std::string> parts;
    for (const auto& [name, numbers] : named) parts.push_back(fmt::format("{} {}", name, fmt::join(numbers, " ")));
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", axis, joined(parts));
  }
  return text;
}

std::string config_text(const calibrate::RowConfig& config) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) parts.push_back(fmt::format("{} {}", name, *value));
  };
  add("side", config.side);
  add("mirror side", config.mirror_side);
  add("detector", config.detector);
  add("parameter set", config.parameter_set);
  return joined(parts);
}

std::string source_text(const calibrate::Source& source) {
  return source.locator.empty() ? source.title : fmt::format("{}; {}", source.title, source.locator);
}

std::string effect_text(const calibrate::Event& event) {
  const std::string effect(to_string(event.effect));
  return event.profile.empty() ? effect : effect + " " + event.profile;
}

std::string extrapolation_text(const calibrate::ExtrapolationPolicy& policy) {
  std::string text = fmt::format("before: {}, after: {}", to_string(policy.before), to_string(policy.after));
  if (policy.max_age_days)
    text += fmt::format(", a row older than {} days counts as extrapolated", *policy.max_age_days);
  if (policy.limit_days) text += fmt::format(", at most {} days", *policy.limit_days);
  return text + fmt::format(", flagged {}", policy.flag);
}

control::CalEventRow event_row(const calibrate::Event& event) {
  control::CalEventRow row;
  row.id = event.id;
  row.kind = to_string(event.kind);
  row.effect = effect_text(event);
  row.bands = joined(event.bands, ",");
  row.config = config_text(event.config);
  row.from = event.from;
  row.to = event.to;
  row.recorded_at = event.recorded_at;
  row.text = event.text;
  row.source = source_text(event.source);
  row.sha256 = event.sha256;
  return row;
}

std::vector<control::CalProblemRow> problem_rows(const std::vector<calibrate::TableProblem>& problems) {
  std::vector<control::CalProblemRow> rows;
  for (const auto& problem : problems) rows.push_back({problem.file, problem.line, problem.element, problem.reason});
  return rows;
}

}  // namespace dl::downlinkctl
