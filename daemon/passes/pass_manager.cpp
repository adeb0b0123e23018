#include "daemon/passes/pass_manager.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "spool/pass_file.h"

namespace dl::daemon {
namespace {

// How long the start waits for the recordings of interrupted passes: on a healthy disk they open at once, and a
// sick one must not keep the sources from listening.
constexpr Seconds kOpenPatience{10};
constexpr const char* kTroubleKind = "recording_stopped";

Result<void> store_row(spool::Journal& journal, const std::filesystem::path& directory, const spool::Pass& row,
                       const std::vector<spool::Announcement>& announcements) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const auto file = spool::write_pass_file(directory, row);
  // The row is worth having even when the file could not be written.
  DL_CHECK(journal.put_pass(row));
  for (const auto& announcement : announcements) DL_CHECK(journal.add_announcement(announcement));
  return file;
}

}  // namespace

// A row of the journal with what only the files of the pass know.
struct PassManager::Kept {
  spool::Pass row;
  std::string form;
  std::vector<Beside> beside;
};

struct PassManager::Unfinished {
  std::vector<Kept> passes;
  std::vector<std::string> folders;
  std::vector<std::string> ids;
  std::set<std::string> troubled;  // passes with an open incident about their recording
};

std::vector<PassManager::Beside> PassManager::recordings_in(const std::filesystem::path& directory) {
  std::vector<Beside> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const bool has_bytes = std::filesystem::exists(recording::raw_path(entry.path(), 1), error);
    const FillMark fill = read_fill_mark(entry.path());
    if (!has_bytes && fill.state == FillMark::State::none) continue;
    found.push_back(
        {entry.path().filename().string(), recording::read_form(entry.path()).value_or(""), fill, has_bytes});
  }
  std::ranges::sort(found, {}, &Beside::source);
  return found;
}

PassManager::Kept PassManager::with_files(const spool::Layout& layout, spool::Pass row) {
  const auto directory = layout.pass(row.id);
  if (const auto file = spool::read_pass_file(directory)) {
    row.intake = file->intake;
    row.table_set = file->table_set;
  }
  // A form that cannot be read is not written anew.
  auto form = recording::read_form(directory);
  return {std::move(row), form ? std::move(*form) : std::string(), recordings_in(directory)};
}

Result<PassManager::Unfinished> PassManager::read_unfinished(spool::Journal& journal, const spool::Layout& layout) {
  Unfinished unfinished;
  DL_TRY(auto unfinished_rows, journal.unfinished_passes());
  for (auto& row : unfinished_rows) unfinished.passes.push_back(with_files(layout, std::move(row)));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(layout.passes(), error)) {
    unfinished.folders.push_back(entry.path().filename().string());
  }
  constexpr std::size_t kAll = 100'000;
  DL_TRY(const auto rows, journal.passes(kAll));
  for (const auto& row : rows) unfinished.ids.push_back(row.id);
  constexpr std::size_t kMostIncidents = 10'000;
  DL_TRY(const auto incidents, journal.incidents(/*open_only=*/true, kMostIncidents));
  for (const auto& incident : incidents) {
    if (incident.kind == kTroubleKind) unfinished.troubled.insert(incident.subject);
  }
  return unfinished;
}

PassManager::PassManager(asio::io_context& io, const Clock& clock, spool::Layout layout, spool::JournalService& journal,
                         Recorder& recorder, Incidents& incidents)
    : io_(io),
      clock_(clock),
      layout_(std::move(layout)),
      journal_(journal),
      recorder_(recorder),
      incidents_(incidents),
      changed_(io),
      retry_(io) {}

