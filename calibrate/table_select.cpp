// Selection: the question that is asked of a table set.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "calibrate/table_set.h"

namespace dl::calibrate {
namespace {

using Known = std::optional<UtcTime>;

double days_between(UtcTime from, UtcTime to) {
  return std::chrono::duration<double, std::ratio<86400>>(to - from).count();
}

tl::unexpected<std::string> none(const RowKey& key, UtcTime time, Known known_at, std::string_view why) {
  const std::string band = key.band ? fmt::format(" for band '{}'", *key.band) : std::string();
  const std::string known = known_at ? " as known at " + format_utc(*known_at) : std::string();
  return tl::unexpected<std::string>(fmt::format("no row of '{}' in profile '{}'{} at {}{}: {}", key.quantity,
                                                 key.profile, band, format_utc(time), known, why));
}

// What keeps a row from being chosen whatever the time.
enum class Obstacle { nothing, config, band, not_yet_known, superseded, status };

const Override* override_of(const Table& table, const Row& row, Known known_at) {
  for (const Override& one : table.overrides) {
    const bool known = known_at ? one.recorded_at <= *known_at && (!one.superseded_at || *known_at < *one.superseded_at)
                                : !one.superseded_at;
    if (one.row == row.id && known) return &one;
  }
  return nullptr;
}

bool doubted(const Row& row) {
  return row.status == RowStatus::suspect || row.status == RowStatus::withdrawn;
}

Obstacle obstacle(const Table& table, const Row& row, const RowKey& key, Known known_at) {
  if (!row.config.serves(key.config)) return Obstacle::config;
  if (key.band && !row.values.empty() && !row.values.contains(std::string(*key.band))) return Obstacle::band;
  if (!row.known_at(known_at)) {
    return known_at && *known_at < row.recorded_at ? Obstacle::not_yet_known : Obstacle::superseded;
  }
  if (doubted(row) && override_of(table, row, known_at) == nullptr) return Obstacle::status;
  return Obstacle::nothing;
}

std::string describe(const RowConfig& config) {
  std::string out;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) out += fmt::format("{}{} '{}'", out.empty() ? "" : ", ", name, *value);
  };
  add("side", config.side);
  add("mirror side", config.mirror_side);
  add("detector", config.detector);
  add("parameter set", config.parameter_set);
  return out;
}

std::string describe(Obstacle why, const Row& row) {
  switch (why) {
    case Obstacle::config:
      return "is for " + describe(row.config);
    case Obstacle::band:
      return "has no such band";
    case Obstacle::not_yet_known:
      return "was recorded at " + format_utc(row.recorded_at);
    case Obstacle::superseded:
      return "was superseded at " + format_utc(*row.superseded_at);
    case Obstacle::status:
      return fmt::format("is {}: {}", to_string(row.status), row.reason);
    case Obstacle::nothing:
      break;
  }
  return "";
}

// Of two that begin together, which only a doubted row can do, the one that somebody decided to use.
bool later(const Row& a, const Row* b) {
  if (b == nullptr || a.valid_from != b->valid_from) return b == nullptr || a.valid_from > b->valid_from;
  return doubted(a) && !doubted(*b);
}
bool earlier(const Row& a, const Row* b) {
  if (b == nullptr || a.valid_from != b->valid_from) return b == nullptr || a.valid_from < b->valid_from;
  return doubted(a) && !doubted(*b);
}

void find_neighbours(Standing& found, UtcTime time, Known known_at) {
  for (const Row& row : found.table->rows) {
    if (obstacle(*found.table, row, found.key, known_at) != Obstacle::nothing) continue;
    if (row.valid_from <= time) {
      if (later(row, found.current)) {
        if (found.current != nullptr && found.current->valid_from != row.valid_from) found.previous = found.current;
        found.current = &row;
      } else if (row.valid_from != found.current->valid_from && later(row, found.previous)) {
        found.previous = &row;
      }
    } else if (earlier(row, found.next)) {
      if (found.next != nullptr && found.next->valid_from != row.valid_from) found.following = found.next;
      found.next = &row;
    } else if (row.valid_from != found.next->valid_from && earlier(row, found.following)) {
      found.following = &row;
    }
  }
}

// How a time lies outside what a row covers.
struct Outside {
  double days = 0;
  bool before = false;
  bool outside = false;
  std::string_view how;

  void add(double distance_days, bool is_before, std::string_view description) {
    if (outside && distance_days <= days) return;
    *this = {distance_days, is_before, true, description};
  }
};

