#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::amsu_a {

extern const Instrument kInstrument;

}  // namespace dl::decoders::amsu_a
