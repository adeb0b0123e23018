#include "config/nearest_name.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::config {
namespace {

// Optimal string alignment: each place is edited at most once.
std::size_t differences(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

// Names are short; a longer one is no slip of the finger, and the table above is quadratic.
constexpr std::size_t kNameLengthMax = 64;
// "spool_dir" means "spool_directory".
constexpr std::size_t kShortFormSizeMin = 3;

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kNameLengthMax) return "";
  std::string_view nearest;
  std::size_t fewest = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const bool is_short_form = name.size() >= kShortFormSizeMin && candidate.starts_with(name);
    const std::size_t count = is_short_form ? 1 : differences(name, candidate);
    if (count >= fewest || count >= candidate.size()) continue;
    fewest = count;
    nearest = candidate;
  }
  return nearest;
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

}  // namespace dl::config
