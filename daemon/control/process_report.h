// The pass report of downlink-process (docs/formats/pass-report.md) as tables. Shown as far as it is understood:
// members that this program does not know are left to --json.
#pragma once

#include <string>

namespace dl::control {

// `report_json` verbatim; empty while the pass has not been decoded.
std::string render_process_report(const std::string& report_json, bool colour);

}  // namespace dl::control
