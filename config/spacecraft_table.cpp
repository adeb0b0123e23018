#include "config/spacecraft_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest_name.h"

namespace dl::config {
namespace {

std::string whole_number(std::int64_t minimum, std::int64_t maximum) {
  return fmt::format("a whole number from {} to {}", minimum, maximum);
}

bool is_integer(const TomlNode& node, std::int64_t minimum, std::int64_t maximum) {
  const auto* value = std::get_if<std::int64_t>(&node.value);
  return value != nullptr && *value >= minimum && *value <= maximum;
}

}  // namespace

std::string SpacecraftTable::path(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

void SpacecraftTable::complain(std::string_view key, const std::string& expected, const std::string& found) {
  findings_.add(path(key), fmt::format("expected {}, found {}", expected, found));
}

const TomlNode* SpacecraftTable::take(std::string_view key, bool required, const std::string& expected) {
  known_.push_back(key);
  if (table_ == nullptr) return nullptr;
  const TomlEntry* entry = find(*table_, key);
  if (entry != nullptr) {
    findings_.place(path(key), entry->node.position);
    return &entry->node;
  }
  if (required) complain(key, expected, "nothing");
  return nullptr;
}

std::optional<std::string> SpacecraftTable::text(std::string_view key, bool required, std::string_view expected,
                                                 bool (*is_valid)(std::string_view)) {
  const TomlNode* node = take(key, required, std::string(expected));
  if (node == nullptr) return std::nullopt;
  const auto* value = std::get_if<std::string>(&node->value);
  if (value != nullptr && is_valid(*value)) return *value;
  complain(key, std::string(expected), describe_value(*node));
  return std::nullopt;
}

std::optional<std::int64_t> SpacecraftTable::integer(std::string_view key, bool required, std::int64_t minimum,
                                                     std::int64_t maximum) {
  const std::string expected = whole_number(minimum, maximum);
  const TomlNode* node = take(key, required, expected);
  if (node == nullptr) return std::nullopt;
  if (is_integer(*node, minimum, maximum)) return std::get<std::int64_t>(node->value);
  complain(key, expected, describe_value(*node));
  return std::nullopt;
}

std::optional<bool> SpacecraftTable::boolean(std::string_view key) {
  const std::string expected = "true or false";
  const TomlNode* node = take(key, false, expected);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<bool>(&node->value)) return *value;
  complain(key, expected, describe_value(*node));
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> SpacecraftTable::integers(std::string_view key, bool required,
                                                                   std::int64_t minimum, std::int64_t maximum) {
  const std::string expected = fmt::format("a list, each {}", whole_number(minimum, maximum));
  const TomlNode* node = take(key, required, expected);
  if (node == nullptr) return std::nullopt;
  const auto* list = std::get_if<TomlArray>(&node->value);
  if (list == nullptr) {
    complain(key, expected, describe_value(*node));
    return std::nullopt;
  }
  std::vector<std::int64_t> values;
  for (const TomlNode& element : *list) {
    if (is_integer(element, minimum, maximum)) {
      values.push_back(std::get<std::int64_t>(element.value));
    } else {
      findings_.add(element.position, path(key),
                    fmt::format("expected {}, found {}", whole_number(minimum, maximum), describe_value(element)));
    }
  }
  if (values.size() != list->size()) return std::nullopt;
  return values;
}

std::optional<std::size_t> SpacecraftTable::word(std::string_view key, bool required,
                                                 const std::vector<std::string_view>& words) {
  const std::string expected = fmt::format("\"{}\"", fmt::join(words, "\" or \""));
  const TomlNode* node = take(key, required, expected);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<std::string>(&node->value)) {
    const auto found = std::find(words.begin(), words.end(), *value);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  complain(key, expected, describe_value(*node));
  return std::nullopt;
}

SpacecraftTable SpacecraftTable::table(std::string_view key, bool required) {
  const std::string expected = fmt::format("a table, [{}]", path(key));
  const TomlNode* node = take(key, required, expected);
  if (node == nullptr) return {nullptr, path(key), findings_};
  const auto* table = std::get_if<TomlTable>(&node->value);
  if (table == nullptr) complain(key, expected, describe_value(*node));
  return {table, path(key), findings_};
}

std::vector<SpacecraftTable> SpacecraftTable::tables(std::string_view key) {
  const std::string expected = fmt::format("a list of tables, [[{}]]", path(key));
  const TomlNode* node = take(key, false, expected);
  std::vector<SpacecraftTable> tables;
  if (node == nullptr) return tables;
  const auto* list = std::get_if<TomlArray>(&node->value);
  if (list == nullptr) {
    complain(key, expected, describe_value(*node));
    return tables;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string name = entry_name(path(key), i);
    findings_.place(name, (*list)[i].position);
    const auto* table = std::get_if<TomlTable>(&(*list)[i].value);
    if (table == nullptr) {
      findings_.add(name, fmt::format("expected {}, found {}", expected, describe_value((*list)[i])));
      continue;
    }
    tables.push_back({table, name, findings_});
  }
  return tables;
}

void SpacecraftTable::finish() {
  if (table_ == nullptr) return;
  for (const TomlEntry& entry : *table_) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    findings_.add(entry.position, path(entry.key),
                  fmt::format("expected a key of a link profile, found '{}', which is none{}", entry.key,
                              suggestion(entry.key, known_)));
  }
}

}  // namespace dl::config
