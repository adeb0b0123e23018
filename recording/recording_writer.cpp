#include "recording/recording_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "core/crc.h"
#include "recording/recording_reader.h"

namespace dl::recording {
namespace {

Result<void> truncate_file(int descriptor, std::uint64_t size, const std::filesystem::path& path) {
  if (::ftruncate(descriptor, static_cast<off_t>(size)) == 0) return {};
  return fail_errno(fmt::format("cannot cut '{}' to {} bytes", path.string(), size), errno);
}

// How many records stand in the index up to and with the one of the chunk at `offset`.
Result<std::uint64_t> records_up_to(const std::filesystem::path& index, std::uint64_t offset) {
  DL_TRY(const Bytes records, read_file(index));
  for (std::size_t at = 0; at + kIndexRecordBytes <= records.size(); at += kIndexRecordBytes) {
    const auto chunk =
        decode_index_record(std::span<const Byte, kIndexRecordBytes>(records.data() + at, kIndexRecordBytes));
    if (chunk && chunk->size > 0 && chunk->offset == offset) return at / kIndexRecordBytes + 1;
  }
  return fail(ErrorKind::corrupt,
              fmt::format("'{}' has no record for offset {}, expected one", index.string(), offset));
}

}  // namespace

Result<RecordingWriter> RecordingWriter::open(const std::filesystem::path& directory, const WriterOptions& options) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) {
    DL_CHECK(sync_directory(directory.parent_path()));
  } else if (error) {
    return fail_errno(fmt::format("cannot make the folder '{}'", directory.string()), error.value());
  }
  if (!options.form.empty()) DL_CHECK(write_form(directory, options.form));
  RecordingWriter writer(directory, options);
  DL_CHECK(writer.recover());
  return writer;
}

Result<void> RecordingWriter::recover() {
  DL_TRY(RecordingReader reader, RecordingReader::open(directory_));
  const auto files = static_cast<unsigned>(reader.parts_.size());
  if (files == 0 || std::filesystem::exists(raw_path(directory_, files + 1))) {
    size_bytes_ = reader.size_bytes();
    if (!reader.chunks().empty()) recovered_.last_connection = reader.chunks().back().connection;
    recovered_.size_bytes = synced_bytes_ = size_bytes_;
    return start_file(files + 1);
  }

  number_ = files;
  file_start_ = reader.parts_.back().start;
  std::size_t kept = reader.chunks().size();
  Bytes buffer;
  // Only what trails is cut. A bad chunk with a good one behind it stays: its neighbours are worth more than its hole.
  while (kept > 0 && reader.chunks()[kept - 1].offset >= file_start_) {
    const Chunk& chunk = reader.chunks()[kept - 1];
    buffer.resize(chunk.indexed ? chunk.size : 0);
    DL_TRY(const std::size_t count, reader.read(chunk.offset, buffer));
    if (chunk.indexed && count == chunk.size && crc32c(buffer) == chunk.crc32c) break;
    --kept;
  }
  if (kept > 0) {
    size_bytes_ = reader.chunks()[kept - 1].end();
    recovered_.last_connection = reader.chunks()[kept - 1].connection;
  }
  DL_TRY(const std::uint64_t unindexed, reader.unindexed_bytes());
  recovered_.torn_bytes = reader.size_bytes() - size_bytes_ + unindexed;
  recovered_.size_bytes = synced_bytes_ = size_bytes_;
  // Nothing in it is kept: begun anew, since it may lack the record that says where it begins.
  if (size_bytes_ == file_start_) return start_file(number_);

  DL_TRY(index_records_, records_up_to(index_path(directory_, number_), reader.chunks()[kept - 1].offset));
  DL_TRY(raw_, open_file(raw_path(directory_, number_), O_WRONLY | O_APPEND));
  DL_TRY(index_, open_file(index_path(directory_, number_), O_WRONLY | O_APPEND));
  DL_CHECK(cut_back());
  writeback_end_ = size_bytes_ - file_start_;
  return sync();
}

Result<void> RecordingWriter::start_file(unsigned number) {
  std::uint64_t start = size_bytes_;
  if (untrusted_) {
    // A chunk that could not be cut off stays in the old file, and readers count the whole file.
    struct stat status {};
    if (::fstat(raw_.get(), &status) != 0) return fail_errno("cannot examine the file before", errno);
    start = file_start_ + static_cast<std::uint64_t>(status.st_size);
  }
  // The index first: a reader takes the next .raw as the sign that the file before it is complete.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_TRUNC;
  DL_TRY(FileDescriptor index, open_file(index_path(directory_, number), kFlags));
  if (number > 1) {
    // A power cut may leave the file before this one shorter than it looks now.
    std::array<Byte, kIndexRecordBytes> record{};
    encode_index_record({.offset = start}, record);
    DL_CHECK(write_all(index.get(), record, index_path(directory_, number).string()));
    DL_CHECK(sync_file(index.get(), index_path(directory_, number).string()));
  }
  DL_TRY(FileDescriptor raw, open_file(raw_path(directory_, number), kFlags));
  DL_CHECK(sync_directory(directory_));
  release_reserve();
  size_bytes_ = start;
  raw_ = std::move(raw);
  index_ = std::move(index);
  number_ = number;
  file_start_ = size_bytes_;
  writeback_end_ = 0;
  index_records_ = number > 1 ? 1 : 0;
  untrusted_ = false;
  return {};
}

