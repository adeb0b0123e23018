// A TOML document as a tree of plain values with positions. The only file that knows toml++ for the configuration is
// toml_tree.cpp, where its exceptions end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace dl::config {

struct Position {
  std::size_t line = 0;  // 1-based; 0: nowhere in the file
  std::size_t column = 0;
};

struct TomlNode;
struct TomlEntry;
using TomlArray = std::vector<TomlNode>;
using TomlTable = std::vector<TomlEntry>;  // in the order of the file

// An offset date-time, local date-time, date or time, as written.
struct TomlTime {
  std::string text;
};

struct TomlNode {
  Position position;
  std::variant<std::string, std::int64_t, double, bool, TomlTime, TomlArray, TomlTable> value;
};

struct TomlEntry {
  std::string key;
  Position position;  // of the key
  TomlNode node;
};

struct TomlProblem {
  Position position;
  std::string message;
};

const TomlEntry* find(const TomlTable& table, std::string_view key);

// What stands there, for "found …": "the text 'abc'", "the whole number 30", "a table".
std::string describe_value(const TomlNode& node);

tl::expected<TomlTable, TomlProblem> parse_toml(std::string_view text);

}  // namespace dl::config
