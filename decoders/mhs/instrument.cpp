#include "decoders/mhs/instrument.h"

#include <array>

#include "decoders/mhs/calibrator.h"
#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/packet.h"

namespace dl::decoders::mhs {
namespace {

// The whole of the data.
std::optional<Bytes> science(ByteView data) {
  return Bytes(data.begin(), data.end());
}

constexpr std::array kParts = {SounderPart{kMetopApid, kMetopPacketBytes, science}};

constexpr std::array kAipUnits = {AipUnit{48, 50, AipLayout::fixed_places, kScienceBytes, kAipPlaces}};

}  // namespace

constinit const SounderInstrument kSounder = {
    "mhs", "klm-prelaunch", {8'000'000, 3}, kSlotLength, kParts, kAipUnits, check_rows, calibrate_granule,
};

const Instrument kInstrument = {
    "mhs",
    "MHS: Microwave Humidity Sounder",
    "docs/instruments/mhs.md",
    kSlotLength,
    [](const PassContext& context) { return SounderDecoder::create(kSounder, context); },
};

}  // namespace dl::decoders::mhs
