// Packets of AMSU-A1 and AMSU-A2 of Metop to granules of 180 s of UTC.
#pragma once

#include <memory>
#include <string_view>

#include "decoders/instrument.h"
#include "decoders/slot_assembler.h"
#include "decoders/sounder_input.h"

namespace dl::decoders::amsu_a {

inline constexpr std::string_view kDefaultProfile = "klm-prelaunch";

// A packet of another length or APID is not accepted and not counted here; one that has not as many words as its unit
// sends is dropped as decoder_refused; SlotAssembler says what else is dropped.
class Decoder final : public InstrumentDecoder {
 public:
  // Kind config when there are no tables of the platform or the profile is unknown, corrupt when a table is.
  static Result<std::unique_ptr<Decoder>> create(const PassContext& context);

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return assembler_.packets(); }
  [[nodiscard]] const LossLedger& line_losses() const override { return assembler_.lines(); }

 private:
  explicit Decoder(SounderInput input);

  SounderInput input_;
  SlotAssembler assembler_;
};

}  // namespace dl::decoders::amsu_a
