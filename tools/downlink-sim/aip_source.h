// The AIP minor frames of a simulated NOAA pass, with what AMSU-A and MHS see.
#pragma once

#include <memory>
#include <vector>

#include "core/error.h"
#include "decoders/aip_encoder.h"
#include "tools/downlink-sim/noaa_pass.h"

namespace dl::sim {

// TIP as PatternTipSource has it. A major frame of AIP begins with the pass, and with it a scan of AMSU-A and the first
// of three of MHS; a scan is sent while it is made. An instrument that the link profile does not route, or for which
// the tables have no coefficients at the time, is silent.
class SounderTipSource final : public PatternTipSource {
 public:
  // Kind config when a table cannot be read, or the orbit is missing.
  static Result<std::unique_ptr<SounderTipSource>> create(const MetopPassOptions& options);

  link::TipFrame aip_frame(std::uint64_t number, UtcTime time) override;

 private:
  explicit SounderTipSource(std::uint8_t spacecraft) : PatternTipSource(spacecraft) {}

  std::vector<decoders::AipMajorFrame> major_frames_;
};

}  // namespace dl::sim
