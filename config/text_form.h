// The forms that a text in the configuration can be asked to have.
#pragma once

#include <string_view>

#include "config/key.h"

namespace dl::config {

// Whether the text has the form. Forms of paths accept every text: the file system is asked elsewhere.
bool matches(Form form, std::string_view text);

// "a name (lower-case letters, digits and dashes, at most 40)", for "expected …" and the manual.
std::string_view form_text(Form form);

}  // namespace dl::config
