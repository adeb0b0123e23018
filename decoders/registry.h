// Every instrument that was built in; generated from the list in decoders/CMakeLists.txt.
#pragma once

#include <span>
#include <string_view>

#include "decoders/instrument.h"

namespace dl::decoders {

std::span<const Instrument* const> instruments();

// nullptr when no such instrument was built in.
const Instrument* find_instrument(std::string_view id);

}  // namespace dl::decoders
