#include "daemon/passes/fill_mark.h"

#include <string_view>

#include "core/file.h"

namespace dl::daemon {
namespace {

constexpr const char* kFile = "fill";
constexpr std::string_view kWanted = "wanted";
constexpr std::string_view kFetched = "fetched";
constexpr std::string_view kGivenUp = "given up: ";
constexpr std::uint64_t kLimitBytes = 64U << 10;

std::string text_of(const FillMark& mark) {
  switch (mark.state) {
    case FillMark::State::wanted:
      return std::string(kWanted);
    case FillMark::State::fetched:
      return std::string(kFetched);
    case FillMark::State::given_up:
      return std::string(kGivenUp) + mark.why;
    case FillMark::State::none:
      break;
  }
  return {};
}

}  // namespace

FillMark read_fill_mark(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory / kFile, error)) return {};
  const auto text = read_text_file(directory / kFile, kLimitBytes);
  const std::string line = text ? text->substr(0, text->find('\n')) : "";
  if (line == kFetched) return {FillMark::State::fetched};
  if (line.starts_with(kGivenUp)) return {FillMark::State::given_up, line.substr(kGivenUp.size())};
  return {FillMark::State::wanted};
}

Result<void> write_fill_mark(const std::filesystem::path& directory, const FillMark& mark) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail_errno("cannot make '" + directory.string() + "'", error.value());
  std::string line = text_of(mark);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return write_file_durably(directory / kFile, as_bytes(line + "\n"));
}

}  // namespace dl::daemon
