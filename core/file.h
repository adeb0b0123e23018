// Files as crash safety needs them: whole reads, durable writes, and the descriptor that closes itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/error.h"

namespace dl {

// Owns a file descriptor. Moved, never copied.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool valid() const { return descriptor_ >= 0; }
  int release() { return std::exchange(descriptor_, -1); }
  void reset();

 private:
  int descriptor_ = -1;
};

// open(2) with O_CLOEXEC; the path stands in the message. `flags` and `mode` as open(2) takes them.
Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0644);

// Writes every byte, over short writes and interrupts. `name` is for the message.
Result<void> write_all(int descriptor, ByteView bytes, std::string_view name);

// Reads up to out.size() bytes at `offset`, over short reads; fewer only at the end of the file.
Result<std::size_t> read_at(int descriptor, std::uint64_t offset, std::span<Byte> out, std::string_view name);

// The whole file. Refuses files over `limit_bytes` (kind exhausted): a configuration is not a disk image.
Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t limit_bytes = 64U << 20);
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes = std::uint64_t{4} << 30);

Result<void> sync_file(int descriptor, std::string_view name);
// fsync of the folder itself, which is what makes a created or renamed name survive a power cut.
Result<void> sync_directory(const std::filesystem::path& directory);

// temporary + fsync + rename + fsync of the folder: a reader sees the old file or the new one, never a piece.
Result<void> write_file_durably(const std::filesystem::path& path, ByteView bytes, unsigned mode = 0644);

// rename(2) followed by fsync of both parent folders.
Result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

// Free for an ordinary user on the file system that holds `path`.
Result<std::uint64_t> available_bytes(const std::filesystem::path& path);

}  // namespace dl
