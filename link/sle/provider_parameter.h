// Results of operations as a user reads them: diagnostics, and the parameters that GET-PARAMETER returns
// (RafGetParameter, RcfGetParameter and their forms of versions 1 to 4).
#pragma once

#include "link/sle/ber.h"
#include "link/sle/pdu.h"

namespace dl::link::sle {

// Of the CHOICE {common [0], specific [1]}.
Result<Diagnostic> read_diagnostic(BerReader& reader);

// The alternative of the CHOICE that the reader stands at. Which one it is follows from the name inside: the same
// parameter has different tags in RAF and RCF. Sets come as SET from version 5 on, before as SEQUENCE; both are read.
Result<Parameter> read_parameter(BerReader& reader);

}  // namespace dl::link::sle
