// What an operator asks the service for over the control socket, other than how it is.
#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "daemon/service/delivery_reports.h"
#include "daemon/service/drop.h"
#include "daemon/service/left_uploads.h"
#include "daemon/service/reports.h"
#include "daemon/service/service.h"
#include "daemon/service/verify.h"

namespace dl::daemon {

using control::Command;
using control::Report;
using control::Request;

asio::awaitable<Result<Report>> Service::answer(Request request) {
  incidents_->flush();
  switch (request.command) {
    case Command::status:
      co_return co_await status_report();
    case Command::sources:
      co_return sources_report();
    case Command::wait:
      co_return co_await wait_report(std::move(request));
    case Command::deliveries:
      co_return co_await deliveries_report(std::move(request));
    case Command::hold:
    case Command::release:
    case Command::retry:
    case Command::prioritise:
      co_return co_await change(std::move(request));
    case Command::drop:
      co_return co_await drop(std::move(request));
    case Command::bandwidth:
      co_return bandwidth_report();
    case Command::bandwidth_set:
      co_return co_await set_bandwidth(std::move(request));
    case Command::destinations:
      co_return co_await destinations_report();
    case Command::verify:
      co_return co_await verify(std::move(request));
    case Command::retention:
      co_return co_await retention_->run(request.dry_run);
    default:
      break;
  }
  auto read = [request, now = clock_.now(), recordings = layout_.passes()](spool::Journal& journal) {
    if (request.command == Command::outbox) return outbox_report(journal, request, now);
    return journal_report(journal, request, now, recordings);
  };
  auto report = co_await on_journal(*journal_, std::move(read));
  co_return report;
}

asio::awaitable<Result<Report>> Service::deliveries_report(Request request) {
  const auto search = std::make_shared<DeliverySearch>(std::move(request));
  while (true) {
    auto look = [search](spool::Journal& journal) { return search->next_page(journal); };
    const auto page = co_await on_journal(*journal_, std::move(look));
    if (!page) co_return Failure(page.error());
    if (!search->add(*page)) co_return Report(search->take_report(clock_.now()));
  }
}

asio::awaitable<Result<Report>> Service::change(Request request) {
  auto work = [request](spool::Journal& journal) { return change_deliveries(journal, request); };
  auto changed = co_await on_journal(*journal_, std::move(work));
  if (!changed) co_return changed;
  const auto& report = std::get<control::ChangeReport>(*changed);
  log_info(fmt::format("the operator: {} {}: {} deliveries and {} events changed", report.action, report.selection,
                       report.deliveries_changed, report.announcements_changed));
  if (request.command == Command::release || request.command == Command::retry) uplink_->retry_now();
  uplink_->recheck();
  co_return changed;
}

asio::awaitable<Result<Report>> Service::drop(Request request) {
  auto find = [request](spool::Journal& journal) { return scenes_to_drop(journal, request); };
  auto found = co_await on_journal(*journal_, std::move(find));
  if (!found) co_return Failure(found.error());
  if (request.dry_run) co_return Report(std::move(*found));
  std::vector<std::string> scene_ids;
  for (const auto& row : found->rows) scene_ids.push_back(row.scene_id);
  auto ask = [scene_ids](spool::Journal& journal) { return uploads_begun(journal, scene_ids); };
  auto begun = co_await on_journal(*journal_, std::move(ask));
  auto work = [journal = journal_.get(), announcer = announcer_, layout = layout_, request,
               report = std::move(*found)] {
    return drop_scenes(layout, *journal, *announcer, request.reason, report);
  };
  auto dropped = co_await on_pool(blocking_, std::move(work));
  if (begun) give_up_uploads(std::move(*begun));
  if (!dropped) co_return Failure(dropped.error());
  log_warning(fmt::format("the operator: drop {}: {} scenes, {} bytes", dropped->selection, dropped->scenes,
                          dropped->size_bytes));
  remake_->poke();
  co_return Report(std::move(*dropped));
}

// The answer does not wait for it.
void Service::give_up_uploads(std::vector<spool::Delivery> begun) {
  auto work = [this, uplink = uplink_, destinations = uplink_->destinations(), begun = std::move(begun)] {
    give_up_left_uploads(begun, destinations, *journal_, uplink->shared(), [this] { return !stop_requested_; });
  };
  asio::post(giving_up_, std::move(work));
}

Result<Report> Service::bandwidth_report() {
  auto report = bandwidth_->report();
  for (const auto& destination : uplink_->destinations())
    report.used_bytes_per_s += destination->engine->status().bytes_per_s;
  return Report(std::move(report));
}

asio::awaitable<Result<Report>> Service::set_bandwidth(Request request) {
  const auto set = co_await bandwidth_->override_limit(request.rate, request.duration);
  if (!set) co_return Failure(set.error());
  log_info(fmt::format("the operator: bandwidth {}", request.rate));
  co_return bandwidth_report();
}

asio::awaitable<Result<Report>> Service::verify(Request request) {
  const SteadyTime deadline = clock_.steady_now() + request.timeout;
  const auto keep_going = [this, deadline] { return !stop_requested_ && clock_.steady_now() < deadline; };
  std::map<std::string, RemoteCheck> remote;
  if (request.remote) {
    for (const auto& destination : config_.destinations)
      remote[destination.name] = make_remote_check(destination, uplink_->shared());
  }
  const auto all = std::make_shared<SpoolVerification>(request.selection.scene_id, std::move(remote));
  bool through = false;
  while (!through && keep_going() && !all->full()) {
    auto next = [all](spool::Journal& journal) { return all->next_page(journal); };
    auto page = co_await on_journal(*journal_, std::move(next));
    if (!page) co_return Failure(page.error());
    through = page->deliveries.empty();
    auto read = [all, page = std::move(*page), keep_going] {
      all->verify(page, keep_going);
      return true;
    };
    co_await on_pool(verifying_, std::move(read));
  }
  all->report.complete = through && keep_going();
  for (const auto& [scene, problem] : all->rotten_scenes()) {
    auto set_aside = [scene = scene, problem = problem](spool::Journal& journal) {
      return journal.quarantine_scene(scene, problem);
    };
    const auto done = co_await on_journal(*journal_, std::move(set_aside));
    if (!done) log_error(fmt::format("scene '{}' cannot be set aside: {}", scene, done.error().message));
  }
  if (!all->rotten_scenes().empty()) remake_->poke();
  co_return Report(std::move(all->report));
}

}  // namespace dl::daemon
