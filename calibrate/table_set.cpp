#include "calibrate/table_set.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/sha256.h"

namespace dl::calibrate {
namespace {

constexpr double kSecondsPerDay = 86400;

double days_between(UtcTime from, UtcTime to) {
  return std::chrono::duration<double>(to - from).count() / kSecondsPerDay;
}

Result<void> check_no_rivals(const std::vector<Table>& tables) {
  std::set<std::string> seen;
  for (const Table& table : tables) {
    if (table.rows.empty()) continue;
    for (const std::string& profile : table.profiles) {
      if (seen.insert(table.quantity + '\n' + profile).second) continue;
      return fail(ErrorKind::corrupt, fmt::format("table '{}': another table has '{}' in profile '{}' already",
                                                  table.name, table.quantity, profile));
    }
  }
  return {};
}

std::string hash_of_set(const std::vector<Table>& tables) {
  std::vector<std::string> lines;
  for (const Table& table : tables) {
    lines.push_back(table.name + ':' + table.sha256 + '\n');
    for (const Row& row : table.rows) lines.push_back(row.id + ':' + row.sha256 + '\n');
    for (const Event& event : table.events) lines.push_back(event.id + ':' + event.sha256 + '\n');
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const std::string& line : lines) hash.update(as_bytes(line));
  return to_hex(hash.finish());
}

bool selectable(const Row& row, const RowKey& key, std::optional<UtcTime> known_at) {
  if (row.status == RowStatus::suspect || row.status == RowStatus::withdrawn) return false;
  if (row.side && key.side != std::optional<std::string_view>(*row.side)) return false;
  return row.known_at(known_at);
}

std::string describe(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) {
  return fmt::format("'{}' in profile '{}' at {}{}", key.quantity, key.profile, format_utc(time),
                     known_at ? " as known at " + format_utc(*known_at) : std::string());
}

// The rows that a selection may come from, and where they stand around the time.
struct Neighbours {
  const Row* current = nullptr;  // the latest that begins at the time or before it
  const Row* next = nullptr;     // the earliest that begins after it
};

Neighbours neighbours(const Table& table, const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) {
  Neighbours found;
  for (const Row& row : table.rows) {
    if (!selectable(row, key, known_at)) continue;
    if (row.valid_from <= time) {
      if (found.current == nullptr || row.valid_from > found.current->valid_from) found.current = &row;
    } else if (found.next == nullptr || row.valid_from < found.next->valid_from) {
      found.next = &row;
    }
  }
  return found;
}

}  // namespace

Result<TableSet> TableSet::create(std::vector<Table> tables) {
  std::sort(tables.begin(), tables.end(), [](const Table& a, const Table& b) { return a.name < b.name; });
  for (const Table& table : tables) {
    if (auto checked = check_table(table); !checked) {
      return Failure(checked.error().in(fmt::format("table '{}'", table.name)));
    }
  }
  DL_CHECK(check_no_rivals(tables));
  TableSet set;
  set.sha256_ = hash_of_set(tables);
  set.tables_ = std::move(tables);
  return set;
}

Selection TableSet::select(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const {
  const auto none = [&](std::string_view why) {
    return tl::unexpected<std::string>(fmt::format("no row of {}: {}", describe(key, time, known_at), why));
  };
  const auto table = std::find_if(tables_.begin(), tables_.end(), [&](const Table& candidate) {
    return !candidate.rows.empty() && candidate.quantity == key.quantity && candidate.in_profile(key.profile);
  });
  if (table == tables_.end()) return none("the profile has no such table");

  const auto [current, next] = neighbours(*table, key, time, known_at);
  const ExtrapolationPolicy& policy = table->extrapolation;
  if (current == nullptr) {
    if (next == nullptr) return none("none of its rows was known, or all are suspect or withdrawn");
    if (policy.before == Extrapolation::forbid) return none("its first row begins at " + format_utc(next->valid_from));
    return SelectedRow{&*table, next, next->valid_from, true};
  }

  SelectedRow selected{&*table, current, current->valid_to, false};
  if (next != nullptr && (!selected.ends || next->valid_from < *selected.ends)) selected.ends = next->valid_from;
  const bool ended = current->valid_to && *current->valid_to <= time;
  const bool too_old = policy.max_age_days && days_between(current->valid_from, time) > *policy.max_age_days;
  if (!ended && !too_old) return selected;
  if (policy.after == Extrapolation::forbid) {
    return none(ended ? fmt::format("row '{}' ended at {}", current->id, format_utc(*current->valid_to))
                      : fmt::format("row '{}' is older than {} days", current->id, *policy.max_age_days));
  }
  selected.extrapolated = true;
  return selected;
}

std::vector<const Event*> TableSet::events(std::string_view profile, UtcTime from, UtcTime to,
                                           std::optional<UtcTime> known_at) const {
  std::vector<const Event*> hit;
  for (const Table& table : tables_) {
    if (!table.in_profile(profile)) continue;
    for (const Event& event : table.events) {
      const bool known = !known_at || event.recorded_at <= *known_at;
      if (known && event.from < to && (!event.to || from < *event.to)) hit.push_back(&event);
    }
  }
  std::sort(hit.begin(), hit.end(), [](const Event* a, const Event* b) { return a->id < b->id; });
  return hit;
}

std::vector<std::string> TableSet::profiles() const {
  std::set<std::string> names;
  for (const Table& table : tables_) names.insert(table.profiles.begin(), table.profiles.end());
  return {names.begin(), names.end()};
}

UsedRow used_row(const SelectedRow& selected, std::string bands) {
  const Row& row = *selected.row;
  UsedRow used;
  used.id = row.id;
  used.sha256 = row.sha256;
  used.table = selected.table->name;
  used.bands = std::move(bands);
  used.status = to_string(row.status);
  used.valid_from = format_utc(row.valid_from);
  if (selected.ends) used.valid_to = format_utc(*selected.ends);
  used.recorded_at = format_utc(row.recorded_at);
  used.source = row.source.title + ", " + row.source.locator;
  used.reason = row.reason;
  used.extrapolated = selected.extrapolated;
  return used;
}

}  // namespace dl::calibrate
