#include "decoders/amsu_a/instrument.h"

#include "decoders/amsu_a/calibrator.h"
#include "decoders/amsu_a/decoder.h"

namespace dl::decoders::amsu_a {
namespace {

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  DL_TRY(std::unique_ptr<InstrumentDecoder> decoder, Decoder::create(context));
  return decoder;
}

}  // namespace

const Instrument kInstrument = {
    "amsu-a", "AMSU-A: Advanced Microwave Sounding Unit A", "docs/instruments/amsu-a.md", kSlotLength, create,
};

}  // namespace dl::decoders::amsu_a
