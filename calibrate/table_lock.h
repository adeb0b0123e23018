// The hashes that a folder of tables ships with: a row that was edited in place is noticed when it is loaded, whoever
// edited it. One line "<sha256>  <file>  <id>" for every table head, row, event and override of the folder's files,
// sorted.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/table.h"
#include "calibrate/table_problem.h"

namespace dl::calibrate {

inline constexpr std::string_view kTableLockName = "tables.sha256";

// The lock of these files' tables.
std::string table_lock(const std::vector<Table>& files);

// Where `lock` and the files of `platform` differ: an element with another hash, one that the lock does not have, and
// one that the files do not have. `lock_file` is for messages.
std::vector<TableProblem> problems_of_lock(std::string_view lock, const std::string& lock_file,
                                           const std::vector<Table>& files, std::string_view platform);

// Writes the lock of all tables of one instrument's folder, if they can be read; kind corrupt otherwise, with the
// problems listed.
Result<void> write_table_lock(const std::filesystem::path& instrument_folder);

}  // namespace dl::calibrate
