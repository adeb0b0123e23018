#include "daemon/ingest/files/last_reception.h"

#include <algorithm>

#include "recording/recording_reader.h"

namespace dl::daemon {
namespace {

// "20260512T115203Z-antenna1" and "20260512T115203Z-antenna1-2" are of "antenna1".
bool is_of_source(const std::string& pass_id, const std::string& source) {
  const std::size_t dash = pass_id.find('-');
  if (dash == std::string::npos) return false;
  const std::string_view rest = std::string_view(pass_id).substr(dash + 1);
  if (!rest.starts_with(source)) return false;
  std::string_view number = rest.substr(source.size());
  if (number.empty()) return true;
  if (!number.starts_with('-')) return false;
  number.remove_prefix(1);
  return !number.empty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<UtcTime> last_reception_in(const std::filesystem::path& pass_directory) {
  const auto reader = recording::RecordingReader::open(pass_directory);
  if (!reader) return std::nullopt;
  std::optional<UtcTime> last;
  for (const recording::Chunk& chunk : reader->chunks()) {
    if (chunk.indexed && chunk.size > 0) last = last ? std::max(*last, chunk.received_at) : chunk.received_at;
  }
  return last;
}

std::optional<UtcTime> last_reception_of(const std::filesystem::path& passes_directory, const std::string& source) {
  std::string newest;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(passes_directory, error)) {
    const std::string id = entry.path().filename().string();
    if (is_of_source(id, source)) newest = std::max(newest, id);
  }
  return newest.empty() ? std::nullopt : last_reception_in(passes_directory / newest);
}

}  // namespace dl::daemon
