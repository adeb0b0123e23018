#include "decoders/amsu_a/instrument.h"

#include <array>

#include "decoders/amsu_a/calibrator.h"
#include "decoders/amsu_a/coefficients.h"
#include "decoders/amsu_a/packet.h"

namespace dl::decoders::amsu_a {
namespace {

template <std::size_t Index>
std::optional<Bytes> science(ByteView data) {
  return without_fill(kUnits[Index], data);
}

constexpr std::array<SounderPart, kUnitCount> kParts = {{
    {kUnits[0].metop_apid, kUnits[0].metop_packet_bytes, science<0>},
    {kUnits[1].metop_apid, kUnits[1].metop_packet_bytes, science<1>},
}};

constexpr std::array<AipUnit, kUnitCount> kAipUnits = {{
    {8, 26, AipLayout::synchronised_words, kUnits[0].science_bytes},
    {34, 14, AipLayout::synchronised_words, kUnits[1].science_bytes},
}};

}  // namespace

constinit const SounderInstrument kSounder = {
    "amsu-a", "klm-prelaunch", {8'000'000, 1}, kSlotLength, kParts, kAipUnits, check_rows, calibrate_granule,
};

const Instrument kInstrument = {
    "amsu-a",
    "AMSU-A: Advanced Microwave Sounding Unit A",
    "docs/instruments/amsu-a.md",
    kSlotLength,
    [](const PassContext& context) { return SounderDecoder::create(kSounder, context); },
};

}  // namespace dl::decoders::amsu_a
