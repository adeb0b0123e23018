#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::metop_admin {

extern const Instrument kInstrument;

}  // namespace dl::decoders::metop_admin
