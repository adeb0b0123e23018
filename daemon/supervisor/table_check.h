// Runs downlink-process check-tables: downlinkd itself reads no table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "daemon/asio.h"

namespace dl::daemon {

struct TableCheckCommand {
  std::filesystem::path program;
  std::filesystem::path tables;    // empty: those that downlink-process finds
  std::filesystem::path overlays;  // empty: none
  std::filesystem::path keep;
  std::filesystem::path in_force;  // empty: none
  std::uint64_t memory_limit_bytes = 0;
};

struct TableCheckAnswer {
  std::string sha256;  // of the set, which is kept under this name; empty: refused
  std::uint64_t tables = 0;
  std::uint64_t rows = 0;
  std::vector<std::string> problems;  // "may.json:12: 'metop-b/avhrr-3/visible/2026-06-09': why"
};

// What the child says, or kind corrupt.
Result<TableCheckAnswer> parse_table_check_answer(const std::string& text);

// Kinds: io, exhausted, corrupt; transient when the child gave no answer in a minute, and was killed.
asio::awaitable<Result<TableCheckAnswer>> run_table_check(asio::io_context& io, TableCheckCommand command);

}  // namespace dl::daemon
