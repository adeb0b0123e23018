// One station, its servers and everything that goes wrong between them, from one seed, in virtual time.
//
// What has to hold, whatever happened, once nothing goes wrong any more (the four promises of DESIGN, from the sealed
// scene on): every sealed scene is in the bucket exactly once with its bytes, and nothing else is; item.json never was
// there before its siblings; every scene was announced, always with one id, and never before its object could be read;
// the journal keeps its invariants, and nothing waits, is parked, or is an open incident.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/faults.h"
#include "tests/simulation/station.h"

namespace dl::simulation {

struct Verdict {
  std::vector<std::string> violations;  // none: all is well
  std::uint64_t trace_hash = 0;
  std::vector<std::string> trace;  // when it was asked for
  std::array<std::uint64_t, kFaults> faults{};
};

Verdict simulate(std::uint64_t seed, const Mutation& mutation = {}, bool keep_trace = false);

}  // namespace dl::simulation
