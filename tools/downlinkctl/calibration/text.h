// Parts of tables as reports show them.
#pragma once

#include <string>
#include <vector>

#include "calibrate/table.h"
#include "calibrate/table_problem.h"
#include "daemon/control/calibration_report.h"

namespace dl::downlinkctl {

std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");
// "1: lo 0.05818 -2.291, hi 0.1724 -59.46, cut 500.62; 2: ..."; of all axes, or of these.
std::string values_text(const calibrate::RowValues& values, const std::vector<std::string>& axes = {});
// "side B, detector 3"
std::string config_text(const calibrate::RowConfig& config);
std::string source_text(const calibrate::Source& source);
std::string effect_text(const calibrate::Event& event);
std::string extrapolation_text(const calibrate::ExtrapolationPolicy& policy);
control::CalEventRow event_row(const calibrate::Event& event);
std::vector<control::CalProblemRow> problem_rows(const std::vector<calibrate::TableProblem>& problems);

}  // namespace dl::downlinkctl
