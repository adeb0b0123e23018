// Element sets of our satellite from Metop's administrative messages into the pass's orbits.
#pragma once

#include <memory>

#include "decoders/instrument.h"

namespace dl::decoders::metop_admin {

// Gives no granules. losses(): a message is decoded when it can be read, and every set of our satellite in it is used
// or known already; it may hold none. Otherwise it is dropped as decode_admin_packet() says, or as orbit_implausible
// where OrbitBook::add() refuses a set.
class Decoder final : public InstrumentDecoder {
 public:
  explicit Decoder(const PassContext& context) : orbits_(context.orbits), norad_id_(context.profile.norad_id) {}

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return packets_; }
  [[nodiscard]] const LossLedger& line_losses() const override { return lines_; }

 private:
  std::shared_ptr<calibrate::OrbitBook> orbits_;
  std::uint32_t norad_id_;
  LossLedger packets_;
  LossLedger lines_;  // none
};

}  // namespace dl::decoders::metop_admin
