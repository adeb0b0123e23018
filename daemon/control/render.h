// Reports as text for people.
#pragma once

#include <string>

#include "daemon/control/calibration_report.h"
#include "daemon/control/report.h"

namespace dl::control {

struct RenderOptions {
  bool colour = false;
};

// Ends with a line feed. Ages count from the report's own `now`: reading it does not depend on this machine's clock.
std::string render(const Report& report, const RenderOptions& options = {});
std::string render(const CalibrationReport& report, const RenderOptions& options = {});

}  // namespace dl::control
