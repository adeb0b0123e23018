// Packets of a microwave sounder, of Metop or out of NOAA's AIP minor frames, to granules. What one sounder does
// otherwise than another is in its SounderInstrument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "calibrate/calibrated_granule.h"
#include "decoders/aip_assembler.h"
#include "decoders/instrument.h"
#include "decoders/slot_assembler.h"
#include "decoders/sounder_input.h"

namespace dl::decoders {

// A packet of its own on Metop, and one part of a scan line.
struct SounderPart {
  std::uint16_t metop_apid = 0;
  std::size_t metop_packet_bytes = 0;
  // The science packet in the data of a packet; none when it is not in there.
  std::optional<Bytes> (*science)(ByteView data) = nullptr;
};

struct SounderInstrument {
  std::string_view id;  // "mhs"
  std::string_view default_profile;
  LineRate rate;
  Seconds slot_length{};
  std::span<const SounderPart> parts;  // of a line
  std::span<const AipUnit> aip_units;  // the same, in AIP's minor frames
  Result<void> (*check_rows)(const calibrate::TableSet& tables) = nullptr;
  // The parts of the slot's lines are science packets.
  calibrate::CalibratedGranule (*calibrate)(const LineSlot& slot, const std::string& platform,
                                            const calibrate::CalibrationRequest& request,
                                            const calibrate::OrbitBook& orbits) = nullptr;
};

// A packet of another length or APID is not accepted and not counted here; one without a science packet in it is
// dropped as decoder_refused; read_metop_time(), AipAssembler and SlotAssembler say what else is dropped. Of AIP the
// packets are minor frames: those of a science packet come out or are dropped together.
class SounderDecoder final : public InstrumentDecoder {
 public:
  // Kind config when there are no tables of the platform or the profile is unknown, corrupt when a table is.
  // `instrument` lives longer than the decoder.
  static Result<std::unique_ptr<InstrumentDecoder>> create(const SounderInstrument& instrument,
                                                           const PassContext& context);
  // The same with tables that were read before: load_input().
  SounderDecoder(const SounderInstrument& instrument, SounderInput input);
  static Result<SounderInput> load_input(const SounderInstrument& instrument, const PassContext& context);

  Result<Accepted> push(const link::Packet& packet, GranuleSink& sink) override;
  Result<void> flush(GranuleSink& sink) override;
  [[nodiscard]] const LossLedger& losses() const override { return assembler_.packets(); }
  [[nodiscard]] const LossLedger& line_losses() const override { return assembler_.lines(); }

 private:
  Result<void> push_aip(const link::Packet& packet, GranuleSink& sink);
  Result<void> place(AipOutput output, GranuleSink& sink);
  [[nodiscard]] SlotAssembler::Close close_into(GranuleSink& sink) const;

  const SounderInstrument& instrument_;
  SounderInput input_;
  AipAssembler aip_;
  SlotAssembler assembler_;
};

}  // namespace dl::decoders
