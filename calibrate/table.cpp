#include "calibrate/table.h"

#include <algorithm>

namespace dl::calibrate {

std::string_view to_string(RowStatus status) {
  switch (status) {
    case RowStatus::operational:
      return "operational";
    case RowStatus::provisional:
      return "provisional";
    case RowStatus::experimental:
      return "experimental";
    case RowStatus::suspect:
      return "suspect";
    case RowStatus::withdrawn:
      return "withdrawn";
  }
  return "suspect";
}

const std::vector<double>* Row::find(std::string_view axis, std::string_view name) const {
  const auto entry = values.find(std::string(axis));
  if (entry == values.end()) return nullptr;
  const auto value = entry->second.find(std::string(name));
  return value == entry->second.end() ? nullptr : &value->second;
}

bool Row::known_at(std::optional<UtcTime> known) const {
  if (!known) return !superseded_at;
  return recorded_at <= *known && (!superseded_at || *known < *superseded_at);
}

bool Table::in_profile(std::string_view profile) const {
  return std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

}  // namespace dl::calibrate
