#include "calibrate/table_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "calibrate/dual_gain.h"

namespace dl::calibrate {
namespace {

constexpr double kMaxCrossingOffset_counts = 0.6;
constexpr double kMaxJump = 0.25;

using Named = std::map<std::string, std::vector<double>>;

// Collects what is wrong with one table.
class Checker {
 public:
  explicit Checker(const Table& table) : table_(table) {}

  std::vector<TableProblem> run() {
    check_ids();
    for (const Row& row : table_.rows) check_row(row);
    for (std::size_t i = 0; i < table_.rows.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) check_pair(table_.rows[j], table_.rows[i]);
    }
    for (const Event& event : table_.events) check_event(event);
    for (const Override& one : table_.overrides) check_override(one);
    return std::move(problems_);
  }

 private:
  template <class Element>
  void add(const Element& at, std::string reason) {
    problems_.push_back({at.place.file, at.place.line, at.id, std::move(reason), ErrorKind::corrupt});
  }

  void check_ids() {
    std::set<std::string> seen = {table_.name};
    const auto check = [&](const auto& elements) {
      for (const auto& element : elements) {
        if (!seen.insert(element.id).second)
          add(element, "its id stands twice: the table, its rows, events and overrides share them");
      }
    };
    check(table_.rows);
    check(table_.events);
    check(table_.overrides);
  }

  void check_row(const Row& row) {
    if (row.valid_to && *row.valid_to <= row.valid_from) add(row, "valid_to is not after valid_from");
    if (row.superseded_at && *row.superseded_at <= row.recorded_at) add(row, "superseded_at is not after recorded_at");
    if (row.fit_interval && row.fit_interval->to <= row.fit_interval->from) {
      add(row, "the end of fit_interval is not after its beginning");
    }
    check_model(row);
    check_uncertainty(row);
    check_supersedes(row);
    if (doubted(row)) return;
    if (!table_.fit && table_.time_model != TimeModel::downlinked) {
      for (const auto& [axis, named] : row.values) check_dual_gain(row, axis, named);
    }
    if (const Row* before = predecessor(row); before != nullptr && row.jump_reason.empty()) check_jump(*before, row);
  }

  static bool doubted(const Row& row) { return row.status == RowStatus::suspect || row.status == RowStatus::withdrawn; }

  void check_model(const Row& row) {
    if (row.values.empty() && row.algorithm.empty()) add(row, "it has neither values nor an algorithm");
    const bool downlinked = table_.time_model == TimeModel::downlinked;
    if (downlinked == row.stream.empty()) {
      add(row, downlinked ? "the member 'stream' must say where the stream carries the values"
                          : "only a row of a downlinked table has the member 'stream'");
    }
    if (table_.fit && !row.fit_interval) add(row, "a row of a fit states its fit_interval");
    for (const auto& [axis, named] : row.values) {
      if (table_.fit && table_.fit->form == FitForm::dual_gain_trend_1) check_trend(row, axis, named);
      if (downlinked) check_limits(row, axis, named);
    }
  }

  void check_trend(const Row& row, const std::string& axis, const Named& named) {
    const std::pair<const char*, std::size_t> needed[] = {{"slope", 3}, {"gain_factors", 2}, {"dark", 1}, {"cut", 1}};
    for (const auto& [name, size] : needed) {
      const auto found = named.find(name);
      if (found != named.end() && found->second.size() == size) continue;
      add(row, fmt::format("'{}': expected {} number(s) '{}'", axis, size, name));
    }
  }

  void check_limits(const Row& row, const std::string& axis, const Named& named) {
    for (const auto& [name, limits] : named) {
      if (limits.size() == 2 && limits[0] <= limits[1]) continue;
      add(row, fmt::format("'{}' {}: expected the limits [least, greatest] of what the stream carries", axis, name));
    }
  }

