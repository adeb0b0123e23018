// The member "intake" of pass.json and of a pass's report (docs/formats/pass-report.md): one member per counter, named
// as in core/intake_counters.h.
#pragma once

#include <string>
#include <string_view>

#include "core/intake_counters.h"

namespace dl::spool {

// One object; members that are 0 are left out.
std::string intake_to_json(const IntakeCounters& counters);

// Of the member "intake" of `document`, a JSON object; what is not there, or cannot be, is 0.
IntakeCounters intake_of(std::string_view document);

// `report`, a JSON object, with the counters as its first member; unchanged when they are all 0.
std::string with_intake(std::string report, const IntakeCounters& counters);

}  // namespace dl::spool
