#include "core/file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

namespace dl {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void FileDescriptor::reset() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return fail_errno(fmt::format("cannot open '{}'", path.string()), errno);
  return FileDescriptor(descriptor);
}

Result<void> write_all(int descriptor, ByteView bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail_errno(fmt::format("cannot write {} bytes to '{}'", bytes.size(), name), errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::size_t> read_at(int descriptor, std::uint64_t offset, std::span<Byte> out, std::string_view name) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        ::pread(descriptor, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail_errno(fmt::format("cannot read '{}' at {}", name, offset + done), errno);
    }
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

namespace {

template <class Container>
Result<Container> read_whole(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  DL_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(fmt::format("cannot examine '{}'", path.string()), errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::io, fmt::format("'{}' is not a file", path.string()));
  if (static_cast<std::uint64_t>(status.st_size) > limit_bytes) {
    return fail(ErrorKind::exhausted, fmt::format("'{}' has {} bytes, expected at most {}", path.string(),
                                                  status.st_size, limit_bytes));
  }
  Container content;
  content.resize(static_cast<std::size_t>(status.st_size));
  DL_TRY(const std::size_t count,
         read_at(file.get(), 0, {reinterpret_cast<Byte*>(content.data()), content.size()}, path.string()));
  content.resize(count);
  return content;
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  return read_whole<std::string>(path, limit_bytes);
}
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  return read_whole<Bytes>(path, limit_bytes);
}

Result<void> sync_file(int descriptor, std::string_view name) {
  // After a failed fsync the kernel may have dropped the pages: never tried twice, the file is not to be trusted.
  if (::fsync(descriptor) != 0) return fail_errno(fmt::format("cannot fsync '{}'", name), errno);
  return {};
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory.empty() ? std::filesystem::path(".") : directory;
  DL_TRY(const FileDescriptor descriptor, open_file(path, O_RDONLY | O_DIRECTORY));
  return sync_file(descriptor.get(), path.string());
}

Result<void> write_file_durably(const std::filesystem::path& path, ByteView bytes, unsigned mode) {
  std::filesystem::path temporary = path;
  temporary += ".part";
  {
    DL_TRY(const FileDescriptor file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode));
    DL_CHECK(write_all(file.get(), bytes, temporary.string()));
    DL_CHECK(sync_file(file.get(), temporary.string()));
  }
  return rename_durably(temporary, path);
}

Result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return fail_errno(fmt::format("cannot rename '{}' to '{}'", from.string(), to.string()), errno);
  }
  DL_CHECK(sync_directory(to.parent_path()));
  if (from.parent_path() != to.parent_path()) DL_CHECK(sync_directory(from.parent_path()));
  return {};
}

Result<std::uint64_t> available_bytes(const std::filesystem::path& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) {
    return fail_errno(fmt::format("cannot ask for the free space at '{}'", path.string()), errno);
  }
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace dl