asio::awaitable<Result<void>> PassManager::recover(std::vector<std::string> continuing_sources) {
  auto read = [layout = layout_](spool::Journal& journal) { return read_unfinished(journal, layout); };
  auto found = co_await on_journal(journal_, std::move(read));
  if (!found) co_return Failure(found.error().in("cannot read the unfinished passes"));
  used_ids_.insert(found->folders.begin(), found->folders.end());
  used_ids_.insert(found->ids.begin(), found->ids.end());
  journaled_ids_.insert(found->ids.begin(), found->ids.end());

  std::vector<std::shared_ptr<Pass>> taken;
  for (Kept& kept : found->passes) {
    const bool was_receiving = kept.row.state == spool::PassState::receiving;
    const bool was_in_trouble = found->troubled.erase(kept.row.id) > 0;
    const auto beside = kept.beside;
    const auto pass = was_receiving ? adopt(std::move(kept.row), kept.form, beside) : adopt_ended(std::move(kept));
    pass->was_in_trouble_ = was_in_trouble;
    expect_fill(*pass, beside);
    taken.push_back(pass);
    if (was_receiving) interrupt(pass, continuing_sources);
  }
  // What is over is not in trouble any more.
  for (const std::string& id : found->troubled) incidents_.close(kTroubleKind, id);
  co_await wait_until_opened(taken);
  for (const auto& pass : taken) {
    log_info(fmt::format("pass '{}' is taken up again: {}, {} bytes", pass->id(), to_string(pass->row().state),
                         pass->received_bytes()));
    if (on_pass_) on_pass_(pass);
  }
  co_return Result<void>();
}

// Each source that had given bytes may go on; the one that the pass is named after even when it had not.
void PassManager::interrupt(const std::shared_ptr<Pass>& pass, const std::vector<std::string>& continuing_sources) {
  const std::string& source = pass->row().source;
  const auto continues = [&](const std::string& name) {
    return std::ranges::find(continuing_sources, name) != continuing_sources.end();
  };
  pass->join(0);
  // Whatever came while we were away, nobody else took it.
  if (const Bound* known = bound(source); known == nullptr || !known->goes_on) {
    pass->want_fill(pass->received_bytes());
  }
  if (!continues(source)) return pass->end("restart");
  // Oldest first: of several, the last is the one that a sender may continue.
  if (const auto older = interrupted_.find(source); older != interrupted_.end()) {
    const auto ended = older->second;
    for (std::size_t reception = 0; reception < ended->receptions().size(); ++reception) {
      ended->end("restart", reception);
    }
    std::erase_if(interrupted_, [&](const auto& entry) { return entry.second == ended; });
  }
  interrupted_[source] = pass;
  for (std::size_t reception = 1; reception < pass->receptions().size(); ++reception) {
    const PassReception& one = pass->receptions()[reception];
    const bool is_bound = std::ranges::any_of(
        bound_, [&](const Bound& bound) { return bound.name == one.source && bound.merge_with == source; });
    if (!one.recording || !is_bound || !continues(one.source)) continue;
    pass->join(reception);
    interrupted_[one.source] = pass;
  }
}

std::shared_ptr<Pass> PassManager::adopt_ended(Kept kept) {
  const auto pass = adopt(std::move(kept.row), kept.form, kept.beside);
  open_recording(pass, 0);
  pass->finish_recordings();
  return pass;
}

asio::awaitable<Result<bool>> PassManager::take_up_again(std::string pass_id) {
  auto read = [pass_id, layout = layout_](spool::Journal& journal) -> Result<std::optional<Kept>> {
    DL_TRY(auto row, journal.pass(pass_id));
    std::error_code error;
    if (!row || row->recording_dropped_at || !std::filesystem::exists(layout.pass(pass_id), error)) return std::nullopt;
    return with_files(layout, std::move(*row));
  };
  auto kept = co_await on_journal(journal_, std::move(read));
  if (!kept) co_return Failure(kept.error());
  if (!*kept) co_return false;
  (*kept)->row.state = spool::PassState::ended;
  const auto pass = adopt_ended(std::move(**kept));
  if (on_pass_) on_pass_(pass);
  co_return true;
}

