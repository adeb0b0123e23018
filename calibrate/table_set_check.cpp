// What tables break together.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "calibrate/table_check.h"

namespace dl::calibrate {
namespace {

class SetChecker {
 public:
  explicit SetChecker(const std::vector<Table>& tables) : tables_(tables) {}

  std::vector<TableProblem> run() {
    check_ids();
    check_rivals();
    for (const Table& table : tables_) check_gaps(table);
    check_profiles_of_events();
    return std::move(problems_);
  }

 private:
  void add(const Place& place, const std::string& element, std::string reason) {
    problems_.push_back({place.file, place.line, element, std::move(reason), ErrorKind::corrupt});
  }

  void check_ids() {
    std::map<std::string, const Table*> seen;
    for (const Table& table : tables_) {
      const auto check = [&](const auto& elements) {
        for (const auto& element : elements) {
          const Table* first = seen.emplace(element.id, &table).first->second;
          if (first != &table) add(element.place, element.id, fmt::format("table '{}' has the same id", first->name));
        }
      };
      check(table.rows);
      check(table.events);
      check(table.overrides);
    }
  }

  void check_rivals() {
    std::map<std::string, const Table*> seen;
    for (const Table& table : tables_) {
      if (table.rows.empty()) continue;
      for (const std::string& profile : table.profiles) {
        const Table* first = seen.emplace(table.quantity + '\n' + profile, &table).first->second;
        if (first == &table) continue;
        add(table.place, "",
            fmt::format("table '{}' has '{}' in profile '{}' already", first->name, table.quantity, profile));
      }
    }
  }

  void check_gaps(const Table& table) {
    for (const Row& row : table.rows) {
      if (!row.valid_to || !in_force(row)) continue;
      const Row* next = nullptr;
      for (const Row& other : table.rows) {
        const bool follows = in_force(other) && other.config == row.config && other.valid_from > row.valid_from;
        if (follows && (next == nullptr || other.valid_from < next->valid_from)) next = &other;
      }
      if (next == nullptr || next->valid_from <= *row.valid_to) continue;
      const UtcTime open = covered_until(table, row, *row.valid_to, next->valid_from);
      if (open >= next->valid_from) continue;
      add(next->place, next->id,
          fmt::format("nothing applies between {} and {}, after '{}': end that row later, begin this one earlier, or "
                      "add an event that excludes the time",
                      format_utc(open), format_utc(next->valid_from), row.id));
    }
  }

  static bool in_force(const Row& row) {
    return !row.superseded_at && row.status != RowStatus::suspect && row.status != RowStatus::withdrawn;
  }

  // Up to where rows of other configurations and excluding events fill [from, to).
  UtcTime covered_until(const Table& table, const Row& row, UtcTime from, UtcTime to) const {
    std::vector<std::pair<UtcTime, UtcTime>> fillings;
    for (const Row& other : table.rows) {
      if (in_force(other) && other.config != row.config) {
        fillings.emplace_back(other.valid_from, other.valid_to.value_or(to));
      }
    }
    for (const Table& holder : tables_) {
      for (const Event& event : holder.events) {
        const bool fills = event.effect == EventEffect::exclude && !event.superseded_at && excludes(event, row);
        if (fills && share_a_profile(holder, table)) fillings.emplace_back(event.from, event.to.value_or(to));
      }
    }
    std::sort(fillings.begin(), fillings.end());
    for (const auto& [begin, end] : fillings) {
      if (begin <= from) from = std::max(from, end);
    }
    return from;
  }

  static bool excludes(const Event& event, const Row& row) {
    if (!event.config.meets(row.config)) return false;
    return event.bands.empty() || std::all_of(row.values.begin(), row.values.end(), [&](const auto& value) {
             return std::find(event.bands.begin(), event.bands.end(), value.first) != event.bands.end();
           });
  }

  static bool share_a_profile(const Table& a, const Table& b) {
    return std::any_of(a.profiles.begin(), a.profiles.end(),
                       [&](const std::string& profile) { return b.in_profile(profile); });
  }

  void check_profiles_of_events() {
    std::set<std::string> known;
    for (const Table& table : tables_) {
      if (!table.rows.empty()) known.insert(table.profiles.begin(), table.profiles.end());
    }
    for (const Table& table : tables_) {
      for (const Event& event : table.events) {
        if (event.effect != EventEffect::select_profile || known.contains(event.profile)) continue;
        add(event.place, event.id, fmt::format("it selects profile '{}', in which there is no table", event.profile));
      }
    }
  }

  const std::vector<Table>& tables_;
  std::vector<TableProblem> problems_;
};

}  // namespace

std::vector<TableProblem> problems_among(const std::vector<Table>& tables) {
  return SetChecker(tables).run();
}

}  // namespace dl::calibrate
