// One spelling for each JSON value, so that it can be hashed.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace dl::calibrate {

// RFC 8785 (JSON Canonicalization Scheme): members sorted by the UTF-16 of their names, no white space, numbers as
// ECMAScript spells the nearest double. The value must be valid: no NaN, strings in UTF-8.
std::string canonical_json(const nlohmann::json& value);

// The number as RFC 8785 section 3.2.2.3 spells it. It must be finite.
std::string canonical_number(double value);

}  // namespace dl::calibrate
