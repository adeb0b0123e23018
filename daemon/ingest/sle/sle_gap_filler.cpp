#include "daemon/ingest/sle/sle_gap_filler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/ingest/files/last_reception.h"
#include "daemon/ingest/sle/sle_incidents.h"
#include "daemon/log.h"
#include "daemon/offload.h"
#include "spool/pass_file.h"

namespace dl::daemon {
namespace {

namespace sle = link::sle;

// Of the passes that may turn out to have gaps.
constexpr Milliseconds kLookInterval{1'000};
constexpr Milliseconds kUnbindPatience{2'000};

struct OldGap {
  std::string pass_id;
  UtcTime from;
};

// Passes of runs before this one, whose gaps the provider told of, and that were not fetched.
std::vector<OldGap> old_gaps(const std::filesystem::path& passes, const std::string& source,
                             const std::string& filler) {
  std::vector<OldGap> gaps;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(passes, error)) {
    const auto pass = spool::read_pass_file(entry.path());
    if (!pass || pass->source != source || pass->intake.gaps_told == 0 || !pass->ended_at) continue;
    if (std::filesystem::exists(entry.path() / filler / kFetchedFile, error)) continue;
    gaps.push_back({pass->id, pass->started_at});
  }
  std::ranges::sort(gaps, {}, &OldGap::from);
  return gaps;
}

Result<void> mark_fetched(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  return write_file_durably(directory / kFetchedFile, {});
}

}  // namespace

SleGapFiller::SleGapFiller(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
                           PassManager& passes, Incidents& incidents,
                           std::function<Result<SleSource::Prepared>()> prepare)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      config_(std::move(config)),
      passes_(passes),
      incidents_(incidents),
      prepare_(std::move(prepare)),
      dialler_(std::make_shared<Dialler>(io, clock, config_, incidents)),
      wake_(io) {}

Result<void> SleGapFiller::start() {
  auto prepared = prepare_();
  if (!prepared) {
    last_error_ = prepared.error().message;
    state_ = "failed";
    return Failure(prepared.error().in(fmt::format("source '{}'", config_.name)));
  }
  prepared_ = std::move(*prepared);
  last_error_.clear();
  state_ = "waiting";
  asio::co_spawn(io_, live(shared_from_this()), ReportEnd{"filling gaps"});
  return {};
}

void SleGapFiller::stop() {
  stopping_ = true;
  dialler_->stop();
  if (session_) session_->finish(sle::UnbindReason::suspend, kUnbindPatience);
  // What was fetched so far stays, and is fetched again by the next run.
  if (fetch_ && fetch_->recording) fetch_->recording->finish();
  wake_.notify();
}

void SleGapFiller::update(const config::Source& config) {
  dialler_->update(config);
}

std::filesystem::path SleGapFiller::directory_of(const std::string& pass_id) const {
  return passes_.layout().pass(pass_id) / config_.name;
}

asio::awaitable<void> SleGapFiller::live(Self self) {
  co_await find_old_gaps(self);
  while (!self->stopping_) {
    self->look_at_active_passes();
    if (self->wanted_.empty()) {
      co_await self->wake_.wait_for(kLookInterval);
      continue;
    }
    Gap gap = std::move(self->wanted_.front());
    self->wanted_.pop_front();
    co_await fetch(self, std::move(gap));
  }
}

asio::awaitable<void> SleGapFiller::find_old_gaps(Self self) {
  auto look = [passes = self->passes_.layout().passes(), source = self->config_.sle.fill_gaps_of,
               filler = self->config_.name] { return old_gaps(passes, source, filler); };
  const auto found = co_await on_pool(self->blocking_, std::move(look));
  for (const OldGap& gap : found) {
    if (self->known_.insert(gap.pass_id).second) self->wanted_.push_back({gap.pass_id, gap.from});
  }
}

void SleGapFiller::look_at_active_passes() {
  const auto& active = passes_.active();
  for (const auto& pass : active) {
    if (pass->row().source == config_.sle.fill_gaps_of && known_.insert(pass->id()).second) watched_[pass->id()] = pass;
  }
  for (auto watched = watched_.begin(); watched != watched_.end();) {
    const auto& pass = watched->second;
    const bool has_gaps = pass->row().intake.gaps_told > 0 || pass->progress.frames_lost > 0;
    const bool is_decoded = std::ranges::find(active, pass) == active.end();
    if (pass->closed() && has_gaps) wanted_.push_back({pass->id(), pass->row().started_at});
    watched = pass->closed() && (has_gaps || is_decoded) ? watched_.erase(watched) : std::next(watched);
  }
}

asio::awaitable<void> SleGapFiller::fetch(Self self, Gap gap) {
  auto look = [directory = self->passes_.layout().pass(gap.pass_id)] { return last_reception_in(directory); };
  const auto to = co_await on_pool(self->blocking_, std::move(look));
  if (!to) co_return;  // nothing was recorded, or it has been dropped since
  const auto fetch = std::make_shared<Fetch>();
  fetch->pass_id = gap.pass_id;
  fetch->range = {gap.from, *to};
  self->fetch_ = fetch;
  self->state_ = "fetching";
  self->bytes_ = 0;
  bool given_up = false;
  while (!self->stopping_ && !fetch->complete && !given_up) {
    auto socket = co_await Dialler::connect(self->dialler_);
    if (!socket || self->stopping_) break;
    self->session_ =
        std::make_shared<SleSession>(self->io_, self->clock_, std::move(*socket), self->prepared_->options);
    SleSession::Handlers handlers;
    handlers.take = [source = self.get(), fetch = fetch.get()](std::span<const sle::UserEvent> events) {
      source->take(*fetch, events);
    };
    handlers.room = [self, fetch] { return room(self, fetch); };
    ++fetch->connection;
    const sle::TimeRange range = fetch->range;
    const sle::Ended ended = co_await SleSession::run(self->session_, range, std::move(handlers));
    self->session_.reset();
    if (self->stopping_ || fetch->complete || ended.kind == sle::EndKind::unbound) continue;
    self->last_error_ = ended.message;
    open_sle_incident(self->incidents_, self->config_, ended);
    // The provider does not have these times, and will not have them later.
    given_up = ended.start_diagnostic && ended.start_diagnostic->specific;
  }
  if (!self->stopping_) co_await close(self, fetch);
  self->fetch_.reset();
  self->state_ = "waiting";
}

asio::awaitable<void> SleGapFiller::close(Self self, std::shared_ptr<Fetch> fetch) {
  if (fetch->recording) {
    fetch->recording->finish();
    while (!fetch->closed && !self->stopping_) co_await self->wake_.wait();
    if (!fetch->closed) co_return;
  }
  if (!fetch->complete) co_return;
  auto mark = [directory = self->directory_of(fetch->pass_id)] { return mark_fetched(directory); };
  const auto marked = co_await on_pool(self->blocking_, std::move(mark));
  if (!marked) log_error(marked.error().message);
  log_info(fmt::format("source '{}': {} frames of pass '{}' were fetched into '{}'", self->config_.name, fetch->frames,
                       fetch->pass_id, self->directory_of(fetch->pass_id).string()));
}

asio::awaitable<void> SleGapFiller::room(Self self, std::shared_ptr<Fetch> fetch) {
  while (fetch->recording && !fetch->recording->has_room() && !self->stopping_) co_await self->wake_.wait();
}

void SleGapFiller::take(Fetch& fetch, std::span<const sle::UserEvent> events) {
  if (stopping_) return;
  for (const sle::UserEvent& event : events) {
    if (std::holds_alternative<sle::Started>(event)) {
      last_error_.clear();
      close_sle_incidents(incidents_, config_.name);
    }
    if (const auto* frame = std::get_if<sle::AnnotatedFrame>(&event)) take_frame(fetch, *frame);
    const auto* notification = std::get_if<sle::SyncNotification>(&event);
    if (notification == nullptr || !std::holds_alternative<sle::EndOfData>(notification->notification)) continue;
    fetch.complete = true;
    session_->finish(sle::UnbindReason::end, prepared_->options.return_timeout);
  }
}

void SleGapFiller::take_frame(Fetch& fetch, const sle::AnnotatedFrame& frame) {
  if (!prepared_->unit.fits(frame.data)) {
    counters_ += {.wrong_size_messages = 1, .wrong_size_bytes = frame.data.size()};
    return;
  }
  dialler_->worked();
  if (!fetch.recording) open_recording(fetch);
  fetch.recording->push(frame.data, frame.earth_receive_time, fetch.connection, sle_verdict(frame.quality));
  fetch.range.from = frame.earth_receive_time;
  ++fetch.frames;
  counters_ += {.messages = 1};
  bytes_ += frame.data.size();
  last_data_at_ = clock_.now();
  rate_.add(frame.data.size(), clock_.steady_now());
}

void SleGapFiller::open_recording(Fetch& fetch) {
  RecordingCallbacks callbacks;
  const std::weak_ptr<SleGapFiller> weak = shared_from_this();
  const auto wake = [weak] {
    if (const auto self = weak.lock()) self->wake_.notify();
  };
  callbacks.room = wake;
  callbacks.finished = [wake, fetch = std::weak_ptr<Fetch>(fetch_)](std::uint64_t) {
    if (const auto strong = fetch.lock()) strong->closed = true;
    wake();
  };
  fetch.recording = passes_.record_beside(fetch.pass_id, config_.name, std::string(config::to_string(config_.form)),
                                          std::move(callbacks));
}

control::SourceRow SleGapFiller::status() const {
  control::SourceRow row;
  row.name = config_.name;
  row.kind = config::to_string(config_.kind);
  row.spacecraft = config_.spacecraft;
  row.state = state_;
  row.address = config_.connect;
  row.pass_id = fetch_ ? fetch_->pass_id : "";
  row.bytes = bytes_;
  row.rate_bytes_per_s = rate_.bytes_per_s(clock_.steady_now());
  row.last_data_at = last_data_at_;
  row.intake = counters_;
  row.last_error = last_error_.empty() ? dialler_->last_error() : last_error_;
  return row;
}

}  // namespace dl::daemon
