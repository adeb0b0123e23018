#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::jpss_ephemeris {

extern const Instrument kInstrument;

}  // namespace dl::decoders::jpss_ephemeris
