// Rules that concern more than one key.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/load.h"
#include "config/toml_tree.h"

namespace dl::config {

// Errors as they are found, with what is needed to place later ones.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  // Remembers where a key (or a whole entry, "source[0]") stands.
  void place(const std::string& key, Position position) { places_.emplace(key, position); }
  // Where the key stands, or else the entry or table that it belongs to.
  [[nodiscard]] Position place_of(const std::string& key) const;

  void add(Position position, const std::string& key, std::string message);
  void add(const std::string& key, std::string message) { add(place_of(key), key, std::move(message)); }
  // Whether there is an error about this key already: rules do not complain about what follows from another error.
  [[nodiscard]] bool failed(const std::string& key) const { return failed_.contains(key); }

  // In the order of the file.
  [[nodiscard]] std::vector<ConfigError> take();

 private:
  std::string file_;
  std::map<std::string, Position, std::less<>> places_;
  std::set<std::string, std::less<>> failed_;
  std::vector<ConfigError> errors_;
};

// "source[0]"
std::string entry_name(std::string_view list, std::size_t index);

// In the order of the file; one that is malformed is reported at its own place.
void check_bandwidth(const Bandwidth& bandwidth, const BandwidthRules& rules, Findings& findings);

// Of [[source]] (config/source_rules.cpp).
void check_sources(const Config& config, const std::vector<std::string>& spacecraft_names, Findings& findings);

void check_rules(const Config& config, const std::vector<std::string>& spacecraft_names, Findings& findings);

}  // namespace dl::config
