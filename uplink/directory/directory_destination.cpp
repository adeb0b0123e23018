#include "uplink/directory/directory_destination.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/file.h"
#include "uplink/delivery/spool_file.h"
#include "uplink/http/bandwidth.h"

namespace dl::uplink {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

std::string generation_of(std::uint32_t crc) {
  return fmt::format("{:08x}", crc);
}

Outcome ended(OutcomeKind kind, std::string message) {
  return {kind, std::move(message), {}, false, std::nullopt};
}

// Makes every missing folder from `root` down to `folder`, each synced into its parent.
Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  DL_CHECK(make_folders(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return fail_errno(fmt::format("making folder '{}'", folder.string()), errno);
  }
  return sync_directory(folder.parent_path());
}

constexpr std::string_view kTemporaryPrefix = ".downlinkd-";

// Removes what attempts that died have left in a folder. They are told from those that live by their age, by the clock
// of whoever keeps the folder: `now` is when the newest file there was made.
void remove_stale_temporaries(const std::filesystem::path& folder, std::filesystem::file_time_type now) {
  constexpr std::chrono::hours kAge{24};
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().native().starts_with(kTemporaryPrefix)) continue;
    std::error_code ignored;
    const auto written = entry->last_write_time(ignored);
    if (!ignored && now - written > kAge) std::filesystem::remove(entry->path(), ignored);
  }
}

// rename(2) that replaces nothing: false when something has the name.
Result<bool> rename_unless_there(const std::string& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  // Neither links nor that: nobody else writes there but by chance, and we have just looked.
  const bool not_known_here = errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
  if (not_known_here && ::access(to.c_str(), F_OK) == 0) return false;
  if (not_known_here && ::rename(from.c_str(), to.c_str()) == 0) return true;
  return fail_errno(fmt::format("naming '{}'", to.string()), errno);
}

// The file that is written before it gets its name; one with a name of its own removes it.
class Temporary {
 public:
  static Result<Temporary> make(const std::filesystem::path& folder, bool nameless) {
    if (nameless) {
      const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
      if (descriptor >= 0) return Temporary(FileDescriptor(descriptor), {});
      const bool not_known_here = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT;
      if (!not_known_here) return fail_errno(fmt::format("making a file in '{}'", folder.string()), errno);
    }
    std::string pattern = (folder / (std::string(kTemporaryPrefix) + "XXXXXX")).string();
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor < 0) return fail_errno(fmt::format("making a file in '{}'", folder.string()), errno);
    Temporary made(FileDescriptor(descriptor), pattern);
    ::fchmod(descriptor, 0644);
    std::error_code error;
    const auto now = std::filesystem::last_write_time(pattern, error);
    if (!error) remove_stale_temporaries(folder, now);
    return made;
  }
  Temporary(Temporary&& other) noexcept : file_(std::move(other.file_)), name_(std::exchange(other.name_, {})) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  Temporary& operator=(Temporary&&) = delete;
  ~Temporary() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  [[nodiscard]] int descriptor() const { return file_.get(); }

  // Gives the file its name unless something has that name: then false.
  Result<bool> publish(const std::filesystem::path& target) {
    const std::string self = fmt::format("/proc/self/fd/{}", file_.get());
    const int failed = name_.empty() ? ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW)
                                     : ::link(name_.c_str(), target.c_str());
    if (failed == 0) return true;
    if (errno == EEXIST) return false;
    // Many shares know no hard links.
    const bool no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK;
    if (name_.empty() || !no_links) return fail_errno(fmt::format("naming '{}'", target.string()), errno);
    DL_TRY(const bool renamed, rename_unless_there(name_, target));
    if (renamed) name_.clear();
    return renamed;
  }

 private:
  Temporary(FileDescriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  FileDescriptor file_;
  std::string name_;
};

// Writes a block at the pace of the bandwidth; false when we were asked to end at once.
Result<bool> write_paced(int to, ByteView block, const std::string& name, Bandwidth* bandwidth,
                         const DeliveryJournal& journal) {
  constexpr Milliseconds kPatience{200};
  while (!block.empty()) {
    if (journal.abort_requested()) return false;
    const std::size_t allowed = bandwidth == nullptr ? block.size() : bandwidth->acquire(block.size(), kPatience);
    DL_CHECK(write_all(to, block.first(allowed), name));
    block = block.subspan(allowed);
  }
  return true;
}

// Copies the spool file; false when we were asked to end at once.
Result<bool> copy(SpoolFile& from, int to, const std::string& name, Bandwidth* bandwidth,
                  const DeliveryJournal& journal) {
  SpoolFileRegion region(from, 0, from.size_bytes(), 0);
  Bytes block(kBlockBytes);
  while (true) {
    if (journal.abort_requested()) return false;
    DL_TRY(const std::size_t got, region.read(block));
    if (got == 0) return true;
    DL_TRY(const bool written, write_paced(to, ByteView(block).first(got), name, bandwidth, journal));
    if (!written) return false;
  }
}

// What stands at `target`, compared with ours: confirmed or conflict.
Outcome compare_existing(const std::filesystem::path& target, const spool::Delivery& delivery) {
  struct stat status {};
  if (::lstat(target.c_str(), &status) != 0) {
    // Gone again, or the share with it.
    return ended(OutcomeKind::retry_later,
                 fail_errno(fmt::format("looking at '{}'", target.string()), errno).value().message);
  }
  const bool is_file = S_ISREG(status.st_mode);
  if (!is_file || static_cast<std::uint64_t>(status.st_size) != delivery.size_bytes) {
    return ended(
        OutcomeKind::conflict,
        fmt::format("something else is at '{}': expected a file of {} bytes, found {}", target.string(),
                    delivery.size_bytes, is_file ? fmt::format("{} bytes", status.st_size) : "no regular file"));
  }
  auto existing = SpoolFile::open(target, delivery.size_bytes, delivery.crc32c);
  if (!existing) return ended(OutcomeKind::retry_later, existing.error().message);
  const auto same = existing->unchanged();
  if (!same) return ended(OutcomeKind::retry_later, same.error().message);
  if (!*same) {
    return ended(OutcomeKind::conflict, fmt::format("another file of the same size is at '{}'", target.string()));
  }
  // It may have got its name just before a power cut that has not happened yet.
  if (const auto synced = sync_directory(target.parent_path()); !synced) {
    return ended(OutcomeKind::retry_later, synced.error().message);
  }
  return {OutcomeKind::confirmed, {}, generation_of(delivery.crc32c), true, std::nullopt};
}

