// `downlink-process check-tables`: reads calibration tables and an operator's overlays, and keeps what is good.
#pragma once

#include <cstdint>
#include <filesystem>

namespace dl::process {

struct CheckTablesSettings {
  std::filesystem::path tables_directory;    // empty: the installed one
  std::filesystem::path overlays_directory;  // empty: none
  std::filesystem::path keep;                // folder below which the set is kept, by its hash; empty: only checked
  std::filesystem::path in_force;            // folder of the set before, whose rows may not be edited; empty: none
  std::uint64_t memory_limit_bytes = 0;
  int control_descriptor = -1;  // where the answer goes; -1: standard output
};

// Answers with one line of JSON (docs/formats/process-messages.md). Exit codes: done, data (refused), io.
int run_check_tables(const CheckTablesSettings& settings);

}  // namespace dl::process
