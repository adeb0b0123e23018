#pragma once

#include "decoders/instrument.h"

namespace dl::decoders::packet_archive {

extern const Instrument kHirs;
extern const Instrument kSem;
extern const Instrument kDcs;
extern const Instrument kIasi;
extern const Instrument kAscat;
extern const Instrument kGome2;
extern const Instrument kAdministrative;
extern const Instrument kTip;
extern const Instrument kAip;

}  // namespace dl::decoders::packet_archive
