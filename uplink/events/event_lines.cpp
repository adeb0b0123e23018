#include "uplink/events/event_lines.h"

#include <algorithm>
#include <fstream>

#include <fcntl.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace dl::uplink {

using Json = nlohmann::ordered_json;

Result<std::string> event_line(const spool::Announcement& event) {
  const Json attributes = Json::parse(event.attributes_json, nullptr, false);
  const Json data = event.payload.empty() ? Json() : Json::parse(event.payload, nullptr, false);
  if (attributes.is_discarded() || data.is_discarded()) {
    return fail(ErrorKind::permanent, fmt::format("event '{}' has {} that are not JSON", event.event_id,
                                                  data.is_discarded() ? "data" : "attributes"));
  }
  const Json line{{"id", event.event_id},
                  {"type", event.type},
                  {"time", format_utc(event.created_at)},
                  {"scene_id", event.scene_id},
                  {"pass_id", event.pass_id},
                  {"ordering_key", event.ordering_key},
                  {"attributes", attributes},
                  {"data", data}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Where the last `lines` complete lines of the file begin.
Result<std::uint64_t> start_of_last_lines(int descriptor, std::uint64_t size, std::size_t lines,
                                          const std::string& name) {
  Bytes block(std::size_t{64} * 1024);
  std::size_t newlines = 0;
  std::uint64_t end = size;
  while (end > 0) {
    const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
    const auto wanted = static_cast<std::size_t>(end - begin);
    DL_TRY(const std::size_t got, read_at(descriptor, begin, std::span(block).first(wanted), name));
    for (std::size_t i = got; i > 0; --i) {
      // The newline that ends the last line comes first; one more than `lines` ends the line before them.
      if (block[i - 1] == '\n' && newlines++ == lines) return begin + i;
    }
    end = begin;
  }
  return std::uint64_t{0};
}

Result<std::uint64_t> size_without_torn_line(int descriptor, std::uint64_t size, const std::string& name) {
  Bytes block(std::size_t{64} * 1024);
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
    const auto wanted = static_cast<std::size_t>(end - begin);
    DL_TRY(const std::size_t got, read_at(descriptor, begin, std::span(block).first(wanted), name));
    const auto newline = std::find(block.rend() - static_cast<std::ptrdiff_t>(got), block.rend(), Byte{'\n'});
    if (newline != block.rend()) return begin + static_cast<std::uint64_t>(block.rend() - newline);
    end = begin;
  }
  return std::uint64_t{0};
}

Result<std::size_t> for_last_events(const std::filesystem::path& file, std::size_t lines,
                                    const std::function<void(const std::string& id, std::uint64_t offset)>& take) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory) return std::size_t{0};
  if (error) return fail_errno(fmt::format("size of '{}'", file.string()), error.value());
  DL_TRY(const FileDescriptor descriptor, open_file(file, O_RDONLY));
  DL_TRY(std::uint64_t offset, start_of_last_lines(descriptor.get(), size, lines, file.string()));
  // Line by line: an event may be a megabyte, and there may be a thousand.
  std::ifstream input(file, std::ios::binary);
  input.seekg(static_cast<std::streamoff>(offset));
  std::size_t seen = 0;
  for (std::string text; std::getline(input, text); offset += text.size() + 1, ++seen) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_object() && json.contains("id") && json["id"].is_string()) take(json["id"].get<std::string>(), offset);
  }
  if (input.bad()) return fail(ErrorKind::io, fmt::format("cannot read '{}'", file.string()));
  return seen;
}

}  // namespace dl::uplink
