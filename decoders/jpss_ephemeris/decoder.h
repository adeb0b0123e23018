// Positions and velocities from the spacecraft diary of JPSS into the pass's orbits.
#pragma once

#include <memory>

#include "decoders/instrument.h"

namespace dl::decoders::jpss_ephemeris {

// Gives no granules. losses(): a packet is decoded when OrbitBook::add() uses its sample, otherwise dropped as
// decode_ephemeris_packet() says or as orbit_implausible.
class Decoder final : public InstrumentDecoder {
 public:
  explicit Decoder(const PassContext& context)
      : orbits_(context.orbits), spacecraft_(static_cast<std::uint8_t>(context.profile.scid)) {}

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return packets_; }
  [[nodiscard]] const LossLedger& line_losses() const override { return lines_; }

 private:
  std::shared_ptr<calibrate::OrbitBook> orbits_;
  std::uint8_t spacecraft_;
  std::uint64_t held_ = 0;  // packets whose sample waits for the next
  LossLedger packets_;
  LossLedger lines_;  // none
};

}  // namespace dl::decoders::jpss_ephemeris
