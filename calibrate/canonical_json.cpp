#include "calibrate/canonical_json.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace dl::calibrate {
namespace {

using nlohmann::json;

// Members in UTF-8 sort as their code points do; as UTF-16, those beyond U+FFFF begin with a surrogate and so come
// before U+E000 to U+FFFF.
bool precedes_in_utf16(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() || in_b == b.end()) return in_a == a.end() && in_b != b.end();
  const auto first = static_cast<unsigned char>(*in_a);
  const auto second = static_cast<unsigned char>(*in_b);
  // Lead bytes: 0xF0 and above is beyond U+FFFF, 0xEE and 0xEF are U+E000 to U+FFFF.
  const auto beyond = [](unsigned char lead) { return lead >= 0xF0; };
  const auto private_or_later = [](unsigned char lead) { return lead == 0xEE || lead == 0xEF; };
  if (beyond(first) && private_or_later(second)) return true;
  if (private_or_later(first) && beyond(second)) return false;
  return first < second;
}

void append(std::string& out, const json& value) {
  if (value.is_number()) {
    out += canonical_number(value.get<double>());
  } else if (value.is_object()) {
    std::vector<std::pair<std::string_view, const json*>> members;
    for (auto member = value.begin(); member != value.end(); ++member) members.emplace_back(member.key(), &*member);
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return precedes_in_utf16(a.first, b.first); });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      out += json(members[i].first).dump();
      out += ':';
      append(out, *members[i].second);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      append(out, value[i]);
    }
    out += ']';
  } else {
    out += value.dump();
  }
}

}  // namespace

std::string canonical_number(double value) {
  assert(std::isfinite(value));
  if (value == 0) return "0";  // and so is -0
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  std::string_view scientific(text.data(), static_cast<std::size_t>(written.ptr - text.data()));
  std::string out;
  if (scientific.front() == '-') {
    out = "-";
    scientific.remove_prefix(1);
  }
  const std::size_t e = scientific.find('e');
  std::string digits(1, scientific[0]);
  if (e > 2) digits += scientific.substr(2, e - 2);
  const int exponent = std::stoi(std::string(scientific.substr(e + 1)));
  // ECMAScript Number::toString: the value is 0.digits times ten to the power of `point`.
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;
  if (count <= point && point <= 21) return out + digits + std::string(static_cast<std::size_t>(point - count), '0');
  if (0 < point && point <= 21) return out + digits.insert(static_cast<std::size_t>(point), ".");
  if (-6 < point && point <= 0) return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  if (count > 1) digits.insert(1, ".");
  return out + digits + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
}

std::string canonical_json(const json& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace dl::calibrate
