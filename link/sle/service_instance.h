// Names of service instances (CCSDS 911.1-B annex A): "sagr=1.spack=VST-PASS0001.rsl-fg=1.raf=onlt1" as people write
// them, a sequence of attributes in BIND.
#pragma once

#include <string>
#include <string_view>

#include "link/sle/ber.h"

namespace dl::link::sle {

// Kind config when the text is not of that form, or has an attribute that no SLE service knows. A dot in a value
// belongs to it, as long as what follows has no '='.
Result<void> check_service_instance(std::string_view text);

// `text` has passed check_service_instance().
void write_service_instance(std::string_view text, BerWriter& writer);

// The text of what the reader stands at. An attribute that no SLE service knows appears with its number.
Result<std::string> read_service_instance(BerReader& reader);

}  // namespace dl::link::sle
