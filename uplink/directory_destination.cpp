#include "uplink/directory_destination.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/file.h"
#include "uplink/spool_file.h"

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
    std::string pattern = (folder / ".downlinkd-XXXXXX").string();
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor < 0) return fail_errno(fmt::format("making a file in '{}'", folder.string()), errno);
    ::fchmod(descriptor, 0644);
    return Temporary(FileDescriptor(descriptor), pattern);
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
    int failed = 0;
    if (name_.empty()) {
      const std::string self = fmt::format("/proc/self/fd/{}", file_.get());
      failed = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW);
    } else {
      failed = ::link(name_.c_str(), target.c_str());
    }
    if (failed == 0) return true;
    if (errno == EEXIST) return false;
    return fail_errno(fmt::format("naming '{}'", target.string()), errno);
  }

 private:
  Temporary(FileDescriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  FileDescriptor file_;
  std::string name_;
};

// Copies the spool file; false when we were asked to end at once.
Result<bool> copy(SpoolFile& from, int to, const std::string& name, const DeliveryJournal& journal) {
  SpoolFileRegion region(from, 0, from.size_bytes(), 0);
  Bytes block(kBlockBytes);
  while (true) {
    if (journal.abort_requested()) return false;
    DL_TRY(const std::size_t got, region.read(block));
    if (got == 0) return true;
    DL_CHECK(write_all(to, ByteView(block).first(got), name));
  }
}

// What stands at `target`, compared with ours: confirmed or conflict.
Outcome compare_existing(const std::filesystem::path& target, const spool::Delivery& delivery) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(std::filesystem::symlink_status(target, error));
  const std::uintmax_t size = is_file ? std::filesystem::file_size(target, error) : 0;
  if (!is_file || size != delivery.size_bytes) {
    return ended(OutcomeKind::conflict,
                 fmt::format("something else is at '{}': expected a file of {} bytes, found {}", target.string(),
                             delivery.size_bytes, is_file ? fmt::format("{} bytes", size) : "no regular file"));
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

// Whether we may make something at `target` at all: the nearest folder that exists is ours to write.
bool is_writable(const std::filesystem::path& target) {
  std::filesystem::path folder = target.parent_path();
  std::error_code ignored;
  while (!std::filesystem::exists(folder, ignored) && folder.has_relative_path()) folder = folder.parent_path();
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

Result<Outcome> write_object(SpoolFile& source, const std::filesystem::path& target, const spool::Delivery& delivery,
                             bool nameless, const DeliveryJournal& journal) {
  DL_CHECK(make_folders(target.parent_path()));
  DL_TRY(Temporary temporary, Temporary::make(target.parent_path(), nameless));
  DL_TRY(const bool whole, copy(source, temporary.descriptor(), target.string(), journal));
  if (!whole) return ended(OutcomeKind::stopped, "asked to stop");
  DL_CHECK(sync_file(temporary.descriptor(), target.string()));
  DL_TRY(const bool published, temporary.publish(target));
  if (!published) return compare_existing(target, delivery);
  DL_CHECK(sync_directory(target.parent_path()));
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
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(target, ignored))) {
    return compare_existing(target, delivery);
  }
  auto outcome = write_object(*source, target, delivery, options_.nameless_temporary, journal);
  if (outcome) return outcome;
  const std::string message = outcome.error().in(fmt::format("delivering to '{}'", target.string())).message;
  if (outcome.error().kind != ErrorKind::corrupt && !is_writable(target)) return ended(OutcomeKind::refused, message);
  return ended(outcome_of_local(outcome.error().kind), message);
}

}  // namespace dl::uplink
