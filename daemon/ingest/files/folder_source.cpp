#include "daemon/ingest/files/folder_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/ingest/files/file_feed.h"
#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr const char* kFailedKind = "source_failed";
constexpr const char* kUnreadableKind = "file_unreadable";
// Names that moved in while nobody looked: beyond that they settle like any other.
constexpr std::size_t kMostMovedIn = 10'000;
constexpr Milliseconds kTurnInterval{1000};
constexpr Milliseconds kLookInterval{50};

FolderFile examined(const std::string& name, const struct stat& status) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {name, static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec};
}

}  // namespace

struct FolderSource::Input {
  FileDescriptor descriptor;
  bool as_expected = true;
};

// A file that is not as it was seen is not opened yet: the next look sees it as it is.
Result<FolderSource::Input> FolderSource::open_input(const std::filesystem::path& path, const FolderFile& expected) {
  Input input;
  DL_TRY(input.descriptor, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status {};
  if (::fstat(input.descriptor.get(), &status) != 0) {
    return fail_errno(fmt::format("cannot examine '{}'", path.string()), errno);
  }
  input.as_expected = S_ISREG(status.st_mode) && examined(expected.name, status) == expected;
  return input;
}

FolderSource::FolderSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
                           std::string station, PassManager& passes, Incidents& incidents, FolderOptions options)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      config_(std::move(config)),
      station_(std::move(station)),
      passes_(passes),
      incidents_(incidents),
      options_(options),
      wake_(io),
      rest_(io) {}

Result<void> FolderSource::start() {
  interrupted_ = passes_.take_interrupted(config_.name);
  asio::co_spawn(io_, run(shared_from_this()), ReportEnd{"taking in a folder"});
  return {};
}

void FolderSource::stop() {
  stopping_ = true;
  if (watch_) watch_->stop();
  if (interrupted_) passes_.leave_interrupted(std::move(interrupted_), config_.name);
  if (pass_) passes_.leave_interrupted(std::move(pass_), config_.name);
  interrupted_.reset();
  pass_.reset();
  wake_.notify();
  rest_.notify();
}

asio::awaitable<void> FolderSource::run(Self self) {
  while (!self->stopping_) {
    self->changed_ = false;
    const bool seen = co_await look(self);
    while (seen && !self->stopping_) {
      const auto ready = self->next_ready();
      if (!ready) break;
      self->state_ = "receiving";
      co_await take_file(self, *ready);
    }
    if (self->stopping_) co_return;
    if (seen) {
      self->state_ = "listening";
      self->tell_unreadable();
      co_await wait_for_change(self);
    }
    // Many changes are one look.
    co_await self->rest_.wait_for(seen ? kLookInterval : self->options_.retry_interval);
  }
}

// False when the folder cannot be read.
asio::awaitable<bool> FolderSource::look(Self self) {
  // Watched first, then listed: what comes between the two is told.
  const auto watching = self->watch();
  const std::set<std::string> moved_in = std::exchange(self->moved_in_, {});
  auto list = [path = self->config_.path, pattern = self->config_.pattern] { return list_folder(path, pattern); };
  const auto files = co_await on_pool(self->blocking_, std::move(list));
  if (self->stopping_) co_return false;
  if (!files) {
    self->folder_failed(files.error());
    co_return false;
  }
  if (!watching) {
    self->folder_failed(watching.error());
  } else if (std::exchange(self->folder_told_, false)) {
    self->last_error_.clear();
    self->incidents_.close(kFailedKind, self->config_.name);
  }
  self->see(*files);
  for (const std::string& name : moved_in) {
    if (const auto place = self->sightings_.find(name); place != self->sightings_.end()) place->second.moved_in = true;
  }
  co_return true;
}

