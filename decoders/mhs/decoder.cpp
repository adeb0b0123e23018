#include "decoders/mhs/decoder.h"

#include <utility>

#include "decoders/metop_packet.h"
#include "decoders/mhs/calibrator.h"
#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/packet.h"

namespace dl::decoders::mhs {
namespace {

constexpr LineRate kLineRate{8'000'000, 3};

}  // namespace

Decoder::Decoder(SounderInput input) : input_(std::move(input)), assembler_(kLineRate, kSlotLength, 1) {}

Result<std::unique_ptr<Decoder>> Decoder::create(const PassContext& context) {
  DL_TRY(SounderInput input, load_sounder_input(context, "mhs", kDefaultProfile, check_rows));
  return std::unique_ptr<Decoder>(new Decoder(std::move(input)));
}

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink& sink) {
  if (packet.apid != kMetopApid || packet.bytes.size() != kMetopPacketBytes) return Accepted::no;
  assembler_.count_packet(packet.bytes.size());
  const auto time = read_metop_time(packet.bytes);
  if (!time) {
    assembler_.drop_packet(time.error(), 1, packet.bytes.size());
    return Accepted::yes;
  }
  const ByteView science = metop_data(packet.bytes);
  LineArrival arrival;
  arrival.time = *time;
  arrival.data.assign(science.begin(), science.end());
  arrival.packet.assign(packet.bytes.begin(), packet.bytes.end());
  arrival.quality = packet.quality;
  arrival.gap_before = packet.gap_before;
  DL_CHECK(assembler_.push(std::move(arrival), [&](const LineSlot& slot) {
    return sink.accept(calibrate_granule(slot, input_.platform, input_.request, *input_.orbits));
  }));
  return Accepted::yes;
}

Result<void> Decoder::flush(GranuleSink& sink) {
  return assembler_.flush([&](const LineSlot& slot) {
    return sink.accept(calibrate_granule(slot, input_.platform, input_.request, *input_.orbits));
  });
}

}  // namespace dl::decoders::mhs
