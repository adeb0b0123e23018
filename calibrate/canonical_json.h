// One spelling for each JSON value, so that it can be hashed.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace dl::calibrate {

// Members sorted by name, no white space, numbers in their shortest form that reads back the same (as
// std::to_chars writes it: 5.0 is "5"), after RFC 8785. The value must be valid: no NaN, strings in UTF-8.
std::string canonical_json(const nlohmann::json& value);

}  // namespace dl::calibrate
