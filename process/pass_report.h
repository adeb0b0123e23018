// What became of every byte of a pass, from bits to lines: docs/formats/pass-report.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/loss_ledger.h"
#include "decoders/instrument.h"
#include "link/link_pipeline.h"
#include "process/scene_sink.h"

namespace dl::process {

struct InstrumentReport {
  std::string id;
  LossLedger packets;
  LossLedger lines;
};

struct PassReport {
  const decoders::PassContext* context = nullptr;
  const scene::SceneOptions* options = nullptr;
  std::uint64_t input_bytes = 0;  // of all receptions
  struct Input {
    std::uint64_t bytes = 0;
    std::string sha256;
  };
  std::vector<Input> inputs;  // by reception
  std::uint64_t quarantined_bytes = 0;
  link::LinkReport link;
  std::vector<InstrumentReport> instruments;
  LossLedger level0;
  std::vector<SceneSummary> scenes;
  std::map<std::uint32_t, std::vector<std::string>> routes;  // vcid << 16 | apid -> instruments
  std::uint64_t packets_shared = 0;  // taken by more than one instrument: how often more than once
};

// Of one reception its hash; of several the hash of theirs, which the order of naming does not change.
std::string input_sha256(const PassReport& report);

// What does not add up, in words: within a stage, or between one stage and the next. Empty unless there is a bug.
std::vector<std::string> imbalances(const PassReport& report);

// `indent`: spaces per level, -1 for one line.
std::string pass_report_json(const PassReport& report, int indent = -1);

}  // namespace dl::process
