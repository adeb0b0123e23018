#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::msu_mr {

extern const Instrument kInstrument;

}  // namespace dl::decoders::msu_mr
