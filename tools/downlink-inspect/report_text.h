// The report behind the list, as a table and as JSON.
#pragma once

#include <string>

#include "tools/downlink-inspect/inspect.h"

namespace dl::inspect {

std::string report_table(const Report& report);

// One JSON object, indented.
std::string report_json(const Report& report);

}  // namespace dl::inspect
