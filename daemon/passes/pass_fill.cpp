// The part of PassManager that has the gaps of passes filled.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "daemon/passes/pass_manager.h"
#include "recording/form_file.h"

namespace dl::daemon {
namespace {

// A source that never pauses makes a pass without end: its scenes do not wait for that.
constexpr std::chrono::hours kLongestWait{2};
constexpr const char* kNotFilledKind = "gaps_not_filled";

// Of a reception that was fetched, as it is on the disk.
struct Fetched {
  bool has_bytes = false;
  std::string form;
};

Result<Fetched> settle_files(const std::filesystem::path& directory, const FillMark& mark) {
  DL_CHECK(write_fill_mark(directory, mark));
  std::error_code error;
  return Fetched{std::filesystem::exists(recording::raw_path(directory, 1), error),
                 recording::read_form(directory).value_or("")};
}

}  // namespace

const PassManager::Bound* PassManager::bound(const std::string& source) const {
  const auto found = std::ranges::find(bound_, source, &Bound::name);
  return found == bound_.end() ? nullptr : &*found;
}

// Of a pass that is not decoded yet: which source completes it, and whether it must.
void PassManager::expect_fill(Pass& pass, const std::vector<Beside>& beside) {
  const auto filler = std::ranges::find(bound_, pass.row().source, &Bound::fills_gaps_of);
  // Without one a fetch may have been begun all the same: it is given up, so that it stays as it is.
  const auto begun =
      std::ranges::find_if(beside, [](const Beside& one) { return one.fill.state == FillMark::State::wanted; });
  if (filler == bound_.end() && begun == beside.end()) return;
  const std::string& source = filler != bound_.end() ? filler->name : begun->source;
  const auto there = std::ranges::find(beside, source, &Beside::source);
  const FillMark mark = there != beside.end() ? there->fill : FillMark();
  if (mark.is_settled()) return;
  pass.fill_.emplace();
  pass.fill_->source = source;
  pass.fill_->directory = pass.directory() / source;
  if (mark.state != FillMark::State::wanted && pass.row().intake.gaps_told == 0) return;
  pass.fill_->told_before = true;
  pass.want_fill(mark.whole_bytes);
}

void PassManager::want_fill(const std::shared_ptr<Pass>& pass) {
  log_info(fmt::format("pass '{}' has gaps: its scenes wait for what '{}' fetches", pass->id(), pass->fill_->source));
  asio::co_spawn(io_, await_fill(this, pass), ReportEnd{"waiting for a fill"});
  changed_.notify();
}

asio::awaitable<void> PassManager::await_fill(PassManager* self, std::shared_ptr<Pass> pass) {
  while (pass->fill_ && !pass->receptions_.front().opened) co_await pass->changed().wait();
  if (!pass->fill_) co_return;
  auto mark = [directory = pass->fill_->directory, whole_bytes = pass->fill_->whole_bytes](spool::Journal&) {
    return write_fill_mark(directory, {FillMark::State::wanted, whole_bytes});
  };
  const auto marked = co_await on_journal(self->journal_, std::move(mark));
  // The gap is found again by the next start.
  if (!marked) log_error(marked.error().message);
  if (!pass->fill_) co_return;
  pass->fill_->marked = true;
  pass->changed_.notify();
  const SteadyTime wanted_at = self->clock_.steady_now();
  std::optional<SteadyTime> deadline;  // when the pass has ended
  while (pass->fill_ && !pass->fill_->settling) {
    const Bound* filler = self->bound(pass->fill_->source);
    const SteadyTime now = self->clock_.steady_now();
    if (filler == nullptr || filler->fills_gaps_of != pass->row().source) {
      self->settle_fill(pass, {FillMark::State::given_up, 0,
                               fmt::format("there is no source '{}' that fills them any more", pass->fill_->source)});
      co_return;
    }
    if (!deadline && pass->row().ended_at) {
      const auto passed = std::chrono::floor<Milliseconds>(self->clock_.now() - *pass->row().ended_at);
      deadline = now + std::clamp(filler->fill_timeout - passed, Milliseconds(0), filler->fill_timeout);
    }
    const SteadyTime until = deadline.value_or(wanted_at + kLongestWait);
    if (now >= until) {
      self->settle_fill(
          pass, {FillMark::State::given_up, 0,
                 deadline ? fmt::format("'{}' had not fetched all within {} s after its end", pass->fill_->source,
                                        filler->fill_timeout.count() / 1000)
                          : fmt::format("it had not ended {} h after the first gap", kLongestWait.count())});
      co_return;
    }
    co_await pass->changed().wait_for(std::chrono::ceil<Milliseconds>(until - now));
  }
}

std::shared_ptr<Recorder::Recording> PassManager::record_fill(const std::shared_ptr<Pass>& pass,
                                                              const std::string& form) {
  const std::weak_ptr<Pass> weak = pass;
  RecordingCallbacks callbacks;
  callbacks.room = [weak] {
    if (const auto strong = weak.lock()) strong->changed_.notify();
  };
  callbacks.finished = [weak](std::uint64_t) {
    const auto strong = weak.lock();
    if (!strong) return;
    if (strong->fill_) strong->fill_->recording.reset();
    strong->changed_.notify();
  };
  pass->fill_->recording = recorder_.open(pass->fill_->directory, std::move(callbacks), form);
  return pass->fill_->recording;
}

void PassManager::settle_fill(const std::shared_ptr<Pass>& pass, const FillMark& mark) {
  if (!pass->fill_ || std::exchange(pass->fill_->settling, true)) return;
  pass->changed_.notify();
  asio::co_spawn(io_, settle(this, pass, mark), ReportEnd{"settling a fill"});
}

// First it is on the disk that nothing is added any more; then it is a reception of the pass like any other.
asio::awaitable<void> PassManager::settle(PassManager* self, std::shared_ptr<Pass> pass, FillMark mark) {
  if (pass->fill_->recording) pass->fill_->recording->finish();
  while (pass->fill_->recording || !pass->fill_->marked) co_await pass->changed().wait();
  const std::string source = pass->fill_->source;
  const auto directory = pass->fill_->directory;
  auto write = [directory, mark](spool::Journal&) { return settle_files(directory, mark); };
  auto fetched = co_await on_journal(self->journal_, std::move(write));
  while (!fetched && fetched.error().kind != ErrorKind::cancelled) {
    log_error(fmt::format("pass '{}': {}, trying again", pass->id(), fetched.error().message));
    co_await self->retry_.wait_for(kStoreRetry);
    auto again = [directory, mark](spool::Journal&) { return settle_files(directory, mark); };
    fetched = co_await on_journal(self->journal_, std::move(again));
  }
  if (!fetched) co_return;  // the next start settles it
  if (mark.state == FillMark::State::given_up) {
    self->incidents_.open(kNotFilledKind, pass->id(), fmt::format("gaps of the pass were not filled: {}", mark.why),
                          "its scenes are made of what is there; look at the source that fills the gaps");
  }
  pass->fill_.reset();
  if (fetched->has_bytes) {
    pass->receptions_.push_back({.source = source, .directory = directory, .form = fetched->form});
    self->open_recording(pass, pass->receptions_.size() - 1);
    pass->receptions_.back().recording->finish();
  }
  log_info(fmt::format("pass '{}': the gaps are {}", pass->id(),
                       mark.state == FillMark::State::fetched ? "fetched as far as they can be" : "not filled"));
  pass->changed_.notify();
}

// Passes whose filler is gone, and that have no gap yet, are not held up by one.
void PassManager::forget_fillers() {
  for (const auto& pass : active_) {
    if (!pass->fill_ || pass->fill_->settling) continue;
    const Bound* filler = bound(pass->fill_->source);
    const bool is_bound = filler != nullptr && filler->fills_gaps_of == pass->row().source;
    if (!is_bound && !pass->fill_->wanted) pass->fill_.reset();
    pass->changed_.notify();
  }
}

}  // namespace dl::daemon
