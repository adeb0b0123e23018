#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::mhs {

extern const Instrument kInstrument;

}  // namespace dl::decoders::mhs
