#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::avhrr3 {

extern const Instrument kInstrument;

}  // namespace dl::decoders::avhrr3