Outside outside_of(const Row& row, const ExtrapolationPolicy& policy, bool last_of_linear, UtcTime time) {
  Outside out;
  const double age_days = days_between(row.valid_from, time);
  if (policy.max_age_days && age_days > *policy.max_age_days) {
    out.add(age_days - *policy.max_age_days, false, "it is older than the table allows");
  }
  if (last_of_linear && time > row.valid_from) out.add(age_days, false, "no row follows it");
  if (row.fit_interval && time >= row.fit_interval->to) {
    out.add(days_between(row.fit_interval->to, time), false, "the measurements that it fits end before");
  }
  if (row.fit_interval && time < row.fit_interval->from) {
    out.add(days_between(time, row.fit_interval->from), true, "the measurements that it fits begin after");
  }
  if (row.valid_to && *row.valid_to <= time) out.add(days_between(*row.valid_to, time), false, "it ended");
  if (time < row.valid_from) out.add(-age_days, true, "it begins later");
  return out;
}

UtcTime held(const Row& row, UtcTime time) {
  UtcTime at = std::max(time, row.valid_from);
  if (row.valid_to) at = std::min(at, *row.valid_to);
  if (row.fit_interval) at = std::clamp(at, row.fit_interval->from, row.fit_interval->to);
  return at;
}

void set_stretch(SelectedRow& selected, const Standing& found, bool allowed) {
  const Row* row = selected.row;
  if (row == found.current && found.next != nullptr) {
    const bool reaches = !row->valid_to || *row->valid_to >= found.next->valid_from;
    if (reaches) selected.stretch_to = found.next;
    if (reaches) selected.stretch_from = row;
    return;
  }
  if (!selected.extrapolated || !allowed) return;
  const bool behind = row == found.current;
  selected.stretch_from = behind ? found.previous : row;
  selected.stretch_to = behind ? row : found.following;
  if (selected.stretch_from == nullptr || selected.stretch_to == nullptr) {
    selected.stretch_from = selected.stretch_to = nullptr;
  }
}

std::string why_no_row(const Standing& found, Known known_at) {
  RowKey any_band = found.key;
  any_band.band.reset();
  const bool has_others =
      found.key.band && std::any_of(found.table->rows.begin(), found.table->rows.end(), [&](const Row& row) {
        return obstacle(*found.table, row, any_band, known_at) == Obstacle::nothing;
      });
  return has_others ? "its rows have no numbers of this band"
                    : "none of its rows was known, or all are suspect or withdrawn";
}

std::string where_of(const Row& row, const Outside& outside) {
  return fmt::format("row '{}' begins at {}{}, and {} ({:.1f} days outside)", row.id, format_utc(row.valid_from),
                     row.valid_to ? " and ends at " + format_utc(*row.valid_to) : "", outside.how, outside.days);
}

Selection choose(const Standing& found, UtcTime time, Known known_at) {
  const Table& table = *found.table;
  const RowKey& key = found.key;
  const ExtrapolationPolicy& policy = table.extrapolation;
  const bool linear = table.time_model == TimeModel::linear;
  const Row* row = found.current != nullptr ? found.current : found.next;
  if (row == nullptr) return none(key, time, known_at, why_no_row(found, known_at));

  SelectedRow selected;
  selected.table = &table;
  selected.row = row;
  selected.age_days = days_between(row->valid_from, time);
  selected.next = found.next;
  selected.override_used = doubted(*row) ? override_of(table, *row, known_at) : nullptr;
  selected.ends = row == found.next ? std::optional<UtcTime>(row->valid_from) : row->valid_to;
  if (found.next != nullptr && (!selected.ends || found.next->valid_from < *selected.ends)) {
    selected.ends = found.next->valid_from;
  }
  selected.evaluated_at = time;

  const bool last_of_linear = linear && row == found.current && found.next == nullptr && !row->valid_to;
  const Outside outside = outside_of(*row, policy, last_of_linear, time);
  bool allowed = false;
  if (outside.outside) {
    const Extrapolation rule = outside.before ? policy.before : policy.after;
    allowed = rule == Extrapolation::allow;
    if (rule == Extrapolation::forbid) {
      return none(key, time, known_at, where_of(*row, outside) + "; extrapolation is forbidden");
    }
    if (policy.limit_days && outside.days > *policy.limit_days) {
      return none(key, time, known_at,
                  where_of(*row, outside) + fmt::format("; the limit is {} days", *policy.limit_days));
    }
    selected.extrapolated = true;
    selected.extrapolated_days = outside.days;
    if (!allowed) selected.evaluated_at = held(*row, time);
  }
  if (linear) set_stretch(selected, found, allowed);
  return selected;
}

// A question that names no band is about all of them: an event for one band does not answer for the others.
bool applies(const Event& event, const RowKey& key, UtcTime time, Known known_at) {
  if (!key.band && !event.bands.empty()) return false;
  return event.known_at(known_at) && event.touches(time, time + Microseconds(1)) && event.affects(key.band, key.config);
}