// Whether we may make something at `target`: the nearest folder that exists is ours to write. A folder that cannot be
// looked at says nothing about that.
bool is_writable(const std::filesystem::path& target) {
  std::filesystem::path folder = target.parent_path();
  while (::access(folder.c_str(), W_OK | X_OK) != 0) {
    if (errno != ENOENT || !folder.has_relative_path()) return errno != EACCES && errno != EPERM && errno != EROFS;
    folder = folder.parent_path();
  }
  return true;
}

// The device of what is mounted at `folder`; nullopt when nothing is. Kind io when it cannot be looked at.
Result<std::optional<dev_t>> mounted_device(const std::filesystem::path& folder) {
  struct stat inside {};
  struct stat outside {};
  // With the dot an automounter is told to mount.
  if (::stat((folder / ".").c_str(), &inside) != 0) {
    if (errno == ENOENT) return std::optional<dev_t>{};
    return fail_errno(fmt::format("looking at '{}'", folder.string()), errno);
  }
  if (::stat((folder / "..").c_str(), &outside) != 0) {
    return fail_errno(fmt::format("looking at the folder of '{}'", folder.string()), errno);
  }
  if (inside.st_dev == outside.st_dev) return std::optional<dev_t>{};
  return std::optional(inside.st_dev);
}

Outcome not_mounted(const std::filesystem::path& folder) {
  return ended(
      OutcomeKind::refused,
      fmt::format("nothing is mounted at '{}': mount the share, or set require_mount = false", folder.string()));
}

// How looking at the target went: nullopt when nothing is there.
std::optional<Outcome> look_at(const std::filesystem::path& target, const spool::Delivery& delivery) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(target, error);
  if (std::filesystem::exists(status)) return compare_existing(target, delivery);
  const bool absent = status.type() == std::filesystem::file_type::not_found;
  if (absent || error == std::errc::not_a_directory || error == std::errc::permission_denied) return std::nullopt;
  return ended(OutcomeKind::retry_later, fmt::format("looking at '{}': {}", target.string(), error.message()));
}

Result<Outcome> write_object(SpoolFile& source, const std::filesystem::path& target, const spool::Delivery& delivery,
                             const DirectoryOptions& options, std::optional<dev_t> device,
                             const DeliveryJournal& journal) {
  DL_CHECK(make_folders(target.parent_path()));
  DL_TRY(Temporary temporary, Temporary::make(target.parent_path(), options.nameless_temporary));
  struct stat status {};
  const bool is_there = !device || (::fstat(temporary.descriptor(), &status) == 0 && status.st_dev == *device);
  if (!is_there) return not_mounted(options.path);  // any more
  DL_TRY(const bool whole, copy(source, temporary.descriptor(), target.string(), options.bandwidth, journal));
  if (!whole) return ended(OutcomeKind::stopped, "asked to stop");
  DL_CHECK(sync_file(temporary.descriptor(), target.string()));
  DL_TRY(const bool published, temporary.publish(target));
  if (!published) return compare_existing(target, delivery);
  if (auto synced = sync_directory(target.parent_path()); !synced) {
    // What could not be synced once is not to be believed when it can the next time.
    ::unlink(target.c_str());
    return Failure(synced.error());
  }
  return Outcome{OutcomeKind::confirmed, {}, generation_of(delivery.crc32c), false, std::nullopt};
}

}  // namespace

bool is_safe_object_name(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return false;
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

DirectoryDestination::DirectoryDestination(DirectoryOptions options)
    : options_(std::move(options)), location_(options_.path.string()) {}

Result<Outcome> DirectoryDestination::deliver(const spool::Delivery& delivery, DeliveryJournal& journal) {
  const std::string object = prefixed_object_name(options_.object_prefix, delivery.object_name);
  if (!is_safe_object_name(object)) {
    return ended(OutcomeKind::permanent, fmt::format("object name '{}' leaves the folder", object));
  }
  if (journal.stop_requested()) return ended(OutcomeKind::stopped, "asked to stop");
  auto source = SpoolFile::open(delivery.path, delivery.size_bytes, delivery.crc32c);
  if (!source) return ended(outcome_of_local(source.error().kind), source.error().message);
  const std::filesystem::path target = options_.path / object;
  std::optional<dev_t> device;
  if (options_.require_mount) {
    auto mounted = mounted_device(options_.path);
    if (!mounted) return ended(OutcomeKind::retry_later, mounted.error().message);
    if (!*mounted) return not_mounted(options_.path);
    device = *mounted;
  }
  if (auto there = look_at(target, delivery)) return *std::move(there);
  auto outcome = write_object(*source, target, delivery, options_, device, journal);
  if (outcome) return outcome;
  const std::string message = outcome.error().in(fmt::format("delivering to '{}'", target.string())).message;
  if (outcome.error().kind != ErrorKind::corrupt && !is_writable(target)) return ended(OutcomeKind::refused, message);
  return ended(outcome_of_local(outcome.error().kind), message);
}

}  // namespace dl::uplink
