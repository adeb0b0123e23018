#include "calibrate/table_set.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "calibrate/table_check.h"
#include "core/sha256.h"

namespace dl::calibrate {
namespace {

std::string hash_of_set(const std::vector<Table>& tables) {
  std::vector<std::string> lines;
  const auto add = [&](const auto& elements) {
    for (const auto& element : elements) lines.push_back(element.id + ':' + element.sha256 + '\n');
  };
  for (const Table& table : tables) {
    lines.push_back(table.name + ':' + table.sha256 + '\n');
    add(table.rows);
    add(table.events);
    add(table.overrides);
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const std::string& line : lines) hash.update(as_bytes(line));
  return to_hex(hash.finish());
}

// Tables of one name become one.
class Merger {
 public:
  void add(Table table) {
    const auto base =
        std::find_if(tables_.begin(), tables_.end(), [&](const Table& known) { return known.name == table.name; });
    if (base == tables_.end()) {
      tables_.push_back(std::move(table));
    } else if (base->sha256 != table.sha256) {
      problems_.push_back({table.place.file, 0, "",
                           fmt::format("table '{}' has other members than in '{}': all but rows, events and overrides "
                                       "must be the same",
                                       table.name, base->place.file),
                           ErrorKind::corrupt});
    } else {
      append(base->rows, std::move(table.rows));
      append(base->events, std::move(table.events));
      append(base->overrides, std::move(table.overrides));
    }
  }

  std::vector<Table> take_tables() { return std::move(tables_); }
  std::vector<TableProblem> take_problems() { return std::move(problems_); }

 private:
  // What stands twice in one file is another mistake (calibrate/table_check.h).
  template <class Element>
  void append(std::vector<Element>& all, std::vector<Element> added) {
    const std::size_t before = all.size();
    for (Element& element : added) {
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(before);
      const auto known = std::find_if(all.begin(), end, [&](const Element& e) { return e.id == element.id; });
      if (known == end) {
        all.push_back(std::move(element));
      } else if (known->sha256 != element.sha256) {
        problems_.push_back({element.place.file, element.place.line, element.id,
                             fmt::format("'{}' has it with other contents: give it an id of its own, and supersede the "
                                         "one that is there",
                                         known->place.file),
                             ErrorKind::corrupt});
      }
    }
  }

  std::vector<Table> tables_;
  std::vector<TableProblem> problems_;
};

}  // namespace

void apply_supersession(Table& table) {
  for (const Row& by : table.rows) {
    for (Row& row : table.rows) {
      if (!row.superseded_at && replaces(by, row)) row.superseded_at = by.recorded_at;
    }
  }
  for (const Event& by : table.events) {
    for (Event& event : table.events) {
      if (!event.superseded_at && by.supersedes == event.id) event.superseded_at = by.recorded_at;
    }
  }
}

Result<TableSet> TableSet::create(std::vector<Table> parts, std::vector<TableProblem>* list) {
  Merger merger;
  for (Table& part : parts) merger.add(std::move(part));
  std::vector<Table> tables = merger.take_tables();
  std::sort(tables.begin(), tables.end(), [](const Table& a, const Table& b) { return a.name < b.name; });
  std::vector<TableProblem> problems = merger.take_problems();
  for (Table& table : tables) {
    apply_supersession(table);
    for (TableProblem& problem : problems_of(table)) problems.push_back(std::move(problem));
  }
  for (TableProblem& problem : problems_among(tables)) problems.push_back(std::move(problem));
  if (!problems.empty()) {
    if (list != nullptr) *list = problems;
    return Failure(error_of(problems));
  }
  TableSet set;
  set.sha256_ = hash_of_set(tables);
  set.tables_ = std::move(tables);
  return set;
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
  used.extrapolated_days = selected.extrapolated_days;
  if (selected.stretch_to != nullptr) {
    used.interpolated_with = selected.stretch_to == &row ? selected.stretch_from->id : selected.stretch_to->id;
  }
  if (selected.override_used != nullptr) used.override_id = selected.override_used->id;
  if (selected.profile_event != nullptr) used.profile_event = selected.profile_event->id;
  return used;
}

HitEvent hit_event(const Event& event, std::string bands) {
  return {event.id,
          std::string(to_string(event.kind)),
          std::string(to_string(event.effect)),
          event.text,
          event.source.title + ", " + event.source.locator,
          std::move(bands)};
}

}  // namespace dl::calibrate
