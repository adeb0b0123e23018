#include "decoders/metop_admin/instrument.h"

#include "decoders/metop_admin/decoder.h"

namespace dl::decoders::metop_admin {
namespace {

constexpr Seconds kNoSlots{180};

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  return std::make_unique<Decoder>(context);
}

}  // namespace

const Instrument kInstrument = {
    "metop-orbit", "Orbit from Metop's administrative messages", "docs/instruments/orbit.md", kNoSlots, create,
};

}  // namespace dl::decoders::metop_admin
