#include "uplink/events/event_journal_publisher.h"

#include <algorithm>
#include <cassert>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "uplink/events/event_lines.h"

namespace dl::uplink {
EventJournalPublisher::EventJournalPublisher(std::string name, std::filesystem::path file, EventJournalLimits limits)
    : name_(std::move(name)), path_(std::move(file)), limits_(limits) {
  assert(limits_.old_files > 0);
}

std::size_t EventJournalPublisher::batch_size(std::span<const spool::Announcement> events) const {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const spool::Announcement& event : events) {
    bytes += event.payload.size() + event.attributes_json.size();
    if (count == kBatch || (count > 0 && bytes > kBatchBytes)) break;
    ++count;
  }
  return count;
}

PublishOutcome EventJournalPublisher::publish(std::span<const spool::Announcement> batch, const KeepGoing&) {
  auto offsets = append(batch);
  if (offsets) return {PublishKind::sent, {}, *std::move(offsets), std::nullopt};
  const bool rejected = offsets.error().kind == ErrorKind::permanent;
  return {rejected ? PublishKind::rejected : PublishKind::retry_later, offsets.error().message, {}, std::nullopt};
}

Result<std::vector<std::string>> EventJournalPublisher::append(std::span<const spool::Announcement> batch) {
  DL_CHECK(ensure_open());
  if (size_bytes_ >= limits_.rotate_at_bytes) DL_CHECK(rotate());
  std::string text;
  std::map<std::string, std::uint64_t> fresh;
  std::vector<std::string> offsets;
  for (const spool::Announcement& event : batch) {
    const auto known = ids_.find(event.event_id);
    if (known != ids_.end()) {
      offsets.push_back(std::to_string(known->second));
      continue;
    }
    DL_TRY(const std::string line, event_line(event));
    const auto [place, is_new] = fresh.emplace(event.event_id, size_bytes_ + text.size());
    offsets.push_back(std::to_string(place->second));
    if (is_new) text += line;
  }
  if (text.empty()) return offsets;
  auto written = write_all(file_.get(), as_bytes(text), path_.string());
  if (written) written = sync_file(file_.get(), path_.string());
  if (!written) {
    // After a failed write or sync nothing that was written is certain: take it back and look at the file anew.
    [[maybe_unused]] const int ignored = ::ftruncate(file_.get(), static_cast<off_t>(size_bytes_));
    file_.reset();
    return Failure(written.error());
  }
  size_bytes_ += text.size();
  // Starting over keeps at least the last batch, and the set bounded.
  if (ids_.size() > kRemembered) ids_.clear();
  ids_.merge(fresh);
  return offsets;
}

bool EventJournalPublisher::still_has_its_name() const {
  struct stat ours {};
  struct stat named {};
  return ::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &named) == 0 && ours.st_dev == named.st_dev &&
         ours.st_ino == named.st_ino && static_cast<std::uint64_t>(ours.st_size) == size_bytes_;
}

Result<void> EventJournalPublisher::ensure_open() {
  if (file_.valid() && still_has_its_name()) return {};
  file_.reset();
  DL_TRY(FileDescriptor opened, open_file(path_, O_RDWR | O_CREAT | O_APPEND, 0640));
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return fail_errno(fmt::format("stat of '{}'", path_.string()), errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  DL_TRY(size_bytes_, size_without_torn_line(opened.get(), size, path_.string()));
  if (size_bytes_ != size && ::ftruncate(opened.get(), static_cast<off_t>(size_bytes_)) != 0) {
    return fail_errno(fmt::format("cutting the torn last line of '{}'", path_.string()), errno);
  }
  file_ = std::move(opened);
  // Lines that were written and not synced before a kill must be on disk before we call them sent.
  auto ready = sync_file(file_.get(), path_.string());
  if (ready) ready = sync_directory(path_.parent_path());
  if (ready) ready = learn_ids();
  if (!ready) file_.reset();
  return ready;
}

Result<void> EventJournalPublisher::learn_ids() {
  ids_.clear();
  std::map<std::string, std::uint64_t> current;
  const auto into = [](std::map<std::string, std::uint64_t>& ids) {
    return [&ids](const std::string& id, std::uint64_t offset) { ids[id] = offset; };
  };
  DL_TRY(const std::size_t seen, for_last_events(path_, kRemembered, into(current)));
  // A batch may have been cut in two by a rotation, and come again whole.
  if (seen < kRemembered) DL_CHECK(for_last_events(old_file(1), kRemembered - seen, into(ids_)));
  for (const auto& [id, offset] : current) ids_[id] = offset;
  return {};
}

std::filesystem::path EventJournalPublisher::old_file(std::size_t number) const {
  return fmt::format("{}.{}", path_.string(), number);
}

// Every step is one rename, so that a kill between two of them leaves a gap in the numbers and every line in its file.
Result<void> EventJournalPublisher::rotate() {
  const auto move = [](const std::filesystem::path& from, const std::filesystem::path& to) -> Result<void> {
    if (::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
    return fail_errno(fmt::format("cannot rename '{}' to '{}'", from.string(), to.string()), errno);
  };
  file_.reset();
  std::error_code ignored;
  for (std::size_t n = limits_.old_files; std::filesystem::remove(old_file(n), ignored);) ++n;
  for (std::size_t n = limits_.old_files; n > 1; --n) DL_CHECK(move(old_file(n - 1), old_file(n)));
  DL_CHECK(move(path_, old_file(1)));
  DL_CHECK(sync_directory(path_.parent_path()));
  return ensure_open();
}

}  // namespace dl::uplink
