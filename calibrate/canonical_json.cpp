#include "calibrate/canonical_json.h"

#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

namespace dl::calibrate {
namespace {

void append(std::string& out, const nlohmann::json& value) {
  if (value.is_number_float()) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value.get<double>());
    out.append(text.data(), end.ptr);
  } else if (value.is_object()) {
    char separator = '{';
    for (const auto& [name, member] : value.items()) {  // nlohmann keeps members sorted
      out += separator;
      out += nlohmann::json(name).dump();
      out += ':';
      append(out, member);
      separator = ',';
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char separator = '[';
    for (const auto& element : value) {
      out += separator;
      append(out, element);
      separator = ',';
    }
    out += value.empty() ? "[]" : "]";
  } else {
    out += value.dump();
  }
}

}  // namespace

std::string canonical_json(const nlohmann::json& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace dl::calibrate
