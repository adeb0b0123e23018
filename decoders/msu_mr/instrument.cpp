#include "decoders/msu_mr/instrument.h"

#include "decoders/msu_mr/decoder.h"

namespace dl::decoders::msu_mr {
namespace {

Result<std::unique_ptr<InstrumentDecoder>> create(const PassContext& context) {
  DL_TRY(std::unique_ptr<InstrumentDecoder> decoder, Decoder::create(context));
  return decoder;
}

}  // namespace

const Instrument kInstrument = {
    "msu-mr", "MSU-MR: Multichannel Scanning Unit, LRPT", "docs/instruments/msu-mr.md", kSlotLength, create,
};

}  // namespace dl::decoders::msu_mr
