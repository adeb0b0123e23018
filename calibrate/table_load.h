// Reads calibration tables; the format is docs/formats/calibration-table.md.
#pragma once

#include <filesystem>
#include <string_view>

#include "calibrate/table.h"
#include "calibrate/table_set.h"

namespace dl::calibrate {

// One table. `name` is for messages. Kind corrupt when the text is not JSON or a member is missing or of the wrong
// type (the message names the row); unsupported for a schema or a time model that this program does not know.
Result<Table> parse_table(std::string_view text, std::string_view name);

// Every `<platform>.*.json` in `directory` whose platform and instrument are those asked for. Kind config when there
// is none, corrupt when they contradict themselves or one another.
Result<TableSet> load_tables(const std::filesystem::path& directory, std::string_view platform,
                             std::string_view instrument);

}  // namespace dl::calibrate
