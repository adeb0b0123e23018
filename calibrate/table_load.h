// Reads calibration tables; the format is docs/formats/calibration-table.md.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/table.h"
#include "calibrate/table_problem.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {

// A table's text and all that is wrong with it by itself; without problems there is a table. `file` is for messages.
// Kinds: corrupt when the text is not JSON, a member is missing, unknown or of the wrong type, or rows are out of
// order; unsupported for a schema or a word (time model, effect, ...) that this program does not know.
struct TableText {
  std::optional<Table> table;
  std::vector<TableProblem> problems;
};
TableText read_table(std::string_view text, std::string_view file);
// The same: the table, or a failure that lists the problems.
Result<Table> parse_table(std::string_view text, std::string_view file);

// Where tables are: <folder>/<instrument>/<platform>.<name>.json in each. Files of one table become one
// (TableSet::create): an overlay adds rows, events and overrides to a shipped table, or a table.
struct TableFolders {
  std::filesystem::path shipped;
  std::vector<std::filesystem::path> overlays;  // each may be missing
};

// The tables of one instrument on one platform, checked as a whole. Kind config when there is none or a folder cannot
// be read, corrupt when they contradict themselves, one another or their hashes (calibrate/table_lock.h). `problems`
// receives one by one what the failure's message lists.
Result<TableSet> load_tables(const TableFolders& folders, std::string_view platform, std::string_view instrument,
                             std::vector<TableProblem>* problems = nullptr);

// Every instrument and platform that some file of the folders is named for, sorted.
struct TableSubject {
  std::string instrument;
  std::string platform;
  friend auto operator<=>(const TableSubject&, const TableSubject&) = default;
};
std::vector<TableSubject> table_subjects(const TableFolders& folders);

}  // namespace dl::calibrate
