#include "recording/index_record.h"

#include <fmt/format.h>

#include "core/crc.h"

namespace dl::recording {
namespace {

constexpr std::size_t kCheckedBytes = kIndexRecordBytes - 4;

std::uint64_t read_u64(ByteView bytes, std::size_t offset) {
  return (std::uint64_t{read_u32(bytes, offset)} << 32) | read_u32(bytes, offset + 4);
}

void append_u64(Bytes& out, std::uint64_t value) {
  append_u32(out, static_cast<std::uint32_t>(value >> 32));
  append_u32(out, static_cast<std::uint32_t>(value));
}

}  // namespace

void encode_index_record(const Chunk& chunk, std::span<Byte, kIndexRecordBytes> out) {
  Bytes record;
  record.reserve(kIndexRecordBytes);
  append_u64(record, chunk.offset);
  append_u32(record, chunk.size);
  append_u32(record, std::uint32_t{static_cast<std::uint8_t>(chunk.verdict)} << 24 | (chunk.connection & 0xFFFFFFU));
  append_u64(record, static_cast<std::uint64_t>(chunk.received_at.time_since_epoch().count()));
  append_u32(record, chunk.crc32c);
  append_u32(record, crc32c(record));
  std::copy(record.begin(), record.end(), out.begin());
}

std::optional<Chunk> decode_index_record(std::span<const Byte, kIndexRecordBytes> record) {
  const ByteView bytes(record);
  if (crc32c(bytes.first(kCheckedBytes)) != read_u32(bytes, kCheckedBytes)) return std::nullopt;
  Chunk chunk;
  chunk.offset = read_u64(bytes, 0);
  chunk.size = read_u32(bytes, 8);
  const Byte verdict = bytes[12];
  chunk.verdict = verdict <= static_cast<Byte>(Verdict::erred) ? static_cast<Verdict>(verdict) : Verdict::none;
  chunk.connection = read_u24(bytes, 13);
  chunk.received_at = UtcTime(Microseconds(static_cast<std::int64_t>(read_u64(bytes, 16))));
  chunk.crc32c = read_u32(bytes, 24);
  return chunk;
}

std::filesystem::path raw_path(const std::filesystem::path& directory, unsigned number) {
  return directory / fmt::format("rec-{:06}.raw", number);
}

std::filesystem::path index_path(const std::filesystem::path& directory, unsigned number) {
  return directory / fmt::format("rec-{:06}.idx", number);
}

}  // namespace dl::recording
