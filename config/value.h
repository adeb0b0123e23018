// From a value in the file to a typed value and back, one set of overloads per type that a Config member can have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "config/config.h"
#include "config/key.h"
#include "config/toml_tree.h"
#include "config/words.h"

namespace dl::config {

// What was found in place of what a key expects.
struct Mismatch {
  Position position;  // of the value, or of the bad element of a list
  std::string found;
};
using Decoded = std::optional<Mismatch>;  // nullopt: the value is good and stored

// `base` is the folder that relative paths count from. On a mismatch `out` is unchanged.
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::string& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, bool& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, unsigned& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::uint64_t& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, Milliseconds& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, UtcTime& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::filesystem::path& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, ListenAddress& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::vector<PeerNetwork>& out);
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::vector<std::string>& out);

// The whole requirement in words: "a duration from 1 s to 1 h, such as \"30 s\"". The pointer only carries the type.
std::string expectation(const Key& key, const std::string* type);
std::string expectation(const Key& key, const bool* type);
std::string expectation(const Key& key, const unsigned* type);
std::string expectation(const Key& key, const std::uint64_t* type);
std::string expectation(const Key& key, const Milliseconds* type);
std::string expectation(const Key& key, const UtcTime* type);
std::string expectation(const Key& key, const std::filesystem::path* type);
std::string expectation(const Key& key, const ListenAddress* type);
std::string expectation(const Key& key, const std::vector<PeerNetwork>* type);
std::string expectation(const Key& key, const std::vector<std::string>* type);

// As TOML.
std::string to_toml(const std::string& value);
std::string to_toml(bool value);
std::string to_toml(unsigned value);
std::string to_toml(std::uint64_t size_bytes);
std::string to_toml(Milliseconds duration);
std::string to_toml(UtcTime time);
std::string to_toml(const std::filesystem::path& path);
std::string to_toml(const ListenAddress& address);
std::string to_toml(const std::vector<PeerNetwork>& networks);
std::string to_toml(const std::vector<std::string>& texts);

template <class Enum>
requires std::is_enum_v<Enum> Decoded decode(const TomlNode& node, const Key&, const std::filesystem::path&,
                                             Enum& out) {
  if (const auto* text = std::get_if<std::string>(&node.value)) {
    for (const auto& [word, value] : Words<Enum>::list) {
      if (word != *text) continue;
      out = value;
      return std::nullopt;
    }
  }
  return Mismatch{node.position, describe_value(node)};
}

template <class Enum>
requires std::is_enum_v<Enum> std::string expectation(const Key&, const Enum*) {
  std::string words;
  const auto& list = Words<Enum>::list;
  for (std::size_t i = 0; i < list.size(); ++i)
    words += fmt::format("{}\"{}\"", i == 0 ? "" : i + 1 == list.size() ? " or " : ", ", list[i].first);
  return words;
}

template <class Enum>
requires std::is_enum_v<Enum> std::string to_toml(Enum value) {
  return fmt::format("\"{}\"", word_of(value));
}

template <class T>
Decoded decode(const TomlNode& node, const Key& key, const std::filesystem::path& base, std::optional<T>& out) {
  T value;
  auto mismatch = decode(node, key, base, value);
  if (!mismatch) out = std::move(value);
  return mismatch;
}
template <class T>
std::string expectation(const Key& key, const std::optional<T>*) {
  return expectation(key, static_cast<const T*>(nullptr));
}

// "30 s", "1.5 h": ms, s, min, h, d. nullopt when it is no duration or no whole number of milliseconds.
std::optional<Milliseconds> parse_duration(std::string_view text);
// "8 MiB", "512 B": B, KiB, MiB, GiB, TiB. nullopt when it is no size or no whole number of bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
// In the largest unit that divides it: "90 s", "8 MiB".
std::string format_duration(Milliseconds duration);
std::string format_size(std::uint64_t size_bytes);

// The node that the text of a default or sample stands for in a key of type T; its position is nowhere.
TomlNode node_of(std::string_view text, const bool* type);
TomlNode node_of(std::string_view text, const unsigned* type);
TomlNode node_of(std::string_view text, const std::vector<PeerNetwork>* type);
TomlNode node_of(std::string_view text, const std::vector<std::string>* type);
template <class T>
TomlNode node_of(std::string_view text, const T*) {
  return {{}, std::string(text)};
}

}  // namespace dl::config