  void check_uncertainty(const Row& row) {
    for (const auto& [axis, named] : row.uncertainty) {
      for (const auto& [name, numbers] : named) {
        const std::vector<double>* values = row.find(axis, name);
        if (values == nullptr || values->size() != numbers.size()) {
          add(row, fmt::format("uncertainty '{}' {}: the row has not as many values of that name", axis, name));
        }
      }
    }
  }

  void check_supersedes(const Row& row) {
    if (row.supersedes.empty()) return;
    const auto old = std::find_if(table_.rows.begin(), table_.rows.end(),
                                  [&](const Row& other) { return other.id == row.supersedes; });
    if (old == table_.rows.end()) {
      add(row, fmt::format("it supersedes '{}', which is no row of table '{}'", row.supersedes, table_.name));
    } else if (&*old == &row || old->recorded_at > row.recorded_at) {
      add(row, fmt::format("it supersedes '{}', which was recorded later or is itself", row.supersedes));
    } else if (replaces(row, *old) && old->superseded_at != row.recorded_at) {
      add(row, fmt::format("it replaces '{}', whose superseded_at is {}: expected this row's recorded_at {}", old->id,
                           old->superseded_at ? format_utc(*old->superseded_at) : "null", format_utc(row.recorded_at)));
    }
  }

  void check_dual_gain(const Row& row, const std::string& axis, const Named& named) {
    const auto low = named.find("lo");
    const auto high = named.find("hi");
    const auto cut = named.find("cut");
    if (low == named.end() || high == named.end() || cut == named.end()) return;
    if (low->second.size() != 2 || high->second.size() != 2 || cut->second.size() != 1) {
      add(row, fmt::format("'{}': expected lo and hi of 2 numbers and cut of 1", axis));
      return;
    }
    const DualGain gain{{low->second[0], low->second[1]}, {high->second[0], high->second[1]}, cut->second[0]};
    if (std::abs(gain.crossing() - gain.cut_count) <= kMaxCrossingOffset_counts) return;
    add(row, fmt::format("'{}': low and high gain cross at count {:.2f}, expected within {} of the cut {:.2f}: compare "
                         "the numbers with the bulletin",
                         axis, gain.crossing(), kMaxCrossingOffset_counts, gain.cut_count));
  }

  // The row that held just before `row` began, of the same configuration, as known when `row` was recorded.
  const Row* predecessor(const Row& row) const {
    const Row* found = nullptr;
    for (const Row& other : table_.rows) {
      const bool candidate = &other != &row && !doubted(other) && other.config == row.config &&
                             other.valid_from < row.valid_from && known_together(row, other);
      if (candidate && (found == nullptr || other.valid_from >= found->valid_from)) found = &other;
    }
    return found;
  }

  void check_jump(const Row& before, const Row& row) {
    for (const auto& [axis, named] : row.values) {
      for (const auto& [name, numbers] : named) {
        const std::vector<double>* old = before.find(axis, name);
        if (old == nullptr) continue;
        for (std::size_t i = 0; i < std::min(old->size(), numbers.size()); ++i) {
          const double was = (*old)[i];
          if (was == 0 || std::abs(numbers[i] / was - 1.0) <= kMaxJump) continue;
          add(row, fmt::format("'{}' {}: {} after {} in '{}' is a jump of more than {:.0f} %: compare the numbers with "
                               "the source, or say why in 'jump_reason'",
                               axis, name, numbers[i], was, before.id, kMaxJump * 100));
        }
      }
    }
  }

  static bool known_together(const Row& a, const Row& b) {
    const auto begins_before_end = [](const Row& x, const Row& y) {
      return !y.superseded_at || x.recorded_at < *y.superseded_at;
    };
    return begins_before_end(a, b) && begins_before_end(b, a);
  }

  static bool share_an_axis(const Row& a, const Row& b) {
    if (a.values.empty() || b.values.empty()) return true;
    return std::any_of(a.values.begin(), a.values.end(),
                       [&](const auto& value) { return b.values.contains(value.first); });
  }

