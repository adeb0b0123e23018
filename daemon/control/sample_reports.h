// For tests: one report of every kind, with every field set to something that its neighbours are not.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/control/protocol.h"

namespace dl::control {

struct SampleReport {
  std::string name;  // of its golden files
  Command command;
  Report report;
};

std::vector<SampleReport> sample_reports();
// The part of them that is in daemon/control/delivery_report.h.
std::vector<SampleReport> sample_delivery_reports();

inline std::ostream& operator<<(std::ostream& out, const SampleReport& sample) {
  return out << sample.name;
}

}  // namespace dl::control
