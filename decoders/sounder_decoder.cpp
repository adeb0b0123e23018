#include "decoders/sounder_decoder.h"

#include <algorithm>
#include <utility>

#include "decoders/metop_packet.h"

namespace dl::decoders {

SounderDecoder::SounderDecoder(const SounderInstrument& instrument, SounderInput input)
    : instrument_(instrument),
      input_(std::move(input)),
      assembler_(instrument.rate, instrument.slot_length, instrument.parts.size()) {}

Result<SounderInput> SounderDecoder::load_input(const SounderInstrument& instrument, const PassContext& context) {
  return load_sounder_input(context, instrument.id, instrument.default_profile, instrument.check_rows);
}

Result<std::unique_ptr<InstrumentDecoder>> SounderDecoder::create(const SounderInstrument& instrument,
                                                                  const PassContext& context) {
  DL_TRY(SounderInput input, load_input(instrument, context));
  return std::make_unique<SounderDecoder>(instrument, std::move(input));
}

SlotAssembler::Close SounderDecoder::close_into(GranuleSink& sink) const {
  return [this, &sink](const LineSlot& slot) {
    return sink.accept(instrument_.calibrate(slot, input_.platform, input_.request, *input_.orbits));
  };
}

Result<Accepted> SounderDecoder::push(const link::Packet& packet, GranuleSink& sink) {
  const auto part = std::find_if(instrument_.parts.begin(), instrument_.parts.end(), [&](const SounderPart& candidate) {
    return packet.apid == candidate.metop_apid && packet.bytes.size() == candidate.metop_packet_bytes;
  });
  if (part == instrument_.parts.end()) return Accepted::no;
  assembler_.count_packet(packet.bytes.size());
  const auto time = read_metop_time(packet.bytes);
  if (!time) {
    assembler_.drop_packet(time.error(), 1, packet.bytes.size());
    return Accepted::yes;
  }
  std::optional<Bytes> science = part->science(metop_data(packet.bytes));
  if (!science) {
    assembler_.drop_packet(DropReason::decoder_refused, 1, packet.bytes.size());
    return Accepted::yes;
  }
  LineArrival arrival;
  arrival.time = *time;
  arrival.part = static_cast<std::size_t>(part - instrument_.parts.begin());
  arrival.data = std::move(*science);
  arrival.packet.assign(packet.bytes.begin(), packet.bytes.end());
  arrival.quality = packet.quality;
  arrival.gap_before = packet.gap_before;
  DL_CHECK(assembler_.push(std::move(arrival), close_into(sink)));
  return Accepted::yes;
}

Result<void> SounderDecoder::flush(GranuleSink& sink) {
  return assembler_.flush(close_into(sink));
}

}  // namespace dl::decoders