// A folder that cannot be watched is looked at all the same, only later.
Result<void> FolderSource::watch() {
  if (watch_ && watch_->watching()) return {};
  watch_ = std::make_shared<FolderWatch>(io_, [this](const std::string& moved_in) {
    changed_ = true;
    if (!moved_in.empty() && moved_in_.size() < kMostMovedIn) moved_in_.insert(moved_in);
    wake_.notify();
  });
  return watch_->start(config_.path);
}

void FolderSource::see(const std::vector<FolderFile>& files) {
  std::map<std::string, Sighting> now;
  const SteadyTime steady_now = clock_.steady_now();
  bool interrupted_is_here = false;
  for (const FolderFile& file : files) {
    const std::string id = PassManager::pass_id(origin_of(file), file.modified_at());
    interrupted_is_here = interrupted_is_here || (interrupted_ && interrupted_->id() == id);
    const auto before = sightings_.find(file.name);
    if (before != sightings_.end() && before->second.file == file) {
      now.insert(sightings_.extract(before));
      continue;
    }
    Sighting sighting;
    sighting.file = file;
    sighting.since = steady_now;
    // Written long ago, as far as our clock can tell: it need not be watched for settling.
    const auto age = clock_.now() - file.modified_at();
    if (age >= options_.settle_time) sighting.since -= options_.settle_time;
    const bool continued = interrupted_ && interrupted_->id() == id;
    sighting.taken = !continued && passes_.begun(id);
    now.emplace(file.name, std::move(sighting));
  }
  sightings_ = std::move(now);
  // Whoever removed or changed its file left us a part of it: that is a pass too.
  if (interrupted_ && !interrupted_is_here) std::exchange(interrupted_, nullptr)->end("file gone");
}

SteadyTime FolderSource::ready_at(const Sighting& sighting) const {
  const SteadyTime settled = sighting.moved_in ? sighting.since : sighting.since + options_.settle_time;
  return sighting.retry_at ? std::max(*sighting.retry_at, settled) : settled;
}

// The one that was interrupted, then the oldest.
std::optional<FolderFile> FolderSource::next_ready() {
  std::optional<FolderFile> next;
  const SteadyTime now = clock_.steady_now();
  for (const auto& [name, sighting] : sightings_) {
    const FolderFile& file = sighting.file;
    if (sighting.taken || ready_at(sighting) > now) continue;
    if (interrupted_ && interrupted_->id() == PassManager::pass_id(origin_of(file), file.modified_at())) return file;
    if (!next || file.modified_ns < next->modified_ns) next = file;
  }
  return next;
}

// Until a file may be ready, or somebody says that something has changed.
asio::awaitable<void> FolderSource::wait_for_change(Self self) {
  const SteadyTime now = self->clock_.steady_now();
  SteadyTime until = now + self->options_.rescan_interval;
  for (const auto& [name, sighting] : self->sightings_) {
    if (!sighting.taken) until = std::min(until, self->ready_at(sighting));
  }
  if (self->changed_ || self->stopping_) co_return;
  const auto left = std::chrono::ceil<Milliseconds>(until - now);
  co_await self->wake_.wait_for(std::max(left, Milliseconds(1)));
}

asio::awaitable<void> FolderSource::take_file(Self self, FolderFile file) {
  co_await wait_for_turn(self);
  if (self->stopping_) co_return;
  auto open = [path = self->config_.path / file.name, file] { return open_input(path, file); };
  auto input = co_await on_pool(self->blocking_, std::move(open));
  if (self->stopping_) co_return;
  if (!input) {
    self->file_failed(file, input.error().message);
    co_return;
  }
  if (!input->as_expected) {
    self->sightings_.erase(file.name);
    self->changed_ = true;
    co_return;
  }
  const auto shared = std::make_shared<Input>(std::move(*input));
  co_await feed(self, file, shared);
}