  bool overlap(const Row& a, const Row& b) const {
    const Row& first = a.valid_from <= b.valid_from ? a : b;
    const Row& second = a.valid_from <= b.valid_from ? b : a;
    if (first.valid_from == second.valid_from) return true;
    if (second.supersedes == first.id) return false;
    if (first.valid_to) return second.valid_from < *first.valid_to;
    // A step or a node of a line without an end is ended by the next; what is constant or fitted needs its end.
    return table_.time_model == TimeModel::constant || table_.time_model == TimeModel::poly_since_launch;
  }

  void check_pair(const Row& earlier, const Row& row) {
    if (!earlier.config.meets(row.config) || !share_an_axis(earlier, row)) return;
    if (table_.time_model == TimeModel::linear) check_same_shape(earlier, row);
    if (doubted(earlier) || doubted(row) || !known_together(earlier, row) || !overlap(earlier, row)) return;
    add(row, fmt::format("it and '{}' overlap: end one with valid_to, or supersede it", earlier.id));
  }

  void check_same_shape(const Row& a, const Row& b) {
    for (const auto& [axis, named] : a.values) {
      for (const auto& [name, numbers] : named) {
        const std::vector<double>* other = b.find(axis, name);
        if (other != nullptr && other->size() == numbers.size()) continue;
        add(b, fmt::format("'{}' {}: expected {} number(s) as in '{}', to interpolate between the two", axis, name,
                           numbers.size(), a.id));
      }
    }
  }

  void check_event(const Event& event) {
    if (event.to && *event.to <= event.from) add(event, "its end is not after its beginning");
    if ((event.effect == EventEffect::select_profile) == event.profile.empty()) {
      add(event, "the member 'profile' names the profile that effect 'select_profile' selects, and no other effect's");
    }
    if (event.supersedes.empty()) return;
    const auto old = std::find_if(table_.events.begin(), table_.events.end(),
                                  [&](const Event& other) { return other.id == event.supersedes; });
    if (old == table_.events.end() || &*old == &event || old->recorded_at > event.recorded_at) {
      add(event, fmt::format("it supersedes '{}', which is no event recorded before it", event.supersedes));
    } else if (old->superseded_at != event.recorded_at) {
      add(event, fmt::format("it replaces '{}', whose superseded_at is not this event's recorded_at", old->id));
    }
  }

  void check_override(const Override& one) {
    const auto row =
        std::find_if(table_.rows.begin(), table_.rows.end(), [&](const Row& other) { return other.id == one.row; });
    if (row == table_.rows.end()) {
      add(one, fmt::format("it is for '{}', which is no row of table '{}'", one.row, table_.name));
    } else if (!doubted(*row)) {
      add(one, fmt::format("row '{}' is {}: only a suspect or withdrawn one needs an override", row->id,
                           to_string(row->status)));
    }
  }

  const Table& table_;
  std::vector<TableProblem> problems_;
};

}  // namespace

bool replaces(const Row& by, const Row& row) {
  return by.supersedes == row.id && &by != &row && by.valid_from <= row.valid_from;
}

std::vector<TableProblem> problems_of(const Table& table) {
  return Checker(table).run();
}

Result<void> check_table(const Table& table) {
  const std::vector<TableProblem> problems = problems_of(table);
  if (problems.empty()) return {};
  return Failure(error_of(problems));
}

std::vector<TableProblem> problems_of_order(const Table& file) {
  std::vector<TableProblem> problems;
  for (std::size_t i = 1; i < file.rows.size(); ++i) {
    const Row& before = file.rows[i - 1];
    const Row& row = file.rows[i];
    if (row.recorded_at >= before.recorded_at) continue;
    problems.push_back({row.place.file, row.place.line, row.id,
                        fmt::format("recorded_at {} is before that of '{}' ({}): append rows, never insert them",
                                    format_utc(row.recorded_at), before.id, format_utc(before.recorded_at)),
                        ErrorKind::corrupt});
  }
  return problems;
}

}  // namespace dl::calibrate
