#include "decoders/amsu_a/decoder.h"

#include <algorithm>
#include <utility>

#include "decoders/amsu_a/calibrator.h"
#include "decoders/amsu_a/coefficients.h"
#include "decoders/amsu_a/packet.h"
#include "decoders/metop_packet.h"

namespace dl::decoders::amsu_a {
namespace {

constexpr LineRate kLineRate{8'000'000, 1};

}  // namespace

Decoder::Decoder(SounderInput input) : input_(std::move(input)), assembler_(kLineRate, kSlotLength, kUnitCount) {}

Result<std::unique_ptr<Decoder>> Decoder::create(const PassContext& context) {
  DL_TRY(SounderInput input, load_sounder_input(context, "amsu-a", kDefaultProfile, check_rows));
  return std::unique_ptr<Decoder>(new Decoder(std::move(input)));
}

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink& sink) {
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& candidate) {
    return packet.apid == candidate.metop_apid && packet.bytes.size() == candidate.metop_packet_bytes;
  });
  if (unit == kUnits.end()) return Accepted::no;
  assembler_.count_packet(packet.bytes.size());
  const auto time = read_metop_time(packet.bytes);
  if (!time) {
    assembler_.drop_packet(time.error(), 1, packet.bytes.size());
    return Accepted::yes;
  }
  auto science = without_fill(*unit, metop_data(packet.bytes));
  if (!science) {
    assembler_.drop_packet(DropReason::decoder_refused, 1, packet.bytes.size());
    return Accepted::yes;
  }
  LineArrival arrival;
  arrival.time = *time;
  arrival.part = static_cast<std::size_t>(unit - kUnits.begin());
  arrival.data = std::move(*science);
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

}  // namespace dl::decoders::amsu_a
