#include "decoders/avhrr3/instrument.h"

#include "decoders/avhrr3/decoder.h"

namespace dl::decoders::avhrr3 {
namespace {

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  DL_TRY(std::unique_ptr<InstrumentDecoder> decoder, Decoder::create(context));
  return decoder;
}

}  // namespace

const Instrument kInstrument = {
    "avhrr-3", "AVHRR/3: Advanced Very High Resolution Radiometer", "docs/instruments/avhrr-3.md", kSlotLength, create,
};

}  // namespace dl::decoders::avhrr3