// What is in the folder is safe there: the spool takes no more than is being decoded.
asio::awaitable<void> FolderSource::wait_for_turn(Self self) {
  const auto is_ours = [&name = self->config_.name](const std::shared_ptr<Pass>& pass) {
    return pass->row().source == name;
  };
  while (!self->stopping_) {
    // A pass that is continued is one of them already.
    const auto active = static_cast<std::size_t>(std::ranges::count_if(self->passes_.active(), is_ours));
    if (self->interrupted_ || active < self->options_.most_active_passes) co_return;
    co_await self->passes_.changed().wait_for(kTurnInterval);
  }
}

asio::awaitable<void> FolderSource::feed(Self self, FolderFile file, std::shared_ptr<Input> input) {
  const UtcTime received_at = file.modified_at();
  const PassOrigin origin = self->origin_of(file);
  const bool continued = self->interrupted_ && self->interrupted_->id() == PassManager::pass_id(origin, received_at);
  const auto pass = continued ? std::exchange(self->interrupted_, nullptr) : self->passes_.begin(origin, received_at);
  self->pass_ = pass;
  log_info(fmt::format("source '{}': '{}' is taken in as pass '{}'", self->config_.name, file.name, pass->id()));
  std::string name = (self->config_.path / file.name).string();
  const auto whole =
      co_await feed_file(self->blocking_, pass, input->descriptor.get(), std::move(name), received_at, self->stopping_);
  if (self->stopping_) co_return;
  pass->end(whole ? "eof" : "read error");
  self->pass_.reset();
  co_await pass->recorded();
  self->bytes_ = pass->received_bytes();
  if (self->stopping_) co_return;
  const auto place = self->sightings_.find(file.name);
  if (place != self->sightings_.end() && place->second.file == file) {
    place->second.taken = true;
    place->second.error = whole ? "" : whole.error().message;
  }
}

PassOrigin FolderSource::origin_of(const FolderFile& file) const {
  return {config_.name, config_.spacecraft, station_, std::string(config::to_string(config_.form)), file.mark()};
}

void FolderSource::folder_failed(const Error& error) {
  state_ = "failed";
  if (std::exchange(folder_told_, true) && last_error_ == error.message) return;
  last_error_ = error.message;
  incidents_.open(kFailedKind, config_.name, error.message,
                  "make the folder, or mount it, and let downlinkd read it; it is tried again every few seconds");
}

void FolderSource::file_failed(const FolderFile& file, const std::string& message) {
  const auto place = sightings_.find(file.name);
  if (place == sightings_.end()) return;
  place->second.retry_at = clock_.steady_now() + options_.retry_interval;
  place->second.error = message;
}

// One incident for all: whoever drops a thousand files with a wrong mode must not fill the journal.
void FolderSource::tell_unreadable() {
  std::size_t count = 0;
  std::string first;
  for (const auto& [name, sighting] : sightings_) {
    if (sighting.error.empty()) continue;
    if (count++ == 0) first = sighting.error;
  }
  if (count == 0) {
    unreadable_message_.clear();
    if (std::exchange(unreadable_told_, false)) incidents_.close(kUnreadableKind, config_.name);
    return;
  }
  last_error_ =
      fmt::format("{} of the files in '{}' cannot be read; the first: {}", count, config_.path.string(), first);
  unreadable_told_ = true;
  if (std::exchange(unreadable_message_, last_error_) == last_error_) return;
  incidents_.open(
      kUnreadableKind, config_.name, last_error_,
      "let downlinkd read them, or look at their disk; one that could be read in part is a pass up to there: "
      "write the file anew to have it taken in again");
}

control::SourceRow FolderSource::status() const {
  control::SourceRow row;
  row.name = config_.name;
  row.kind = config::to_string(config_.kind);
  row.address = (config_.path / config_.pattern).string();
  row.spacecraft = config_.spacecraft;
  row.state = state_;
  row.pass_id = pass_ ? pass_->id() : "";
  row.bytes = pass_ ? pass_->received_bytes() : bytes_;
  row.last_error = last_error_;
  return row;
}

}  // namespace dl::daemon
