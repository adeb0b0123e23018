#pragma once

#include "decoders/instrument.h"
#include "decoders/sounder_decoder.h"

namespace dl::decoders::amsu_a {

extern const Instrument kInstrument;
extern const SounderInstrument kSounder;

}  // namespace dl::decoders::amsu_a
