// In what form the bytes of a recording are, where they are not a stream of bits with markers:
// docs/formats/recording.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace dl::recording {

inline constexpr std::string_view kDefaultForm = "bits";

// The word in the file "form" of the recording's folder; kDefaultForm where there is none. Kind io.
Result<std::string> read_form(const std::filesystem::path& directory);

// Durable on return. Nothing is written for kDefaultForm, nor where the word is there already. Kinds: exhausted, io.
Result<void> write_form(const std::filesystem::path& directory, std::string_view form);

}  // namespace dl::recording
