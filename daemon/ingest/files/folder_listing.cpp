#include "daemon/ingest/files/folder_listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <memory>
#include <tuple>

#include <fmt/format.h>

#include "core/sha256.h"

namespace dl::daemon {

UtcTime FolderFile::modified_at() const {
  return UtcTime(std::chrono::floor<Microseconds>(std::chrono::nanoseconds(modified_ns)));
}

std::string FolderFile::mark() const {
  constexpr std::size_t kDigits = 12;
  return sha256_hex(as_bytes(fmt::format("{}/{}/{}", name, size_bytes, modified_ns))).substr(0, kDigits);
}

bool counts(const std::string& name, const std::string& pattern) {
  if (name.empty() || name.front() == '.') return false;
  for (const std::string_view unfinished : {".part", ".partial", ".filepart", ".tmp"}) {
    if (name.ends_with(unfinished)) return false;
  }
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

Result<std::vector<FolderFile>> list_folder(const std::filesystem::path& directory, const std::string& pattern) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory.c_str()), &::closedir);
  if (!folder) return fail_errno(fmt::format("cannot open the folder '{}'", directory.string()), errno);
  std::vector<FolderFile> files;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (!counts(name, pattern)) continue;
    struct stat status {};
    // One that is gone again, or a link to nothing, is no file.
    if (::fstatat(::dirfd(folder.get()), name.c_str(), &status, 0) != 0 || !S_ISREG(status.st_mode)) continue;
    if (status.st_size == 0) continue;
    constexpr std::int64_t kSecond = 1'000'000'000;
    files.push_back({name, static_cast<std::uint64_t>(status.st_size),
                     std::int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec});
  }
  if (errno != 0) return fail_errno(fmt::format("cannot read the folder '{}'", directory.string()), errno);
  std::ranges::sort(files, {}, [](const FolderFile& file) { return std::tie(file.modified_ns, file.name); });
  return files;
}

}  // namespace dl::daemon