Result<void> RecordingWriter::append(ByteView& bytes, UtcTime received_at, std::uint32_t connection, Verdict verdict) {
  while (!bytes.empty()) {
    const bool full = size_bytes_ - file_start_ >= options_.file_size_bytes;
    if (full && !untrusted_) DL_CHECK(sync());
    if (full || untrusted_) DL_CHECK(start_file(number_ + 1));
    const ByteView chunk = bytes.first(std::min<std::size_t>(bytes.size(), kMostChunkBytes));
    DL_CHECK(append_chunk(chunk, received_at, connection, verdict));
    bytes = bytes.subspan(chunk.size());
    if (size_bytes_ - synced_bytes_ >= kMostUnsyncedBytes) DL_CHECK(sync());
  }
  return {};
}

Result<void> RecordingWriter::append_chunk(ByteView bytes, UtcTime received_at, std::uint32_t connection,
                                           Verdict verdict) {
  const Chunk chunk{
      size_bytes_, static_cast<std::uint32_t>(bytes.size()), connection, verdict, received_at, crc32c(bytes), true};
  std::array<Byte, kIndexRecordBytes> record{};
  encode_index_record(chunk, record);
  reserve(size_bytes_ - file_start_ + bytes.size());
  auto written = write_all(raw_.get(), bytes, raw_path(directory_, number_).string());
  if (written) written = write_all(index_.get(), record, index_path(directory_, number_).string());
  if (!written) {
    // Half a chunk must not stay in front of the next one. When even cutting fails, go on in a new file.
    untrusted_ = !cut_back().has_value();
    return written;
  }
  size_bytes_ += bytes.size();
  ++index_records_;
  start_writeback();
  return {};
}

// So that a sync finds little left to wait for. What comes of it is told by the sync.
void RecordingWriter::start_writeback() {
  constexpr std::uint64_t kStretchBytes = 1U << 20;
  const std::uint64_t end = size_bytes_ - file_start_;
  if (end < writeback_end_ + kStretchBytes) return;
  (void)::sync_file_range(raw_.get(), static_cast<off64_t>(writeback_end_), static_cast<off64_t>(end - writeback_end_),
                          SYNC_FILE_RANGE_WRITE);
  writeback_end_ = end;
}

RecordingWriter::~RecordingWriter() {
  release_reserve();
}

void RecordingWriter::reserve(std::uint64_t size_bytes) {
  if (size_bytes <= reserved_bytes_) return;
  // Whether it succeeds changes nothing about what follows: a full disk or a file system that cannot do it is told of
  // by the write. Not asked again for every chunk.
  (void)::fallocate(raw_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_bytes), static_cast<off_t>(kReserveBytes));
  reserved_bytes_ = size_bytes + kReserveBytes;
}

void RecordingWriter::release_reserve() {
  // Cutting a file at its end gives back what is allocated behind it.
  struct stat status {};
  if (raw_.get() >= 0 && reserved_bytes_ > 0 && ::fstat(raw_.get(), &status) == 0) {
    (void)!::ftruncate(raw_.get(), status.st_size);
  }
  reserved_bytes_ = 0;
}

Result<void> RecordingWriter::cut_back() {
  DL_CHECK(truncate_file(raw_.get(), size_bytes_ - file_start_, raw_path(directory_, number_)));
  return truncate_file(index_.get(), index_records_ * kIndexRecordBytes, index_path(directory_, number_));
}

Result<void> RecordingWriter::sync() {
  if (untrusted_) {
    return fail(ErrorKind::io, fmt::format("cannot sync '{}': a write or a sync of it failed before",
                                           raw_path(directory_, number_).string()));
  }
  for (const int descriptor : {raw_.get(), index_.get()}) {
    if (::fdatasync(descriptor) == 0) continue;
    const int error = errno;
    // The kernel may have dropped the pages and forgotten the error: a second try would prove nothing.
    untrusted_ = true;
    return fail_errno(fmt::format("cannot fdatasync '{}'", raw_path(directory_, number_).string()), error);
  }
  synced_bytes_ = size_bytes_;
  return {};
}

}  // namespace dl::recording
