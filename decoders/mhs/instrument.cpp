#include "decoders/mhs/instrument.h"

#include "decoders/mhs/calibrator.h"
#include "decoders/mhs/decoder.h"

namespace dl::decoders::mhs {
namespace {

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  DL_TRY(std::unique_ptr<InstrumentDecoder> decoder, Decoder::create(context));
  return decoder;
}

}  // namespace

const Instrument kInstrument = {
    "mhs", "MHS: Microwave Humidity Sounder", "docs/instruments/mhs.md", kSlotLength, create,
};

}  // namespace dl::decoders::mhs
