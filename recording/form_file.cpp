#include "recording/form_file.h"

#include <fmt/format.h>

#include "core/file.h"

namespace dl::recording {
namespace {

constexpr std::uint64_t kMostFormBytes = 256;

std::filesystem::path form_path(const std::filesystem::path& directory) {
  return directory / "form";
}

}  // namespace

Result<std::string> read_form(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(form_path(directory), error)) return std::string(kDefaultForm);
  DL_TRY(std::string word, read_text_file(form_path(directory), kMostFormBytes));
  while (!word.empty() && (word.back() == '\n' || word.back() == ' ')) word.pop_back();
  return word;
}

Result<void> write_form(const std::filesystem::path& directory, std::string_view form) {
  DL_TRY(const std::string before, read_form(directory));
  if (before == form) return {};
  return write_file_durably(form_path(directory), as_bytes(fmt::format("{}\n", form)));
}

}  // namespace dl::recording
