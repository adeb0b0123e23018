// One key of the configuration as it is declared in config/schema.h.
#pragma once

#include <string_view>

namespace dl::config {

// What a text or a path must look like, or must be, beyond its C++ type.
enum class Form {
  any,
  name,           // ours: lower-case letters, digits, dashes
  name_or_nothing,
  spacecraft,     // a link profile's name or file
  object_prefix,  // folders of object names
  bucket,
  project,
  topic,
  url,
  host_path,  // need not exist
  file,       // must exist
  directory,  // must exist
  program,    // must exist and be executable
};

// Texts of values are as in the file, without quotation marks: "30 s", "8 MiB", "4", "true".
struct Key {
  std::string_view name = {};
  Form form = Form::any;
  bool required = false;
  std::string_view kind = {};          // a key of entries of this kind only
  std::string_view initial = {};       // the default; empty: none
  std::string_view initial_note = {};  // says the default in words, where it depends on other things
  std::string_view minimum = {};
  std::string_view maximum = {};
  std::string_view multiple_of = {};
  std::string_view sample = {};  // stands in the sample file, in force
  std::string_view help = {};
};

// A table ("[space]") or a list of tables ("[[source]]").
struct Section {
  std::string_view name = {};
  std::string_view help = {};
  std::string_view sample_comment = {};  // printed in front of a list of which the sample has no entry in force
};

}  // namespace dl::config
