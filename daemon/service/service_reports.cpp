// What the control socket answers.
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "core/kernel_choice.h"
#include "daemon/offload.h"
#include "daemon/service/reports.h"
#include "daemon/service/service.h"
#include "daemon/service/unconfigured.h"

namespace dl::daemon {
namespace {

// While somebody waits; nobody waits on an idle daemon.
constexpr Milliseconds kWaitInterval{200};

struct JournalStatus {
  spool::Counts counts;
  std::map<std::string, spool::QueueCounts> deliveries;
  std::map<std::string, spool::QueueCounts> announcements;
  std::vector<spool::Incident> incidents;
};

Result<JournalStatus> read_status(spool::Journal& journal) {
  JournalStatus status;
  DL_TRY(status.counts, journal.counts());
  DL_TRY(status.deliveries, journal.delivery_counts());
  DL_TRY(status.announcements, journal.announcement_counts());
  DL_TRY(status.incidents, journal.incidents(true));
  return status;
}

std::string space_text(spool::SpaceState state) {
  switch (state) {
    case spool::SpaceState::ok:
      return "ok";
    case spool::SpaceState::low:
      return "scenes_stopped";
    case spool::SpaceState::critical:
      return "recording_stopped";
  }
  return "ok";
}

control::TablesStatus to_status(const TablesState& state) {
  return {state.sha256, state.since, state.rows, state.problem};
}

control::DestinationDetailRow to_detail(const Uplink::Destination& destination, const spool::QueueCounts& counts) {
  const uplink::EngineStatus status = destination.engine->status();
  control::DestinationDetailRow row;
  row.name = destination.config.name;
  row.kind = config::to_string(destination.config.kind);
  row.location = location_of(destination.config);
  row.required = destination.config.required;
  row.state = uplink::to_string(status.state);
  row.breaker = uplink::to_string(status.breaker);
  row.queued = counts.queued;
  row.uploading = counts.uploading;
  row.parked = counts.parked;
  row.on_hold = counts.on_hold;
  row.confirmed = counts.done;
  row.dropped = counts.dropped;
  row.bytes_waiting = counts.bytes_waiting;
  row.bytes_per_s = status.bytes_per_s;
  row.failures = status.failures;
  row.retry_budget = status.retry_budget;
  row.next_attempt_at = status.next_attempt_at;
  row.last_error = status.last_error;
  return row;
}

control::DestinationRow to_row(const Uplink::Destination& destination, const spool::QueueCounts& counts) {
  const uplink::EngineStatus status = destination.engine->status();
  control::DestinationRow row;
  row.name = destination.config.name;
  row.kind = config::to_string(destination.config.kind);
  row.location = location_of(destination.config);
  row.state = uplink::to_string(status.state);
  row.queued = counts.queued;
  row.uploading = counts.uploading;
  row.parked = counts.parked;
  row.confirmed = counts.done;
  row.bytes_waiting = counts.bytes_waiting;
  row.next_attempt_at = status.next_attempt_at;
  row.last_error = status.last_error;
  return row;
}

// A row without an engine: work that waits for a name that is not configured.
control::DestinationRow unconfigured_row(const std::string& name, const spool::QueueCounts& counts) {
  control::DestinationRow row;
  row.name = name;
  row.state = "unconfigured";
  row.queued = counts.queued;
  row.uploading = counts.uploading;
  row.parked = counts.parked;
  row.confirmed = counts.done;
  row.bytes_waiting = counts.bytes_waiting;
  row.last_error = "not configured";
  return row;
}

control::PublisherRow to_row(const Uplink::Publisher& publisher, const spool::QueueCounts& counts,
                             const spool::Layout& layout) {
  const uplink::EngineStatus status = publisher.relay->status();
  control::PublisherRow row;
  row.name = publisher.config.name;
  row.kind = config::to_string(publisher.config.kind);
  row.location = location_of(publisher.config, layout);
  row.pending = counts.queued;
  row.parked = counts.parked;
  row.sent = counts.done;
  row.next_attempt_at = status.next_attempt_at;
  row.last_error = status.last_error;
  return row;
}

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

void add_unconfigured(const JournalStatus& status, control::StatusReport& report) {
  for (const auto& [name, counts] : unconfigured(status.deliveries, names_of(report.destinations))) {
    report.destinations.push_back(unconfigured_row(name, counts));
  }
  for (const auto& [name, counts] : unconfigured(status.announcements, names_of(report.publishers))) {
    control::PublisherRow row;
    row.name = name;
    row.pending = counts.queued;
    row.parked = counts.parked;
    row.sent = counts.done;
    row.last_error = "not configured";
    report.publishers.push_back(std::move(row));
  }
}

}  // namespace

control::Report Service::sources_report() const {
  control::SourcesReport report{clock_.now(), sources_->status(), {}};
  for (const auto& row : report.sources) report.intake.push_back({row.name, row.intake});
  return report;
}

asio::awaitable<Result<control::Report>> Service::status_report() {
  auto status = co_await on_journal(*journal_, &read_status);
  if (!status) co_return Failure(status.error());
  control::StatusReport report;
  report.version = DL_VERSION;
  report.kernel = to_string(kernel_choice());
  report.station = config_.general.station;
  report.state = draining_ ? "draining" : "running";
  report.pid = ::getpid();
  report.now = clock_.now();
  report.started_at = started_at_;
  report.config_file = config_.file.string();
  report.config_loaded_at = config_loaded_at_;
  report.space = {layout_.root.string(), space_text(space_->state()), space_->available_bytes(),
                  space_->thresholds().stop_scenes_below_bytes, space_->thresholds().stop_recording_below_bytes};
  report.tables = to_status(tables_->state());
  report.sources = sources_->status();
  report.passes = active_passes();
  report.passes_total = status->counts.passes;
  report.scenes_spooled = status->counts.scenes_spooled;
  report.scenes_delivered = status->counts.scenes_delivered;
  for (const auto& destination : uplink_->destinations()) {
    report.destinations.push_back(to_row(*destination, status->deliveries[destination->config.name]));
  }
  for (const auto& publisher : uplink_->publishers()) {
    report.publishers.push_back(to_row(*publisher, status->announcements[publisher->config.name], layout_));
  }
  add_unconfigured(*status, report);
  for (const auto& incident : status->incidents) report.incidents.push_back(daemon::to_row(incident));
  co_return control::Report(std::move(report));
}

asio::awaitable<Result<control::Report>> Service::destinations_report() {
  auto read = [](spool::Journal& journal) { return journal.delivery_counts(); };
  auto counts = co_await on_journal(*journal_, std::move(read));
  if (!counts) co_return Failure(counts.error());
  control::DestinationsReport report;
  report.now = clock_.now();
  if (const auto skew = uplink_->server_times().skew()) report.clock_ahead_s = skew->count();
  for (const auto& destination : uplink_->destinations())
    report.destinations.push_back(to_detail(*destination, (*counts)[destination->config.name]));
  co_return control::Report(std::move(report));
}

std::vector<control::ActivePassRow> Service::active_passes() const {
  std::vector<control::ActivePassRow> rows;
  for (const auto& pass : passes_->active()) {
    control::ActivePassRow row;
    row.id = pass->id();
    row.source = pass->row().source;
    row.spacecraft = pass->row().spacecraft;
    row.state = pass->closed() ? "ended" : "receiving";
    row.lock = pass->progress.lock;
    row.bytes_recorded = pass->recorded_bytes();
    row.bytes_processed = pass->decoded_bytes();
    row.frames = pass->progress.frames;
    row.frames_lost = pass->progress.frames_lost;
    row.symbols_corrected = pass->progress.symbols_corrected;
    row.packets = pass->progress.packets;
    row.lines = pass->progress.lines;
    row.scenes = pass->progress.scenes;
    row.process_starts = pass->row().process_starts;
    row.process_crashes = pass->row().process_crashes;
    rows.push_back(std::move(row));
  }
  return rows;
}

asio::awaitable<Result<control::WaitReport>> Service::what_is_to_do(control::WaitCondition condition) {
  control::WaitReport report;
  report.condition = to_string(condition);
  report.passes_receiving = sources_->files_to_read();
  for (const auto& pass : passes_->active()) ++(pass->closed() ? report.passes_processing : report.passes_receiving);
  const bool idle = report.passes_receiving == 0 && report.passes_processing == 0;
  report.reached = idle;
  if (condition == control::WaitCondition::drained) {
    auto read = [](spool::Journal& journal) { return journal.counts(); };
    const auto counts = co_await on_journal(*journal_, read);
    if (!counts) co_return Failure(counts.error());
    // What an operator holds is not waited for.
    const auto waiting = counts->deliveries_queued + counts->deliveries_uploading;
    report.deliveries_waiting = waiting - std::min(waiting, counts->deliveries_on_hold);
    report.announcements_waiting = counts->announcements_pending;
    report.reached = idle && report.deliveries_waiting == 0 && report.announcements_waiting == 0;
  }
  co_return report;
}

asio::awaitable<Result<control::Report>> Service::wait_report(control::Request request) {
  const SteadyTime begin = clock_.steady_now();
  while (true) {
    auto report = co_await what_is_to_do(request.condition);
    if (!report) co_return Failure(report.error());
    const auto waited = std::chrono::floor<Milliseconds>(clock_.steady_now() - begin);
    report->waited_ms = waited.count();
    if (report->reached || waited >= request.timeout || draining_) co_return control::Report(*report);
    co_await wake_.wait_for(std::min(kWaitInterval, request.timeout - waited));
  }
}

}  // namespace dl::daemon
