// The rules that every table must keep, whoever wrote it.
#pragma once

#include <vector>

#include "calibrate/table.h"
#include "calibrate/table_problem.h"

namespace dl::calibrate {

// `by` says that it supersedes `row` and begins no later: from by.recorded_at on, `row` is what was known before. One
// that begins later follows `row`, and ends it where it begins.
bool replaces(const Row& by, const Row& row);

// Sets the superseded_at of rows and events that another one replaces, where their file does not say it: an overlay
// replaces a row of the shipped tables without touching it.
void apply_supersession(Table& table);

// What one table by itself breaks, once apply_supersession() has been there:
// an id twice; valid_to or superseded_at not after their beginnings; `supersedes` that names no row, or one recorded
// later, or whose superseded_at says otherwise; two rows of one configuration that are known at the same time and
// overlap; numbers that cannot be interpolated or evaluated; a number more than 25 % from its predecessor's (a slipped
// digit) without a jump_reason; and two lines of a dual gain ("lo", "hi", "cut") that do not cross within 0.6 count of
// the cut, which all 36 bulletins of instruments.md appendix B do.
std::vector<TableProblem> problems_of(const Table& table);

// The same as a failure of kind corrupt that lists them.
Result<void> check_table(const Table& table);

// What tables break together: two that answer the same question; a time between two rows of one configuration that
// neither covers, without an event that excludes it; an event that selects a profile which no table is in.
std::vector<TableProblem> problems_among(const std::vector<Table>& tables);

// Rows of a file are appended, never inserted: recorded_at does not go back from row to row.
std::vector<TableProblem> problems_of_order(const Table& file);

}  // namespace dl::calibrate
