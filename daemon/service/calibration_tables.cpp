#include "daemon/service/calibration_tables.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "spool/table_sets.h"

namespace dl::daemon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKind = "calibration_refused";
// The kernel tells of changes; not on a network file system, and not of the installed tables.
constexpr Milliseconds kInterval{600'000};
// A folder that several files are copied to is read once.
constexpr Milliseconds kSettle{200};

void describe(const fs::path& directory, std::vector<std::string>& lines) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, fs::directory_options::follow_directory_symlink, error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    const auto size = entry->file_size(gone);
    const auto changed = entry->last_write_time(gone);
    lines.push_back(
        fmt::format("{} {} {}", entry->path().string(), gone ? 0 : size, changed.time_since_epoch().count()));
  }
}

// Names, sizes and times of all files: when they are as before, there is nothing to check.
std::string appearance(const TablesSettings& settings) {
  std::vector<std::string> lines;
  if (!settings.tables.empty()) describe(settings.tables, lines);
  describe(settings.overlays, lines);
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The folder of overlays with one for every instrument that has tables, where bulletins are dropped: all that there
// are.
std::vector<fs::path> make_folders(const fs::path& overlays, const fs::path& shipped) {
  std::error_code error;
  fs::create_directories(overlays, error);
  for (fs::directory_iterator entry(shipped, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) fs::create_directory(overlays / entry->path().filename(), ignored);
  }
  std::vector<fs::path> folders{overlays};
  for (fs::directory_iterator entry(overlays, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) folders.push_back(entry->path());
  }
  return folders;
}

std::string joined(const std::vector<std::string>& problems) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kShown); ++i) text += (i > 0 ? "; " : "") + problems[i];
  if (problems.size() > kShown) text += fmt::format("; and {} more", problems.size() - kShown);
  return text;
}

}  // namespace

CalibrationTables::CalibrationTables(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock,
                                     spool::Layout layout, Incidents& incidents, TablesSettings settings)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      layout_(std::move(layout)),
      incidents_(incidents),
      settings_(std::move(settings)),
      changed_(io) {}

void CalibrationTables::start() {
  asio::co_spawn(io_, watch(this), ReportEnd{"watching the calibration"});
}

void CalibrationTables::stop() {
  stopping_ = true;
  stop_watching();
  changed_.notify();
}

void CalibrationTables::configure(TablesSettings settings) {
  if (settings.overlays != settings_.overlays) stop_watching();
  settings_ = std::move(settings);
  seen_.clear();
  look_again();
}

asio::awaitable<std::string> CalibrationTables::in_force() {
  while (!looked_ && !stopping_) co_await changed_.wait();
  co_return state_.sha256;
}

asio::awaitable<void> CalibrationTables::watch(CalibrationTables* self) {
  co_await self->restore();
  while (!self->stopping_) {
    self->poked_ = false;
    co_await self->look();
    self->looked_ = true;
    self->changed_.notify();
    if (self->stopping_) co_return;
    co_await self->watch_overlays();
    if (!self->poked_) co_await self->changed_.wait_for(kInterval);
    if (self->poked_ && !self->stopping_) co_await self->changed_.wait_for(kSettle);
  }
}

// Of the folder and those of instruments in it; one that is new may hold something already.
asio::awaitable<void> CalibrationTables::watch_overlays() {
  auto make = [overlays = settings_.overlays, set = layout_.table_set(state_.sha256),
               has_set = !state_.sha256.empty()] {
    return make_folders(overlays, has_set ? set / "shipped" : fs::path());
  };
  const auto folders = co_await on_pool(blocking_, std::move(make));
  for (const fs::path& folder : folders) {
    std::shared_ptr<FolderWatch>& watch = folder_watches_[folder];
    if (stopping_ || (watch && watch->watching())) continue;
    watch = std::make_shared<FolderWatch>(io_, [this](const std::string&) { look_again(); });
    // Then the interval has to do.
    if (const auto started = watch->start(folder); !started) {
      log_warning(started.error().message);
    } else {
      poked_ = true;
    }
  }
}

void CalibrationTables::look_again() {
  poked_ = true;
  changed_.notify();
}

void CalibrationTables::stop_watching() {
  for (const auto& [folder, watch] : folder_watches_) watch->stop();
  folder_watches_.clear();
}

// What was in force when the last run ended.
asio::awaitable<void> CalibrationTables::restore() {
  auto read = [layout = layout_] { return spool::read_set_in_force(layout); };
  state_.sha256 = co_await on_pool(blocking_, std::move(read));
  if (!state_.sha256.empty()) state_.since = clock_.now();
}

asio::awaitable<void> CalibrationTables::look() {
  auto see = [settings = settings_] { return appearance(settings); };
  std::string appearance = co_await on_pool(blocking_, std::move(see));
  if (looked_ && appearance == seen_) co_return co_await tidy();
  TableCheckCommand command;
  command.program = settings_.program;
  command.tables = settings_.tables;
  command.overlays = settings_.overlays;
  command.keep = layout_.calibration();
  if (!state_.sha256.empty()) command.in_force = layout_.table_set(state_.sha256);
  command.memory_limit_bytes = settings_.memory_limit_bytes;
  auto answer = co_await run_table_check(io_, std::move(command));
  if (stopping_) co_return;
  if (!answer) co_return refuse(answer.error().message);
  seen_ = std::move(appearance);
  if (!answer->problems.empty()) co_return refuse(joined(answer->problems));
  co_await put_in_force(std::move(*answer));
}

asio::awaitable<void> CalibrationTables::put_in_force(TableCheckAnswer answer) {
  auto write = [layout = layout_, sha256 = answer.sha256] { return spool::write_set_in_force(layout, sha256); };
  const auto written = co_await on_pool(blocking_, std::move(write));
  if (!written) {
    seen_.clear();
    co_return refuse(written.error().message);
  }
  if (state_.sha256 != answer.sha256) {
    state_.since = clock_.now();
    log_info(fmt::format("calibration: set {} is in force, {} rows in {} tables", answer.sha256.substr(0, 12),
                         answer.rows, answer.tables));
  }
  state_.sha256 = std::move(answer.sha256);
  state_.rows = answer.rows;
  state_.problem.clear();
  incidents_.close(kKind, settings_.overlays.string());
  co_await tidy();
}

void CalibrationTables::refuse(const std::string& why) {
  state_.problem = why;
  incidents_.open(kKind, settings_.overlays.string(),
                  fmt::format("the calibration tables were not taken: {}; {}", why,
                              state_.sha256.empty() ? "passes are decoded with the installed tables"
                                                    : "the set in force stays: " + state_.sha256.substr(0, 12)),
                  "correct or remove the file, nothing else is needed; downlinkctl cal verify lists every mistake");
}

asio::awaitable<void> CalibrationTables::tidy() {
  const std::vector<std::string> needed = needed_ ? needed_() : std::vector<std::string>();
  auto remove = [layout = layout_, needed] { return spool::remove_unused_sets(layout, needed); };
  const auto removed = co_await on_pool(blocking_, std::move(remove));
  if (!removed) co_return log_warning(removed.error().message);
  for (const std::string& name : *removed) {
    log_info(fmt::format("calibration: set {} was removed, no pass needs it any more", name.substr(0, 12)));
  }
}

}  // namespace dl::daemon
