// Reads the keys of one table of a link profile, each once, and reports every mistake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/cross_rules.h"
#include "config/toml_tree.h"

namespace dl::config {

class SpacecraftTable {
 public:
  // `name` is "" for the top level, "frame" or "route[0]" below it. `table` is null where the file has none.
  SpacecraftTable(const TomlTable* table, std::string name, Findings& findings)
      : table_(table), name_(std::move(name)), findings_(findings) {}

  // A key that is not there is a mistake if `required`, and gives nothing. So does a value that is not as expected.
  std::optional<std::string> text(std::string_view key, bool required, std::string_view expected,
                                  bool (*is_valid)(std::string_view));
  std::optional<std::int64_t> integer(std::string_view key, bool required, std::int64_t minimum, std::int64_t maximum);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::vector<std::int64_t>> integers(std::string_view key, bool required, std::int64_t minimum,
                                                    std::int64_t maximum);
  // The index of the word.
  std::optional<std::size_t> word(std::string_view key, bool required, const std::vector<std::string_view>& words);

  [[nodiscard]] SpacecraftTable table(std::string_view key, bool required);
  [[nodiscard]] std::vector<SpacecraftTable> tables(std::string_view key);

  [[nodiscard]] bool exists() const { return table_ != nullptr; }
  [[nodiscard]] bool has(std::string_view key) const { return table_ != nullptr && find(*table_, key) != nullptr; }
  // "frame.scid"
  [[nodiscard]] std::string path(std::string_view key) const;

  void complain(std::string_view key, const std::string& expected, const std::string& found);

  // Call when every key has been asked for: complains about the others.
  void finish();

 private:
  const TomlNode* take(std::string_view key, bool required, const std::string& expected);

  const TomlTable* table_;
  std::string name_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

}  // namespace dl::config
