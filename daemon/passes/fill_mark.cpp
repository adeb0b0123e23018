#include "daemon/passes/fill_mark.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

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
      return mark.whole_bytes == 0 ? std::string(kWanted) : fmt::format("{} {}", kWanted, mark.whole_bytes);
    case FillMark::State::fetched:
      return std::string(kFetched);
    case FillMark::State::given_up:
      return std::string(kGivenUp) + mark.why;
    case FillMark::State::none:
      break;
  }
  return {};
}

// 0 where the line says nothing, or nonsense.
std::uint64_t whole_bytes_of(std::string_view line) {
  if (!line.starts_with(kWanted) || line.size() < kWanted.size() + 2) return 0;
  std::uint64_t bytes = 0;
  const char* const end = line.data() + line.size();
  const auto [read_to, error] = std::from_chars(line.data() + kWanted.size() + 1, end, bytes);
  return error == std::errc{} && read_to == end ? bytes : 0;
}

}  // namespace

FillMark read_fill_mark(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory / kFile, error)) return {};
  const auto text = read_text_file(directory / kFile, kLimitBytes);
  const std::string line = text ? text->substr(0, text->find('\n')) : "";
  if (line == kFetched) return {FillMark::State::fetched};
  if (line.starts_with(kGivenUp)) return {FillMark::State::given_up, 0, line.substr(kGivenUp.size())};
  return {FillMark::State::wanted, whole_bytes_of(line)};
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
