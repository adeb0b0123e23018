#include <algorithm>

#include "calibrate/table_members_json.h"

namespace dl::calibrate {

using nlohmann::json;

void JsonMembers::expected(std::string_view name, std::string_view what) const {
  sink_.add(fmt::format("member '{}{}': expected {}", path_, name, what));
}

void JsonMembers::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    sink_.add(fmt::format("member '{}{}' is not known here", path_, name));
  }
}

const json* JsonMembers::find(const char* name, std::string_view what, bool needed) const {
  const auto found = object_.find(name);
  if (found != object_.end() && !found->is_null()) return &*found;
  if (needed) expected(name, what);
  return nullptr;
}

std::string JsonMembers::text(const char* name) const {
  if (find(name, "a text", true) == nullptr) return {};
  return text_or_none(name);
}

std::string JsonMembers::name(const char* name) const {
  std::string written = text(name);
  const bool plain = std::none_of(written.begin(), written.end(), [](char c) { return c >= 0 && c < ' '; });
  if (!plain) expected(name, "a text without control characters");
  return written;
}

std::string JsonMembers::text_or_none(const char* name) const {
  const json* value = find(name, "a text", false);
  if (value == nullptr) return {};
  if (value->is_string() && !value->get_ref<const std::string&>().empty()) return value->get<std::string>();
  expected(name, "a text");
  return {};
}

std::optional<std::string> JsonMembers::stated(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) {
    expected(name, "a text or null: an axis is stated even where it does not matter");
    return {};
  }
  if (found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  expected(name, "a text or null");
  return {};
}

std::vector<std::string> JsonMembers::texts(const char* name) const {
  const json* list = find(name, "a list of texts", true);
  if (list == nullptr) return {};
  const bool of_texts = list->is_array() && std::all_of(list->begin(), list->end(),
                                                        [](const json& element) { return element.is_string(); });
  if (of_texts) return list->get<std::vector<std::string>>();
  expected(name, "a list of texts");
  return {};
}

UtcTime JsonMembers::time(const char* name) const {
  if (find(name, "a time", true) == nullptr) return {};
  return time_or_none(name).value_or(UtcTime{});
}

std::optional<UtcTime> JsonMembers::time_or_none(const char* name) const {
  const std::string written = text_or_none(name);
  if (written.empty()) return {};
  const auto parsed = parse_utc(written);
  if (parsed) return *parsed;
  sink_.add(fmt::format("member '{}{}': {}", path_, name, parsed.error().message));
  return {};
}

std::optional<double> JsonMembers::positive_or_none(const char* name) const {
  const json* value = find(name, "", false);
  if (value == nullptr) return {};
  if (value->is_number() && value->get<double>() > 0) return value->get<double>();
  expected(name, "a number above 0, or null");
  return {};
}

RowValues JsonMembers::values(const char* name, bool needed) const {
  RowValues out;
  const json* values = find(name, "an object of objects of number lists", needed);
  if (values == nullptr) return out;
  const auto is_numbers = [](const json& list) {
    return list.is_array() && !list.empty() &&
           std::all_of(list.begin(), list.end(), [](const json& number) { return number.is_number(); });
  };
  if (!values->is_object()) {
    expected(name, "an object of objects of number lists");
    return out;
  }
  for (const auto& [axis, named] : values->items()) {
    if (!named.is_object() || named.empty()) {
      expected(std::string(name) + '.' + axis, "an object of number lists");
      continue;
    }
    for (const auto& [list_name, list] : named.items()) {
      if (is_numbers(list)) {
        out[axis][list_name] = list.get<std::vector<double>>();
      } else {
        expected(std::string(name) + '.' + axis + '.' + list_name, "a list of numbers");
      }
    }
  }
  return out;
}

std::optional<JsonMembers> JsonMembers::object(const char* name, std::string_view what, bool needed) const {
  const json* found = find(name, what, needed);
  if (found == nullptr) return {};
  if (found->is_object()) return JsonMembers(*found, sink_, path_ + name + '.');
  expected(name, what);
  return {};
}

}  // namespace dl::calibrate
