// Reports as JSON. Only files that handle JSON include this header.
#pragma once

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "daemon/control/calibration_report.h"
#include "daemon/control/protocol.h"
#include "daemon/control/report.h"

namespace dl::control {

// Members in the order of daemon/control/fields.h; absent optionals are null; times are ISO 8601 in UTC.
nlohmann::ordered_json to_json(const Report& report);
nlohmann::ordered_json to_json(const CalibrationReport& report);

// The report of a command from its JSON. Members that are missing keep their default and unknown ones are passed over,
// so that programs of two versions understand each other; kind corrupt when a member has the wrong type.
Result<Report> report_from_json(Command command, const nlohmann::ordered_json& json);

}  // namespace dl::control
