#include "decoders/sounder_decoder.h"

#include <algorithm>
#include <utility>

#include "decoders/metop_packet.h"
#include "link/packets/tip_splitter.h"

namespace dl::decoders {

SounderDecoder::SounderDecoder(const SounderInstrument& instrument, SounderInput input)
    : instrument_(instrument),
      input_(std::move(input)),
      aip_(instrument.aip_units, input_.started_at),
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

Result<void> SounderDecoder::push_aip(const link::Packet& packet, GranuleSink& sink) {
  assembler_.count_packet(packet.bytes.size());
  AipOutput output;
  aip_.push(packet, output);
  return place(std::move(output), sink);
}

Result<void> SounderDecoder::place(AipOutput output, GranuleSink& sink) {
  for (const AipDrop& drop : output.drops) assembler_.drop_packet(drop.reason, drop.frames, drop.size_bytes);
  for (AipScience& science : output.science) {
    LineArrival arrival;
    arrival.time = science.time;
    arrival.part = science.unit;
    arrival.data = std::move(science.data);
    arrival.packet = std::move(science.frames);
    arrival.packets = science.frame_count;
    arrival.quality = science.quality;
    arrival.gap_before = science.gap_before;
    DL_CHECK(assembler_.push(std::move(arrival), close_into(sink)));
  }
  return {};
}

Result<Accepted> SounderDecoder::push(const link::Packet& packet, GranuleSink& sink) {
  if (packet.kind == link::PacketKind::tip_frame) {
    if (packet.apid != link::kAipApid) return Accepted::no;
    DL_CHECK(push_aip(packet, sink));
    return Accepted::yes;
  }
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
  AipOutput output;
  aip_.flush(output);
  DL_CHECK(place(std::move(output), sink));
  return assembler_.flush(close_into(sink));
}

}  // namespace dl::decoders
