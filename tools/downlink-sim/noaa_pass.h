// A NOAA HRPT pass: the Earth as for Metop, in minor frames with TIP and AIP.
#pragma once

#include <cstdint>

#include "core/error.h"
#include "core/time.h"
#include "link/frames/hrpt_words.h"
#include "tools/downlink-sim/metop_pass.h"

namespace dl::sim {

// What fills the TIP and AIP minor frames: ten of each in a second, counted from the start of the pass.
class TipSource {
 public:
  virtual ~TipSource() = default;
  virtual link::TipFrame tip_frame(std::uint64_t number, UtcTime time) = 0;
  virtual link::TipFrame aip_frame(std::uint64_t number, UtcTime time) = 0;
};

// TIP minor frames with their counter, and made-up octets in the places of the instruments.
class PatternTipSource : public TipSource {
 public:
  explicit PatternTipSource(std::uint8_t spacecraft) : spacecraft_(spacecraft) {}
  link::TipFrame tip_frame(std::uint64_t number, UtcTime time) override;

 private:
  std::uint8_t spacecraft_;
};

// `options.profile` is of FrameKind::hrpt. `cadus` of the pass is the recording in `container`; its packets are those
// that the link layer makes. Kind config when a table or the orbit is missing.
Result<SimulatedPass> make_noaa_pass(const MetopPassOptions& options, link::HrptContainer container, TipSource& tip);

}  // namespace dl::sim
