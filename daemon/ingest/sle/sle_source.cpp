#include "daemon/ingest/sle/sle_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/ingest/files/last_reception.h"
#include "daemon/ingest/sle/sle_incidents.h"
#include "daemon/log.h"
#include "daemon/offload.h"
#include "link/sle/words.h"

namespace dl::daemon {
namespace {

namespace sle = link::sle;

// For STOP and UNBIND when the source is stopped: what comes meanwhile is not taken, and in online complete delivery
// comes again.
constexpr Milliseconds kUnbindPatience{2'000};

constexpr const char* kBacklogKind = "sle_backlog";

// End of a pass whose last frames were dropped: nobody knows how many, so a filler asks beyond the last one that came.
constexpr const char* kEndedInBacklog = "eof after dropped frames";

// DiagnosticRafStart: the provider has nothing from that time on.
constexpr std::uint8_t kInvalidStartTime = 2;

}  // namespace

SleSource::SleSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
                     std::string station, PassManager& passes, Incidents& incidents,
                     std::function<Result<Prepared>()> prepare)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      config_(std::move(config)),
      station_(std::move(station)),
      passes_(passes),
      incidents_(incidents),
      prepare_(std::move(prepare)),
      intake_(std::make_shared<Intake>(io, clock, config_, station_, passes)),
      dialler_(std::make_shared<Dialler>(io, clock, config_, incidents)) {}

Result<void> SleSource::start() {
  auto prepared = prepare_();
  if (!prepared) {
    last_error_ = prepared.error().message;
    state_ = "failed";
    return Failure(prepared.error().in(fmt::format("source '{}'", config_.name)));
  }
  prepared_ = std::move(*prepared);
  last_error_.clear();
  state_ = "connecting";
  intake_->start();
  const std::string id =
      is_offline() ? PassManager::pass_id({config_.name, config_.spacecraft, station_}, *config_.sle.from) : "";
  if (is_offline() && !intake_->pass() && passes_.begun(id)) {
    done_ = true;
    state_ = "done";
    log_info(fmt::format("source '{}': pass '{}' was fetched before", config_.name, id));
    return {};
  }
  asio::co_spawn(io_, live(shared_from_this()), ReportEnd{"using an SLE service"});
  return {};
}

void SleSource::stop() {
  stopping_ = true;
  dialler_->stop();
  if (session_) session_->finish(sle::UnbindReason::suspend, kUnbindPatience);
  intake_->stop();
}

void SleSource::update(const config::Source& config) {
  intake_->update(config);
  dialler_->update(config);
}

asio::awaitable<void> SleSource::live(Self self) {
  co_await look_at_old_passes(self);
  while (!self->stopping_ && !self->done_) {
    auto socket = co_await Dialler::connect(self->dialler_);
    if (!socket || self->stopping_) break;
    co_await serve(self, std::move(*socket));
    self->session_.reset();
    self->peer_.clear();
    if (!self->done_) self->state_ = "connecting";
  }
}

// Where to go on after our own restart. Online timely delivery knows no past.
asio::awaitable<void> SleSource::look_at_old_passes(Self self) {
  if (self->config_.sle.mode == config::SleMode::online_timely) co_return;
  const auto open = self->intake_->pass();
  if (!open && self->is_offline()) co_return;
  auto look = [directory = open ? open->directory() : std::filesystem::path(), passes = self->passes_.layout().passes(),
               name = self->config_.name] {
    return directory.empty() ? last_reception_of(passes, name) : last_reception_in(directory);
  };
  const auto last = co_await on_pool(self->blocking_, std::move(look));
  self->last_received_ = last;
  self->pass_is_over_ = !open;
}

asio::awaitable<void> SleSource::serve(Self self, asio::ip::tcp::socket socket) {
  error_code error;
  self->peer_ = address_text(socket.remote_endpoint(error));
  self->state_ = "binding";
  log_info(fmt::format("source '{}' is connected to {}", self->config_.name, self->peer_));
  if (self->dialler_->connected_before()) self->intake_->count({.reconnects = 1});
  self->intake_->begin_connection();
  self->session_ = std::make_shared<SleSession>(self->io_, self->clock_, std::move(socket), self->prepared_->options);
  SleSession::Handlers handlers;
  handlers.take = [source = self.get()](std::span<const sle::UserEvent> events) { source->take(events); };
  handlers.room = [source = self.get()] { return source->intake_->room(); };
  const sle::Ended ended = co_await SleSession::run(self->session_, self->range(), std::move(handlers));
  self->tell(ended);
}

sle::TimeRange SleSource::range() const {
  sle::TimeRange range{config_.sle.from, config_.sle.to};
  if (config_.sle.mode == config::SleMode::online_timely || !last_received_) return range;
  // The last frame itself comes again, for others may have come at the same time.
  range.from = *last_received_ + (pass_is_over_ ? Microseconds(1) : Microseconds(0));
  return range;
}

void SleSource::take(std::span<const sle::UserEvent> events) {
  if (stopping_) return;
  IntakeCounters counters;
  for (const sle::UserEvent& event : events) {
    if (std::holds_alternative<sle::Started>(event)) started();
    if (const auto* frame = std::get_if<sle::AnnotatedFrame>(&event)) take_frame(*frame, counters);
    if (const auto* notification = std::get_if<sle::SyncNotification>(&event)) {
      // What was counted is of the pass that a notification may end.
      intake_->count(std::exchange(counters, {}));
      take_notification(*notification);
    }
  }
  if (counters != IntakeCounters{}) intake_->count(counters);
}

void SleSource::take_frame(const sle::AnnotatedFrame& frame, IntakeCounters& counters) {
  if (frame.data_link_continuity > 0) {
    counters.gaps_told += static_cast<std::uint64_t>(frame.data_link_continuity);
    // Before this frame: up to here the pass is whole.
    if (intake_->pass()) intake_->count(std::exchange(counters, {}));
  }
  dialler_->worked();
  if (!prepared_->unit.fits(frame.data)) {
    ++counters.wrong_size_messages;
    counters.wrong_size_bytes += frame.data.size();
    return;
  }
  ++counters.messages;
  if (is_offline() && !intake_->pass()) intake_->begin(*config_.sle.from);
  intake_->take(frame.data, frame.earth_receive_time, sle_verdict(frame.quality));
  last_received_ = frame.earth_receive_time;
  backlog_ = false;
  pass_is_over_ = false;
}

void SleSource::take_notification(const sle::SyncNotification& notification) {
  struct Visitor {
    SleSource& source;
    void operator()(const sle::LossOfFrameSync& loss) const {
      log_info(fmt::format("source '{}': the station lost frame synchronisation at {} (carrier {}, symbols {})",
                           source.config_.name, format_utc(loss.time), to_string(loss.carrier),
                           to_string(loss.symbol_sync)));
    }
    void operator()(const sle::ProductionStatusChange& change) const {
      log_info(fmt::format("source '{}': production is {}", source.config_.name, to_string(change.status)));
    }
    void operator()(const sle::ExcessiveDataBacklog&) const { source.backlog(); }
    void operator()(const sle::EndOfData&) const { source.end_of_data(); }
  };
  std::visit(Visitor{*this}, notification.notification);
}

// How many were dropped the next frame tells, when there is one.
void SleSource::backlog() {
  incidents_.open(kBacklogKind, config_.name, "the provider dropped frames, for it could not send them fast enough",
                  "look at the speed of the way to the provider; fetch what is missing with an offline service "
                  "instance ('fill_gaps_of')");
  backlog_ = true;
  if (intake_->pass()) intake_->pass()->want_fill(intake_->pass()->received_bytes());
}

void SleSource::started() {
  state_ = "connected";
  last_error_.clear();
  close_sle_incidents(incidents_, config_.name);
}

void SleSource::end_of_data() {
  log_info(fmt::format("source '{}': the provider has no more data", config_.name));
  intake_->end(std::exchange(backlog_, false) ? kEndedInBacklog : "eof");
  incidents_.close(kBacklogKind, config_.name);
  pass_is_over_ = true;
  if (is_offline()) {
    done_ = true;
    state_ = "done";
  }
  session_->finish(sle::UnbindReason::end, prepared_->options.return_timeout);
}

void SleSource::tell(const sle::Ended& ended) {
  if (stopping_ || ended.kind == sle::EndKind::unbound) return;
  // The range began with what the provider does not know of any more, or not yet.
  if (ended.start_diagnostic && ended.start_diagnostic->specific && ended.start_diagnostic->code == kInvalidStartTime &&
      pass_is_over_) {
    last_received_.reset();
  }
  // Everything was here already.
  if (done_) return;
  last_error_ = ended.message;
  log_info(fmt::format("source '{}': {}", config_.name, ended.message));
  if (ended.kind == sle::EndKind::protocol_error) intake_->count({.protocol_errors = 1});
  open_sle_incident(incidents_, config_, ended);
}

control::SourceRow SleSource::status() const {
  control::SourceRow row = intake_->row(state_);
  row.address = config_.connect;
  row.peer = peer_;
  row.last_error = last_error_.empty() ? dialler_->last_error() : last_error_;
  return row;
}

}  // namespace dl::daemon