asio::awaitable<void> PassManager::wait_until_opened(std::vector<std::shared_ptr<Pass>> passes) {
  const SteadyTime deadline = clock_.steady_now() + kOpenPatience;
  for (const auto& pass : passes) {
    while (!pass->opened() && clock_.steady_now() < deadline) co_await pass->changed().wait_for(Milliseconds(1000));
  }
}

std::shared_ptr<Pass> PassManager::take_interrupted(const std::string& source) {
  const auto place = interrupted_.find(source);
  if (place == interrupted_.end()) return nullptr;
  auto pass = std::move(place->second);
  interrupted_.erase(place);
  return pass;
}

void PassManager::leave_interrupted(std::shared_ptr<Pass> pass, const std::string& source) {
  interrupted_[source] = std::move(pass);
}

void PassManager::end_interrupted() {
  for (const auto& [source, pass] : interrupted_) {
    pass->end("source removed", pass->reception_of(source).value_or(0));
  }
  interrupted_.clear();
}

void PassManager::bind(const std::vector<config::Source>& sources) {
  bound_.clear();
  for (const config::Source& source : sources) {
    const bool goes_on = source.kind == config::SourceKind::sle && source.sle.mode == config::SleMode::online_complete;
    bound_.push_back({source.name, source.merge_with, std::string(config::to_string(source.form)),
                      source.sle.fill_gaps_of, source.sle.fill_timeout, goes_on});
  }
  forget_fillers();
}

std::string PassManager::pass_id(const PassOrigin& origin, UtcTime started_at) {
  const std::string id = fmt::format("{}-{}", format_utc_compact(started_at), origin.source);
  return origin.mark.empty() ? id : fmt::format("{}-{}", id, origin.mark);
}

std::shared_ptr<Pass> PassManager::begin(const PassOrigin& origin, UtcTime started_at) {
  const auto pass = make(origin, started_at);
  pass->join(0);
  begun(pass);
  return pass;
}

PassManager::Joined PassManager::join(PassOrigin origin, UtcTime started_at) {
  const std::string source = origin.source;
  const auto bound = std::ranges::find(bound_, source, &Bound::name);
  const bool merges = bound != bound_.end() && !bound->merge_with.empty();
  const std::string owner = merges ? bound->merge_with : source;
  for (const auto& pass : active_) {
    if (pass->ending() || pass->row().source != owner || pass->receptions().size() < 2) continue;
    const auto reception = pass->reception_of(source);
    if (!reception || pass->form(*reception) != origin.form) continue;
    pass->join(*reception);
    log_info(fmt::format("pass '{}': source '{}' takes part", pass->id(), source));
    return {pass, *reception};
  }
  const auto owning = std::ranges::find(bound_, owner, &Bound::name);
  const bool is_open =
      std::ranges::any_of(active_, [&](const auto& pass) { return !pass->ending() && pass->row().source == owner; });
  if (!merges || owning == bound_.end() || is_open) return {begin(origin, started_at), 0};
  origin.source = owner;
  origin.form = owning->form;
  const auto pass = make(origin, started_at);
  const std::size_t reception = pass->reception_of(source).value_or(0);
  pass->join(reception);
  begun(pass);
  return {pass, reception};
}

std::shared_ptr<Pass> PassManager::make(const PassOrigin& origin, UtcTime started_at) {
  const std::string wanted = pass_id(origin, started_at);
  spool::Pass row;
  row.id = wanted;
  if (origin.mark.empty()) {
    for (int i = 2; used_ids_.contains(row.id); ++i) row.id = fmt::format("{}-{}", wanted, i);
  }
  used_ids_.insert(row.id);
  begun_ids_.insert(row.id);
  row.source = origin.source;
  row.spacecraft = origin.spacecraft;
  row.station = origin.station;
  row.started_at = started_at;
  auto pass = adopt(std::move(row), origin.form, {});
  expect_fill(*pass, {});
  return pass;
}

