// One key of the configuration as it is declared in config/schema.h.
#pragma once

#include <string>
#include <string_view>

namespace dl::config {

// What a text or a path must look like, or must be, beyond its C++ type.
enum class Form {
  any,
  name,  // ours: lower-case letters, digits, dashes
  name_or_nothing,
  spacecraft,     // a link profile's name or file
  object_prefix,  // folders of object names
  bucket,
  container,  // of Azure
  account,    // of Azure
  project,
  topic,
  url,
  hook_url,  // with a query
  proxy,
  host_name,
  host_port,  // "host:port", "[::1]:4935"
  word,       // no blanks
  word_or_nothing,
  word_or_rate,  // "send", "pause" or a rate
  secret,        // a path, or "credential:NAME"; not looked for
  host_path,     // need not exist
  file,          // must exist
  directory,     // must exist
  program,       // must exist and be executable
};

// Texts of values are as in the file, without quotation marks: "30 s", "8 MiB", "4", "true". A name may be declared
// more than once in a table, for different kinds.
struct Key {
  std::string_view name = {};
  Form form = Form::any;
  bool required = false;
  std::string_view kind = {};          // a key of entries of this kind only, or of these: "gcs, s3"
  std::string_view initial = {};       // the default; empty: none
  std::string_view initial_note = {};  // says the default in words, where it depends on other things
  std::string_view minimum = {};
  std::string_view maximum = {};
  std::string_view multiple_of = {};
  std::string_view sample = {};  // stands in the sample file, in force
  std::string_view help = {};
};

// Whether `kind` is one of the kinds that Key::kind lists, or it lists none.
constexpr bool is_key_of(std::string_view kinds, std::string_view kind) {
  if (kinds.empty()) return true;
  while (true) {
    const auto comma = kinds.find(", ");
    if (kinds.substr(0, comma) == kind) return true;
    if (comma == std::string_view::npos) return false;
    kinds.remove_prefix(comma + 2);
  }
}

// Of a list of kinds: kind = "gcs" or "s3".
inline std::string kind_condition(std::string_view kinds) {
  std::string text = "kind = \"";
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const bool at_separator = kinds.substr(i, 2) == ", ";
    text += at_separator ? "\" or \"" : std::string(1, kinds[i]);
    if (at_separator) ++i;
  }
  return text + "\"";
}

// A table ("[space]") or a list of tables ("[[source]]").
struct Section {
  std::string_view name = {};
  std::string_view help = {};
  std::string_view sample_comment = {};  // printed in front of a list of which the sample has no entry in force
};

}  // namespace dl::config
