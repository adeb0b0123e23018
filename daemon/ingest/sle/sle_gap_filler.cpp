#include "daemon/ingest/sle/sle_gap_filler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/crc.h"
#include "daemon/ingest/files/last_reception.h"
#include "daemon/ingest/sle/sle_incidents.h"
#include "daemon/log.h"
#include "daemon/offload.h"
#include "recording/recording_reader.h"

namespace dl::daemon {
namespace {

namespace sle = link::sle;

constexpr Milliseconds kUnbindPatience{2'000};
// A pass that did not end in order may have gone on without us, but the next one is not fetched with it.
constexpr std::chrono::minutes kMostMissedAtTheEnd{15};

// DiagnosticRafStart: the provider has nothing up to that time.
constexpr std::uint8_t kInvalidStopTime = 3;

// What has been fetched before, as far as it comes again: the frames of the last chunks.
struct FetchedBefore {
  std::optional<UtcTime> up_to;
  std::uint32_t connection = 0;
  std::set<Bytes> last_frames;
};

// Chunks that a crash has torn are cut off when the recording is continued: their frames are to come again.
FetchedBefore fetched_before(const std::filesystem::path& directory, std::size_t frame_bytes) {
  FetchedBefore before;
  const auto reader = recording::RecordingReader::open(directory);
  if (!reader) return before;
  const auto& chunks = reader->chunks();
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    before.connection = std::max(before.connection, chunk->connection);
    if (before.up_to && chunk->received_at < *before.up_to) break;
    Bytes bytes(chunk->size);
    const auto count = reader->read(chunk->offset, bytes);
    if (!chunk->indexed || !count || *count != bytes.size() || crc32c(bytes) != chunk->crc32c) continue;
    before.up_to = chunk->received_at;
    for (std::size_t at = 0; at + frame_bytes <= bytes.size(); at += frame_bytes) {
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      before.last_frames.emplace(begin, begin + static_cast<std::ptrdiff_t>(frame_bytes));
    }
  }
  return before;
}

std::optional<UtcTime> last_reception_of_all(const std::vector<std::filesystem::path>& directories) {
  std::optional<UtcTime> last;
  for (const auto& directory : directories) {
    const auto there = last_reception_in(directory);
    if (there) last = std::max(last.value_or(*there), *there);
  }
  return last;
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
      dialler_(std::make_shared<Dialler>(io, clock, config_, incidents)) {}

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
  // What was fetched so far stays, and the next one of this name goes on behind it.
  if (fetch_ && is_wanted(*fetch_->pass) && fetch_->pass->fill()->recording) fetch_->pass->fill()->recording->finish();
  if (fetch_) fetch_->pass->changed().notify();
  passes_.changed().notify();
}

void SleGapFiller::update(const config::Source& config) {
  dialler_->update(config);
}

bool SleGapFiller::is_wanted(const Pass& pass) const {
  return pass.waits_for_fill() && !pass.fill()->settling && pass.fill()->source == config_.name;
}

std::shared_ptr<Pass> SleGapFiller::next_pass() const {
  const auto& active = passes_.active();
  const auto found =
      std::ranges::find_if(active, [this](const auto& pass) { return pass->closed() && is_wanted(*pass); });
  return found == active.end() ? nullptr : *found;
}

asio::awaitable<void> SleGapFiller::live(Self self) {
  while (!self->stopping_) {
    if (const auto pass = self->next_pass()) {
      co_await fetch(self, pass);
    } else {
      co_await self->passes_.changed().wait();
    }
  }
}

bool SleGapFiller::goes_on(const Fetch& fetch) const {
  return !stopping_ && !fetch.complete && fetch.refused.empty() && is_wanted(*fetch.pass);
}

asio::awaitable<void> SleGapFiller::fetch(Self self, std::shared_ptr<Pass> pass) {
  const auto fetch = std::make_shared<Fetch>();
  fetch->pass = pass;
  self->fetch_ = fetch;
  self->state_ = "fetching";
  self->bytes_ = 0;
  if (!co_await look(self, fetch)) fetch->refused = "nothing of the pass is recorded that would say its time";
  while (self->goes_on(*fetch)) {
    auto socket = co_await Dialler::connect(self->dialler_);
    if (!socket || !self->goes_on(*fetch)) break;
    co_await serve(self, fetch, std::move(*socket));
  }
  self->fetch_.reset();
  self->state_ = "waiting";
  if (self->stopping_ || !self->is_wanted(*pass)) co_return;
  if (fetch->complete) {
    log_info(
        fmt::format("source '{}': {} frames of pass '{}' were fetched", self->config_.name, fetch->frames, pass->id()));
    self->passes_.settle_fill(pass, {FillMark::State::fetched});
  } else if (!fetch->refused.empty()) {
    self->passes_.settle_fill(
        pass, {FillMark::State::given_up, 0, fmt::format("'{}': {}", self->config_.name, fetch->refused)});
  }
}

// What to ask for; false when nothing of the pass says it.
asio::awaitable<bool> SleGapFiller::look(Self self, std::shared_ptr<Fetch> fetch) {
  const auto pass = fetch->pass;
  // One of this name before us may still be at its last bytes.
  while (self->goes_on(*fetch) && pass->fill()->recording) co_await pass->changed().wait();
  if (!self->goes_on(*fetch)) co_return true;
  std::vector<std::filesystem::path> directories;
  for (const PassReception& reception : pass->receptions()) directories.push_back(reception.directory);
  auto find_last = [directories] { return last_reception_of_all(directories); };
  const auto last = co_await on_pool(self->blocking_, std::move(find_last));
  if (!last) co_return false;
  auto find_before = [directory = pass->directory() / self->config_.name,
                      size = self->prepared_->unit.longest_bytes()] { return fetched_before(directory, size); };
  auto before = co_await on_pool(self->blocking_, std::move(find_before));
  fetch->range = {std::min(pass->row().started_at, *last), *last};
  const UtcTime ended_at = pass->row().ended_at.value_or(*last);
  if (pass->row().end_reason != "eof" && ended_at > *last) {
    fetch->range.to = std::min<UtcTime>(ended_at, *last + kMostMissedAtTheEnd);
    fetch->last_of_pass = last;
  }
  if (before.up_to) fetch->range.from = *before.up_to;
  fetch->at_start = std::move(before.last_frames);
  fetch->connection = before.connection;
  co_return true;
}

asio::awaitable<void> SleGapFiller::serve(Self self, std::shared_ptr<Fetch> fetch, asio::ip::tcp::socket socket) {
  const auto session =
      std::make_shared<SleSession>(self->io_, self->clock_, std::move(socket), self->prepared_->options);
  self->session_ = session;
  asio::co_spawn(self->io_, leave_when_settled(self, fetch, session), ReportEnd{"watching a fill"});
  SleSession::Handlers handlers;
  handlers.take = [source = self.get(), fetch = fetch.get()](std::span<const sle::UserEvent> events) {
    source->take(*fetch, events);
  };
  handlers.room = [self, fetch] { return room(self, fetch); };
  ++fetch->connection;
  const sle::TimeRange range = fetch->range;
  const sle::Ended ended = co_await SleSession::run(session, range, std::move(handlers));
  self->session_.reset();
  fetch->pass->changed().notify();  // for the watch
  self->judge(*fetch, ended);
}

void SleGapFiller::judge(Fetch& fetch, const sle::Ended& ended) {
  if (!goes_on(fetch) || ended.kind == sle::EndKind::unbound) return;
  last_error_ = ended.message;
  log_info(fmt::format("source '{}': {}", config_.name, ended.message));
  const bool refused = ended.start_diagnostic && ended.start_diagnostic->specific;
  if (refused && ended.start_diagnostic->code == kInvalidStopTime && fetch.last_of_pass) {
    fetch.range.to = *std::exchange(fetch.last_of_pass, std::nullopt);
    return;
  }
  open_sle_incident(incidents_, config_, ended);
  // The provider does not have these times, and will not have them later.
  if (refused) fetch.refused = ended.message;
}

// A provider that is silent must not keep the next pass from being fetched.
asio::awaitable<void> SleGapFiller::leave_when_settled(Self self, std::shared_ptr<Fetch> fetch,
                                                       std::shared_ptr<SleSession> session) {
  while (self->session_ == session && self->is_wanted(*fetch->pass)) co_await fetch->pass->changed().wait();
  if (self->session_ == session) session->finish(sle::UnbindReason::suspend, kUnbindPatience);
}

asio::awaitable<void> SleGapFiller::room(Self self, std::shared_ptr<Fetch> fetch) {
  const auto waits = [&] {
    return self->goes_on(*fetch) && fetch->pass->fill()->recording && !fetch->pass->fill()->recording->has_room();
  };
  while (waits()) co_await fetch->pass->changed().wait();
}

void SleGapFiller::take(Fetch& fetch, std::span<const sle::UserEvent> events) {
  for (const sle::UserEvent& event : events) {
    if (!goes_on(fetch)) return;
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
  Bytes bytes(frame.data.begin(), frame.data.end());
  if (fetch.at_start.contains(bytes)) return;
  auto recording = fetch.pass->fill()->recording;
  if (!recording) recording = passes_.record_fill(fetch.pass, std::string(config::to_string(config_.form)));
  recording->push(frame.data, frame.earth_receive_time, fetch.connection, sle_verdict(frame.quality));
  if (frame.earth_receive_time > fetch.range.from) fetch.at_start.clear();
  fetch.range.from = std::max(fetch.range.from.value_or(frame.earth_receive_time), frame.earth_receive_time);
  fetch.at_start.insert(std::move(bytes));
  ++fetch.frames;
  counters_ += {.messages = 1};
  bytes_ += frame.data.size();
  last_data_at_ = clock_.now();
  rate_.add(frame.data.size(), clock_.steady_now());
}

control::SourceRow SleGapFiller::status() const {
  control::SourceRow row;
  row.name = config_.name;
  row.kind = config::to_string(config_.kind);
  row.spacecraft = config_.spacecraft;
  row.state = state_;
  row.address = config_.connect;
  row.pass_id = fetch_ ? fetch_->pass->id() : "";
  row.bytes = bytes_;
  row.rate_bytes_per_s = rate_.bytes_per_s(clock_.steady_now());
  row.last_data_at = last_data_at_;
  row.intake = counters_;
  row.last_error = last_error_.empty() ? dialler_->last_error() : last_error_;
  return row;
}

}  // namespace dl::daemon
