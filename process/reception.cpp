#include "process/reception.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "config/words.h"
#include "process/standard_input.h"
#include "recording/form_file.h"

namespace dl::process {
namespace {

constexpr std::size_t kBlockBytes = 1U << 20;

link::StationVerdict verdict_of(recording::Verdict verdict) {
  switch (verdict) {
    case recording::Verdict::good:
      return link::StationVerdict::good;
    case recording::Verdict::erred:
      return link::StationVerdict::erred;
    case recording::Verdict::none:
      break;
  }
  return link::StationVerdict::none;
}

}  // namespace

Result<link::InputForm> recorded_form(const std::filesystem::path& directory) {
  DL_TRY(const std::string word, recording::read_form(directory));
  return form_of(word, directory);
}

Result<link::InputForm> form_of(const std::string& word, const std::filesystem::path& directory) {
  for (const auto& [name, form] : config::Words<link::InputForm>::list) {
    if (name == word) return form;
  }
  return fail(ErrorKind::config, fmt::format("the recording '{}' says that its form is '{}', which this program does "
                                             "not know; was it made by a newer one?",
                                             directory.string(), word));
}

std::vector<std::filesystem::path> receptions_in(const std::filesystem::path& directory) {
  const auto has_bytes = [](const std::filesystem::path& folder) {
    const auto reader = recording::RecordingReader::open(folder);
    return reader && !reader->chunks().empty();
  };
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_directory(error) && has_bytes(entry.path())) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  // Where nothing is beside it, its own reader says that it is empty.
  if (found.empty() || has_bytes(directory)) found.insert(found.begin(), directory);
  return found;
}

Arrival ArrivalCursor::at(const std::vector<recording::Chunk>& chunks, std::uint64_t offset) {
  while (chunk_ + 1 < chunks.size() && chunks[chunk_].end() <= offset) ++chunk_;
  if (chunks.empty()) return {UINT64_MAX, UtcTime{}, link::StationVerdict::none};
  const recording::Chunk& chunk = chunks[chunk_];
  return {chunk.end() > offset ? chunk.end() : UINT64_MAX, chunk.received_at, verdict_of(chunk.verdict)};
}

Result<Reception> Reception::open(const std::filesystem::path& path, std::optional<UtcTime> received_at) {
  Reception reception;
  reception.path_ = path;
  if (std::filesystem::is_directory(path)) {
    DL_TRY(auto recording, recording::RecordingReader::open(path));
    if (recording.chunks().empty()) {
      return fail(ErrorKind::io, fmt::format("'{}' holds no recording (rec-000001.raw with its index)", path.string()));
    }
    DL_TRY(reception.form_, recorded_form(path));
    reception.received_at_ = received_at.value_or(recording.chunks().front().received_at);
    reception.recording_ = std::make_unique<recording::RecordingReader>(std::move(recording));
    reception.size_bytes_ = reception.recording_->size_bytes();
    return reception;
  }
  DL_TRY(reception.file_, path == "-" ? standard_input_file() : open_file(path, O_RDONLY));
  struct stat status {};
  if (::fstat(reception.file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorKind::io, fmt::format("'{}' is not a file", path.string()));
  }
  reception.size_bytes_ = static_cast<std::uint64_t>(status.st_size);
  reception.received_at_ = received_at.value_or(UtcTime{Seconds{status.st_mtim.tv_sec}});
  reception.assumed_ = !received_at;
  return reception;
}

Result<Reception::Piece> Reception::next() {
  if (done_ == block_.size()) DL_CHECK(fill());
  Piece piece{ByteView(block_).subspan(done_), received_at_, link::StationVerdict::none, missing_};
  if (recording_ && !missing_ && !piece.bytes.empty()) {
    const std::uint64_t at = offset_ - piece.bytes.size();
    const Arrival arrival = arrivals_.at(recording_->chunks(), at);
    piece.received_at = arrival.received_at;
    piece.station = arrival.station;
    if (arrival.end - at < piece.bytes.size()) piece.bytes = piece.bytes.first(arrival.end - at);
  }
  done_ += piece.bytes.size();
  return piece;
}

void Reception::rewind() {
  arrivals_ = {};
  block_.clear();
  done_ = 0;
  offset_ = 0;
  missing_ = false;
}

// The next block: all of a stretch that a power cut took, or none of it.
Result<void> Reception::fill() {
  std::uint64_t border = offset_ + kBlockBytes;
  missing_ = false;
  if (recording_) {
    for (const recording::MissingStretch& stretch : recording_->missing()) {
      if (stretch.end() <= offset_) continue;
      missing_ = stretch.offset <= offset_;
      border = std::min(border, missing_ ? stretch.end() : stretch.offset);
      break;
    }
  }
  done_ = 0;
  block_.resize(static_cast<std::size_t>(border - offset_));
  const auto count =
      recording_ ? recording_->read(offset_, block_) : read_at(file_.get(), offset_, block_, path_.string());
  block_.resize(count ? *count : 0);
  if (!count) return tl::unexpected(count.error());
  offset_ += *count;
  return {};
}

}  // namespace dl::process