// The one with that effect that was recorded last; nullptr: none.
const Event* event_of(const std::vector<Table>& tables, EventEffect effect, const RowKey& key, UtcTime time,
                      Known known_at) {
  const Event* found = nullptr;
  for (const Table& table : tables) {
    if (!table.in_profile(key.profile)) continue;
    for (const Event& event : table.events) {
      if (event.effect != effect || !applies(event, key, time, known_at)) continue;
      if (found == nullptr || event.recorded_at > found->recorded_at) found = &event;
    }
  }
  return found;
}

// The nearest times around `time` at which some row or event begins or ends.
void find_limits(Standing& standing, const std::vector<Table>& tables, UtcTime time) {
  standing.from = UtcTime::min();
  standing.until = UtcTime::max();
  const auto change = [&](UtcTime at) {
    if (at <= time) standing.from = std::max(standing.from, at);
    if (at > time) standing.until = std::min(standing.until, at);
  };
  for (const Table& table : tables) {
    for (const Row& row : table.rows) change(row.valid_from);
    for (const Event& event : table.events) {
      change(event.from);
      if (event.to) change(*event.to);
    }
  }
}

Standing standing_at(const std::vector<Table>& tables, const RowKey& key, UtcTime time, Known known_at) {
  Standing found;
  found.key = key;
  found.profile_event = event_of(tables, EventEffect::select_profile, key, time, known_at);
  if (found.profile_event != nullptr) found.key.profile = found.profile_event->profile;
  const auto table = std::find_if(tables.begin(), tables.end(), [&](const Table& candidate) {
    return !candidate.rows.empty() && candidate.quantity == key.quantity && candidate.in_profile(found.key.profile);
  });
  if (table == tables.end()) return found;
  found.table = &*table;
  found.excluded_by = event_of(tables, EventEffect::exclude, found.key, time, known_at);
  find_neighbours(found, time, known_at);
  return found;
}

Selection select_from(const Standing& found, UtcTime time, Known known_at) {
  if (found.table == nullptr) return none(found.key, time, known_at, "the profile has no such table");
  if (const Event* excluded = found.excluded_by) {
    return none(found.key, time, known_at, fmt::format("event '{}' excludes it: {}", excluded->id, excluded->text));
  }
  Selection selection = choose(found, time, known_at);
  if (selection) selection->profile_event = found.profile_event;
  return selection;
}

std::string reason_passed_over(const Row& row, const Standing& found, const Selection& selection, UtcTime time,
                               Known known_at) {
  const Obstacle why = obstacle(*found.table, row, found.key, known_at);
  if (why != Obstacle::nothing) return describe(why, row);
  if (row.valid_from > time) return "begins at " + format_utc(row.valid_from);
  if (row.valid_to && *row.valid_to <= time) return "ended at " + format_utc(*row.valid_to);
  if (!selection) return "would apply";
  return fmt::format("was followed by '{}'", selection->row->id);
}

}  // namespace

Selection TableSet::select(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const {
  return select_from(standing_at(tables_, key, time, known_at), time, known_at);
}

Selection RowSelector::at(UtcTime time) {
  if (!standing_ || time < standing_->from || time >= standing_->until) {
    standing_ = standing_at(tables_->tables(), key_, time, known_at_);
    find_limits(*standing_, tables_->tables(), time);
  }
  return select_from(*standing_, time, known_at_);
}

Explanation TableSet::explain(const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) const {
  const Standing found = standing_at(tables_, key, time, known_at);
  Explanation out;
  out.profile = found.key.profile;
  out.table = found.table;
  out.selection = select_from(found, time, known_at);
  if (found.table != nullptr) {
    for (const Row& row : found.table->rows) {
      if (out.selection && out.selection->row == &row) continue;
      out.passed_over.push_back({&row, reason_passed_over(row, found, out.selection, time, known_at)});
    }
  }
  for (const Event* event : events(out.profile, time, time + Microseconds(1), known_at)) {
    if (event->affects(key.band, key.config)) out.events.push_back(event);
  }
  const bool listed = std::find(out.events.begin(), out.events.end(), found.profile_event) != out.events.end();
  if (found.profile_event != nullptr && !listed) out.events.push_back(found.profile_event);
  return out;
}

std::vector<const Event*> TableSet::events(std::string_view profile, UtcTime from, UtcTime to,
                                           std::optional<UtcTime> known_at) const {
  std::vector<const Event*> hit;
  for (const Table& table : tables_) {
    if (!table.in_profile(profile)) continue;
    for (const Event& event : table.events) {
      if (event.known_at(known_at) && event.touches(from, to)) hit.push_back(&event);
    }
  }
  std::sort(hit.begin(), hit.end(), [](const Event* a, const Event* b) { return a->id < b->id; });
  return hit;
}

}  // namespace dl::calibrate
