// What the numbers of diagnostics mean, and what an operator can do about them (CCSDS 911.1-B and 911.2-B, sections 3
// and annex A).
#pragma once

#include <string>
#include <string_view>

#include "link/sle/pdu.h"

namespace dl::link::sle {

// "no such service instance", or "diagnostic 42" for numbers that the standards do not know.
std::string bind_diagnostic_text(std::uint8_t code);
std::string start_diagnostic_text(const Diagnostic& diagnostic);
std::string common_diagnostic_text(std::uint8_t code);
std::string abort_diagnostic_text(std::uint8_t code);

// What to do when BIND or START is refused so; the keys of a source stand in quotes.
std::string_view bind_refusal_action(std::uint8_t code);
std::string_view start_refusal_action(const Diagnostic& diagnostic);

std::string_view to_string(LockStatus status);
std::string_view to_string(ProductionStatus status);

}  // namespace dl::link::sle
