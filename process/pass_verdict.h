// What an operator should be told of a pass as a whole, when its numbers say that something is set up wrong.
#pragma once

#include <string>
#include <vector>

#include "process/pass_report.h"

namespace dl::process {

struct Verdict {
  std::string kind;  // as incidents are called: "no_frames", "wrong_spacecraft", "frames_uncorrectable"
  std::string message;
  std::string action;
};

// Empty for an ordinary pass, also for one with losses.
std::vector<Verdict> judge(const PassReport& report);

}  // namespace dl::process
