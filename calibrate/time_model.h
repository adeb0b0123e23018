// What a selected row gives at its time.
#pragma once

#include <string>
#include <vector>

#include "calibrate/table.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {

// The row with the values that hold at selected.evaluated_at: as they are, interpolated, or the fit's. Those of a
// downlinked row stay the limits: the decoder takes the values from the stream and asks within_limits().
Row evaluate(const SelectedRow& selected);
// Of a table's row by itself, without the row that follows it.
Row evaluate(const Table& table, const Row& row, UtcTime time);

// Whether evaluate() depends on the time, so that a decoder must ask again for another line.
bool varies_with_time(const Table& table);

double years_since_launch(Years years, UtcTime launch, UtcTime time);

// Of a downlinked row: the value lies between the row's limits. False when the row names no such value.
bool within_limits(const Row& row, std::string_view axis, std::string_view name, double value);

// For a product's list of algorithms: the row's own, and those that evaluated it.
std::vector<std::string> algorithms_of(const SelectedRow& selected);

}  // namespace dl::calibrate
