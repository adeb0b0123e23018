// What is wrong with a table, and where: all of it at once, so that a typist corrects a file in one go.
#pragma once

#include <string>
#include <vector>

#include "calibrate/table.h"
#include "core/error.h"

namespace dl::calibrate {

struct TableProblem {
  std::string file;
  std::size_t line = 0;  // 0: the file as a whole
  std::string element;   // the id of a row, an event or an override; empty: the table's own members
  std::string reason;
  ErrorKind kind = ErrorKind::corrupt;
};

// "metop-b.visible.json:212: 'metop-b/avhrr-3/visible/2026-05-12': no source".
std::string to_string(const TableProblem& problem);

// One line per problem, the first 50 of them. The kind is that of the first. `problems` is not empty.
Error error_of(const std::vector<TableProblem>& problems);

}  // namespace dl::calibrate
