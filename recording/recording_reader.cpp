#include "recording/recording_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/crc.h"

namespace dl::recording {
namespace {

Result<std::uint64_t> file_size(int descriptor, std::string_view name) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail_errno(fmt::format("cannot examine '{}'", name), errno);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Result<RecordingReader> RecordingReader::open(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    return fail(ErrorKind::io, fmt::format("no recording at '{}': expected a folder", directory.string()));
  }
  RecordingReader reader(directory);
  DL_CHECK(reader.refresh());
  return reader;
}

Result<void> RecordingReader::refresh() {
  if (parts_.empty()) {
    DL_TRY(const bool first, open_part());
    if (!first) return {};
  }
  while (true) {
    // Asked before the index is read: once the next file exists, nothing more comes into this one.
    std::error_code ignored;
    const bool complete =
        std::filesystem::exists(raw_path(directory_, static_cast<unsigned>(parts_.size()) + 1), ignored);
    DL_CHECK(read_index(parts_.back()));
    if (!complete) return {};
    DL_TRY(const std::uint64_t size, raw_size(parts_.back()));
    if (parts_.back().start + size > size_bytes()) ++damaged_index_records_;
    cover_up_to(parts_.back().start + size);
    DL_TRY(const bool opened, open_part());
    if (!opened) return {};
  }
}

// False when the file or its index is not there yet.
Result<bool> RecordingReader::open_part() {
  const auto number = static_cast<unsigned>(parts_.size()) + 1;
  std::error_code ignored;
  if (!std::filesystem::exists(index_path(directory_, number), ignored) ||
      !std::filesystem::exists(raw_path(directory_, number), ignored)) {
    return false;
  }
  Part part;
  DL_TRY(part.raw, open_file(raw_path(directory_, number), O_RDONLY));
  DL_TRY(part.index, open_file(index_path(directory_, number), O_RDONLY));
  part.start = size_bytes();
  parts_.push_back(std::move(part));
  return true;
}

Result<std::uint64_t> RecordingReader::raw_size(const Part& part) const {
  return file_size(part.raw.get(), directory_.string());
}

Result<void> RecordingReader::read_index(Part& part) {
  DL_TRY(const std::uint64_t index_size, file_size(part.index.get(), directory_.string()));
  const std::uint64_t records = index_size / kIndexRecordBytes;
  if (records <= part.records_read) return {};
  DL_TRY(const std::uint64_t raw_bytes, raw_size(part));

  Bytes buffer(static_cast<std::size_t>((records - part.records_read) * kIndexRecordBytes));
  DL_TRY(const std::size_t count,
         read_at(part.index.get(), part.records_read * kIndexRecordBytes, buffer, directory_.string()));
  const std::uint64_t first = part.records_read;
  for (std::size_t at = 0; at + kIndexRecordBytes <= count; at += kIndexRecordBytes) {
    const auto chunk =
        decode_index_record(std::span<const Byte, kIndexRecordBytes>(buffer.data() + at, kIndexRecordBytes));
    const std::uint64_t number = first + at / kIndexRecordBytes;
    if (chunk && number == 0) begin_part_at(part, chunk->offset);
    // A bad record at the end may still be on its way; one with a good one behind it is damaged for good.
    if (!chunk || chunk->offset < size_bytes() || chunk->end() > part.start + raw_bytes) continue;
    damaged_index_records_ += number - part.records_read;
    part.records_read = number + 1;
    if (chunk->size == 0) continue;
    cover_up_to(chunk->offset);
    chunks_.push_back(*chunk);
  }
  return {};
}

// The file's own first record says where it begins. What the files before it lack up to there did not reach the disk.
void RecordingReader::begin_part_at(Part& part, std::uint64_t offset) {
  if (parts_.size() == 1 || offset <= size_bytes()) return;
  missing_.push_back({size_bytes(), offset - size_bytes()});
  cover_up_to(offset);
  part.start = offset;
}

void RecordingReader::cover_up_to(std::uint64_t offset) {
  while (size_bytes() < offset) {
    Chunk gap;
    gap.indexed = false;
    gap.offset = size_bytes();
    gap.size = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(offset - gap.offset, std::numeric_limits<std::uint32_t>::max()));
    if (!chunks_.empty()) {
      gap.received_at = chunks_.back().received_at;
      gap.connection = chunks_.back().connection;
    }
    chunks_.push_back(gap);
  }
}

Result<std::uint64_t> RecordingReader::unindexed_bytes() const {
  if (parts_.empty()) return 0;
  DL_TRY(const std::uint64_t size, raw_size(parts_.back()));
  return parts_.back().start + size - size_bytes();
}

Result<std::size_t> RecordingReader::read(std::uint64_t offset, std::span<Byte> out) const {
  std::size_t done = 0;
  while (done < out.size() && offset < size_bytes()) {
    const auto gap = std::find_if(missing_.begin(), missing_.end(),
                                  [offset](const MissingStretch& stretch) { return stretch.end() > offset; });
    if (gap != missing_.end() && gap->offset <= offset) {
      const auto zeros = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, gap->end() - offset));
      std::ranges::fill(out.subspan(done, zeros), Byte{0});
      done += zeros;
      offset += zeros;
      continue;
    }
    const auto next = std::upper_bound(parts_.begin(), parts_.end(), offset,
                                       [](std::uint64_t value, const Part& part) { return value < part.start; });
    const Part& part = *std::prev(next);
    std::uint64_t end = next == parts_.end() ? size_bytes() : next->start;
    if (gap != missing_.end()) end = std::min(end, gap->offset);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - done, end - offset));
    DL_TRY(const std::size_t count,
           read_at(part.raw.get(), offset - part.start, out.subspan(done, wanted), directory_.string()));
    if (count < wanted) {
      return fail(ErrorKind::io, fmt::format("recording '{}' ends at byte {}, expected {} bytes as its index says",
                                             directory_.string(), offset + count, size_bytes()));
    }
    done += count;
    offset += count;
  }
  return done;
}

Result<std::vector<std::size_t>> RecordingReader::verify(std::uint64_t from) const {
  std::vector<std::size_t> bad;
  Bytes buffer;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const Chunk& chunk = chunks_[i];
    if (chunk.end() <= from || !chunk.indexed) continue;
    buffer.resize(chunk.size);
    DL_TRY(const std::size_t count, read(chunk.offset, buffer));
    if (count != chunk.size || crc32c(buffer) != chunk.crc32c) bad.push_back(i);
  }
  return bad;
}

}  // namespace dl::recording