void PassManager::begun(const std::shared_ptr<Pass>& pass) {
  log_info(fmt::format("pass '{}' begins", pass->id()));
  if (announce_beginning_) pass->unannounced_ = announce_beginning_(pass->row());
  store(pass);
  if (on_pass_) on_pass_(pass);
}

// With the receptions that it has, and those that it may have: no recording is open but those that are there already.
std::shared_ptr<Pass> PassManager::adopt(spool::Pass row, const std::string& form, const std::vector<Beside>& beside) {
  const auto directory = layout_.pass(row.id);
  std::shared_ptr<Pass> pass(new Pass(*this, io_, std::move(row), directory));
  pass->receptions_.push_back({.source = pass->row().source, .directory = directory, .form = form});
  for (const Beside& one : beside) {
    // What is still being fetched is no part of the pass yet.
    if (!one.has_bytes || one.fill.state == FillMark::State::wanted) continue;
    pass->receptions_.push_back({.source = one.source, .directory = directory / one.source, .form = one.form});
    open_recording(pass, pass->receptions_.size() - 1);
  }
  for (const Bound& bound : bound_) {
    if (bound.merge_with != pass->row().source || pass->reception_of(bound.name)) continue;
    pass->receptions_.push_back({.source = bound.name, .directory = directory / bound.name, .form = bound.form});
  }
  active_.push_back(pass);
  changed_.notify();
  return pass;
}

void PassManager::open_recording(const std::shared_ptr<Pass>& pass, std::size_t reception) {
  // Weak: the pass owns the recording, which owns these.
  const std::weak_ptr<Pass> weak = pass;
  const auto with_pass = [weak](auto action) {
    if (const auto strong = weak.lock()) action(*strong);
  };
  RecordingCallbacks callbacks;
  callbacks.opened = [this, with_pass, reception](recording::Recovered recovered) {
    with_pass([&](Pass& p) { opened(p, reception, recovered); });
  };
  callbacks.synced = [this, with_pass, reception](std::uint64_t bytes) {
    with_pass([&](Pass& p) {
      p.receptions_[reception].synced_bytes = bytes;
      p.changed_.notify();
      if (std::exchange(p.was_in_trouble_, false)) trouble_over(p, reception);
    });
  };
  callbacks.room = [with_pass] { with_pass([](Pass& p) { p.changed_.notify(); }); };
  callbacks.trouble = [this, with_pass, reception](Error error) {
    with_pass([&](Pass& p) { trouble(p, reception, error); });
  };
  callbacks.trouble_over = [this, with_pass, reception] { with_pass([&](Pass& p) { trouble_over(p, reception); }); };
  callbacks.finished = [this, with_pass, reception](std::uint64_t size) {
    with_pass([&](Pass& p) { closed(p, reception, size); });
  };
  PassReception& one = pass->receptions_[reception];
  one.recording = recorder_.open(one.directory, std::move(callbacks), one.form);
}

void PassManager::opened(Pass& pass, std::size_t reception, const recording::Recovered& recovered) {
  PassReception& one = pass.receptions_[reception];
  one.opened = true;
  if (reception == 0 && pass.fill_) {
    std::uint64_t& whole = pass.fill_->whole_bytes;
    // What was told of since we started is counted from there on.
    whole = pass.fill_->told_before ? std::min(whole, recovered.size_bytes)
            : pass.fill_->wanted    ? whole + recovered.size_bytes
                                    : whole;
  }
  one.received_bytes += recovered.size_bytes;
  one.synced_bytes = recovered.size_bytes;
  one.connections = std::max(one.connections, recovered.last_connection);
  if (reception == 0) pass.row_.connections = std::max(pass.row_.connections, recovered.last_connection);
  pass.changed_.notify();
  if (recovered.torn_bytes == 0) return;
  incidents_.open(
      "torn_recording", pass.id(),
      fmt::format("{} bytes that a crash left unfinished behind byte {} were cut from the recording of '{}'",
                  recovered.torn_bytes, recovered.size_bytes, one.source),
      "look why the computer or the program stopped; these bytes are lost unless the receiver sends them again");
}

