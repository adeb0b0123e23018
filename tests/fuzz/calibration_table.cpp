#include <string>
#include <vector>

#include "calibrate/table_check.h"
#include "calibrate/table_load.h"
#include "calibrate/table_lock.h"
#include "calibrate/time_model.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace dl;
using namespace dl::calibrate;

void must_agree(const TableSet& set, const RowKey& key, UtcTime time, std::optional<UtcTime> known_at) {
  const Selection selection = set.select(key, time, known_at);
  const Explanation why = set.explain(key, time, known_at);
  DL_MUST(selection.has_value() == why.selection.has_value());
  if (!selection) {
    DL_MUST(!selection.error().empty());
    return;
  }
  DL_MUST(selection->row == why.selection->row);
  DL_MUST(selection->extrapolated || selection->extrapolated_days == 0);
  DL_MUST(selection->row->known_at(known_at));
  (void)evaluate(*selection);
  (void)used_row(*selection, "");
}

// Asks at every edge, and just before it.
void ask(const TableSet& set) {
  for (const Table& table : set.tables()) {
    for (const std::string& profile : table.profiles) {
      for (const Row& row : table.rows) {
        RowKey key{table.quantity, profile, row.config};
        for (const UtcTime time : {row.valid_from, row.valid_to.value_or(row.recorded_at)}) {
          must_agree(set, key, time, {});
          must_agree(set, key, time - Microseconds(1), row.recorded_at);
          for (const auto& [axis, named] : row.values) {
            key.band = axis;
            must_agree(set, key, time, row.superseded_at);
          }
          key.band = {};
        }
      }
    }
  }
}

}  // namespace

// A text is a table, or problems say why not. A table that keeps the rules can be asked and evaluated at any time, and
// its lock is its own.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const TableText read = read_table(text, "sat.fuzz.json");
  DL_MUST(read.table.has_value() == read.problems.empty());
  if (!read.table) {
    for (const TableProblem& problem : read.problems) DL_MUST(!to_string(problem).empty());
    return 0;
  }
  DL_MUST(problems_of_lock(table_lock({*read.table}), "lock", {*read.table}, "sat").empty());
  std::vector<TableProblem> problems;
  const auto set = TableSet::create({*read.table}, &problems);
  DL_MUST(set.has_value() == problems.empty());
  if (set) ask(*set);
  return 0;
}
