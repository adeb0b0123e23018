#include "config/toml_tree.h"

#include <algorithm>
#include <exception>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace dl::config {
namespace {

Position position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

TomlNode convert(const toml::node& node);

TomlTable convert_table(const toml::table& table) {
  TomlTable entries;
  for (const auto& [key, node] : table)
    entries.push_back({std::string(key.str()), position_of(key.source()), convert(node)});
  std::sort(entries.begin(), entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
  });
  return entries;
}

template <class T>
std::string streamed(const T& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

TomlNode convert(const toml::node& node) {
  TomlNode result{position_of(node.source()), {}};
  if (const auto* text = node.as_string()) result.value = text->get();
  if (const auto* integer = node.as_integer()) result.value = integer->get();
  if (const auto* number = node.as_floating_point()) result.value = number->get();
  if (const auto* boolean = node.as_boolean()) result.value = boolean->get();
  if (const auto* date_time = node.as_date_time()) result.value = TomlTime{streamed(date_time->get())};
  if (const auto* date = node.as_date()) result.value = TomlTime{streamed(date->get())};
  if (const auto* time = node.as_time()) result.value = TomlTime{streamed(time->get())};
  if (const auto* table = node.as_table()) result.value = convert_table(*table);
  if (const auto* array = node.as_array()) {
    TomlArray elements;
    for (const auto& element : *array) elements.push_back(convert(element));
    result.value = std::move(elements);
  }
  return result;
}

struct DescribeValue {
  std::string operator()(const std::string& text) const { return fmt::format("the text '{}'", text); }
  std::string operator()(std::int64_t integer) const { return fmt::format("the whole number {}", integer); }
  std::string operator()(double number) const { return fmt::format("the number {}", number); }
  std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
  std::string operator()(const TomlTime& time) const { return fmt::format("the time {}", time.text); }
  std::string operator()(const TomlArray& array) const { return array.empty() ? "an empty list" : "a list"; }
  std::string operator()(const TomlTable&) const { return "a table"; }
};

}  // namespace

const TomlEntry* find(const TomlTable& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const TomlEntry& entry) { return entry.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string describe_value(const TomlNode& node) {
  return std::visit(DescribeValue{}, node.value);
}

tl::expected<TomlTable, TomlProblem> parse_toml(std::string_view text) {
  try {
    return convert_table(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return tl::unexpected(TomlProblem{position_of(error.source()), std::string(error.description())});
  } catch (const std::exception& error) {
    return tl::unexpected(TomlProblem{{}, error.what()});
  }
}

}  // namespace dl::config
