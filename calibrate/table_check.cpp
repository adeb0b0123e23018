#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "calibrate/dual_gain.h"
#include "calibrate/table.h"

namespace dl::calibrate {
namespace {

constexpr double kMaxCrossingOffset_counts = 0.6;
constexpr double kMaxJump = 0.25;

bool known_together(const Row& a, const Row& b) {
  const auto begins_before_end = [](const Row& x, const Row& y) {
    return !y.superseded_at || x.recorded_at < *y.superseded_at;
  };
  return begins_before_end(a, b) && begins_before_end(b, a);
}

bool overlap(const Row& a, const Row& b, TimeModel model) {
  const Row& first = a.valid_from <= b.valid_from ? a : b;
  const Row& second = a.valid_from <= b.valid_from ? b : a;
  if (first.valid_from == second.valid_from) return true;
  if (first.valid_to) return second.valid_from < *first.valid_to;
  return model != TimeModel::step;  // a step without an end is ended by the next
}

Result<void> check_times(const Table& table) {
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Row& row = table.rows[i];
    if (row.valid_to && *row.valid_to <= row.valid_from) {
      return fail(ErrorKind::corrupt, fmt::format("row '{}': valid_to is not after valid_from", row.id));
    }
    if (i > 0 && row.recorded_at < table.rows[i - 1].recorded_at) {
      return fail(
          ErrorKind::corrupt,
          fmt::format("row '{}': recorded_at {} is before that of '{}' ({}): append rows, never insert them", row.id,
                      format_utc(row.recorded_at), table.rows[i - 1].id, format_utc(table.rows[i - 1].recorded_at)));
    }
    for (std::size_t j = 0; j < i; ++j) {
      const Row& other = table.rows[j];
      if (other.id == row.id) return fail(ErrorKind::corrupt, fmt::format("row id '{}' stands twice", row.id));
      if (other.side != row.side || !known_together(row, other) || !overlap(row, other, table.time_model)) continue;
      return fail(
          ErrorKind::corrupt,
          fmt::format("rows '{}' and '{}' overlap: end one with valid_to, or set superseded_at", other.id, row.id));
    }
  }
  return {};
}

Result<void> check_dual_gain(const Row& row, const std::string& axis,
                             const std::map<std::string, std::vector<double>>& values) {
  const auto low = values.find("lo");
  const auto high = values.find("hi");
  const auto cut = values.find("cut");
  if (low == values.end() || high == values.end() || cut == values.end()) return {};
  if (low->second.size() != 2 || high->second.size() != 2 || cut->second.size() != 1) {
    return fail(ErrorKind::corrupt,
                fmt::format("row '{}', '{}': expected lo and hi of 2 numbers and cut of 1", row.id, axis));
  }
  const DualGain gain{{low->second[0], low->second[1]}, {high->second[0], high->second[1]}, cut->second[0]};
  if (std::abs(gain.crossing() - gain.cut_count) <= kMaxCrossingOffset_counts) return {};
  return fail(
      ErrorKind::corrupt,
      fmt::format("row '{}', '{}': low and high gain cross at count {:.2f}, expected within {} of the cut {:.2f}: "
                  "compare the numbers with the bulletin",
                  row.id, axis, gain.crossing(), kMaxCrossingOffset_counts, gain.cut_count));
}

Result<void> check_jump(const Row& before, const Row& row) {
  for (const auto& [axis, values] : row.values) {
    for (const auto& [name, numbers] : values) {
      const std::vector<double>* old = before.find(axis, name);
      if (old == nullptr) continue;
      for (std::size_t i = 0; i < std::min(old->size(), numbers.size()); ++i) {
        const double was = (*old)[i];
        if (was == 0 || std::abs(numbers[i] / was - 1.0) <= kMaxJump) continue;
        return fail(
            ErrorKind::corrupt,
            fmt::format("row '{}', '{}' {}: {} after {} in '{}' is a jump of more than {:.0f} %: compare the numbers "
                        "with the source",
                        row.id, axis, name, numbers[i], was, before.id, kMaxJump * 100));
      }
    }
  }
  return {};
}

// The row that held just before `row` began, of the same side.
const Row* predecessor(const Table& table, const Row& row) {
  const Row* found = nullptr;
  for (const Row& other : table.rows) {
    if (&other == &row || other.side != row.side || other.valid_from >= row.valid_from) continue;
    if (found == nullptr || other.valid_from >= found->valid_from) found = &other;
  }
  return found;
}

}  // namespace

Result<void> check_table(const Table& table) {
  DL_CHECK(check_times(table));
  for (const Row& row : table.rows) {
    for (const auto& [axis, values] : row.values) DL_CHECK(check_dual_gain(row, axis, values));
    if (const Row* before = predecessor(table, row)) DL_CHECK(check_jump(*before, row));
  }
  return {};
}

}  // namespace dl::calibrate
