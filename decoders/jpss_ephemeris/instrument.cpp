#include "decoders/jpss_ephemeris/instrument.h"

#include "decoders/jpss_ephemeris/decoder.h"

namespace dl::decoders::jpss_ephemeris {
namespace {

constexpr Seconds kNoSlots{180};

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  return std::make_unique<Decoder>(context);
}

}  // namespace

const Instrument kInstrument = {
    "jpss-orbit", "Orbit from the spacecraft diary of JPSS", "docs/instruments/orbit.md", kNoSlots, create,
};

}  // namespace dl::decoders::jpss_ephemeris
