// "Did you mean …?" for names that an operator typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dl::config {

// The candidate that differs least (insertions, deletions, substitutions, swaps of neighbours), or "" when none is
// near: more than 2 differences, or more than a third of the name. A candidate that the name is the beginning of is
// near.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);

// "; did you mean 'metop-b'?", or "" when nothing is near.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace dl::config