void PassManager::trouble(Pass& pass, std::size_t reception, const Error& error) {
  if (std::exchange(pass.receptions_[reception].in_trouble, true)) return;
  incidents_.open(
      kTroubleKind, pass.id(), error.message,
      error.kind == ErrorKind::exhausted
          ? "free space on the file system of the spool; the receiver is kept waiting until then"
          : "check the disk of the spool; writing is tried again every second, the receiver is kept waiting");
}

void PassManager::trouble_over(Pass& pass, std::size_t reception) {
  pass.receptions_[reception].in_trouble = false;
  if (std::ranges::any_of(pass.receptions_, &PassReception::in_trouble)) return;
  incidents_.close(kTroubleKind, pass.id());
}

void PassManager::closed(Pass& pass, std::size_t reception, std::uint64_t size_bytes) {
  if (std::exchange(pass.was_in_trouble_, false)) trouble_over(pass, reception);
  pass.receptions_[reception].closed = true;
  pass.receptions_[reception].synced_bytes = size_bytes;
  pass.changed_.notify();
  const auto is_open = [](const PassReception& one) { return one.recording && !one.closed; };
  if (std::ranges::any_of(pass.receptions_, is_open)) return;
  pass.closed_ = true;
  changed_.notify();
  const std::uint64_t all_bytes = pass.recorded_bytes();
  const bool was_receiving = pass.row_.state == spool::PassState::receiving;
  const bool size_known = pass.row_.bytes_recorded == all_bytes;
  pass.row_.state = spool::PassState::ended;
  pass.row_.bytes_recorded = all_bytes;
  if (was_receiving || !size_known) store(pass.shared_from_this());
  if (was_receiving) {
    log_info(fmt::format("pass '{}' has ended ({}): {} bytes over {} connections", pass.id(), pass.row_.end_reason,
                         all_bytes, pass.row_.connections));
  }
}

asio::awaitable<void> PassManager::keep_table_set(std::shared_ptr<Pass> pass, std::string sha256) {
  pass->row_.table_set = std::move(sha256);
  store(pass);
  while (pass->storing_) co_await pass->changed_.wait();
}

void PassManager::finish(const std::shared_ptr<Pass>& pass, spool::PassState state, std::string report_json) {
  pass->row_.state = state;
  pass->row_.report_json = std::move(report_json);
  if (pass->fill_ && !pass->fill_->settling) pass->fill_.reset();
  store(pass);
  active_.erase(std::remove(active_.begin(), active_.end(), pass), active_.end());
  log_info(fmt::format("pass '{}' is {}", pass->id(), to_string(state)));
  changed_.notify();
}

// Several changes in a row become one transaction; the newest always gets there.
void PassManager::store(const std::shared_ptr<Pass>& pass) {
  pass->row_changed_ = true;
  if (pass->storing_) return;
  pass->storing_ = true;
  asio::co_spawn(io_, store_until_done(this, pass), ReportEnd{"storing a pass"});
}

asio::awaitable<void> PassManager::store_until_done(PassManager* self, std::shared_ptr<Pass> pass) {
  while (pass->row_changed_) {
    pass->row_changed_ = false;
    auto write = [directory = pass->directory_, row = pass->row_, events = pass->unannounced_](
                     spool::Journal& journal) { return store_row(journal, directory, row, events); };
    const auto stored = co_await on_journal(self->journal_, std::move(write));
    if (stored) {
      pass->unannounced_.clear();
      continue;
    }
    pass->row_changed_ = true;
    if (stored.error().kind == ErrorKind::cancelled) break;
    log_error(fmt::format("pass '{}' cannot be stored, trying again: {}", pass->id(), stored.error().message));
    co_await self->retry_.wait_for(kStoreRetry);
  }
  pass->storing_ = false;
  pass->changed_.notify();
}

}  // namespace dl::daemon
