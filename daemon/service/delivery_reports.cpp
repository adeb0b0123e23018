#include "daemon/service/delivery_reports.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::daemon {
namespace {

using control::Command;
using control::Report;
using control::Request;
using spool::DeliveryState;

constexpr std::size_t kPage = 1000;

Failure not_there(std::string what, std::string_view lists) {
  return fail(ErrorKind::permanent, fmt::format("there is no {}; '{}' lists them", what, lists));
}

Result<void> check_is_there(spool::Journal& journal, const control::Selection& selection) {
  if (selection.delivery != 0) {
    DL_TRY(const auto delivery, journal.delivery(selection.delivery));
    if (!delivery) return not_there(fmt::format("delivery {}", selection.delivery), "deliveries");
  }
  if (!selection.scene_id.empty()) {
    DL_TRY(const auto scene, journal.scene(selection.scene_id));
    if (!scene) return not_there(fmt::format("scene '{}'", selection.scene_id), "scenes");
  }
  if (!selection.pass_id.empty()) {
    DL_TRY(const auto pass, journal.pass(selection.pass_id));
    if (!pass) return not_there(fmt::format("pass '{}'", selection.pass_id), "passes");
  }
  if (!selection.destination.empty()) {
    DL_TRY(const auto counts, journal.delivery_counts());
    if (!counts.contains(selection.destination))
      return not_there(fmt::format("delivery to a destination '{}'", selection.destination), "destinations");
  }
  return {};
}

std::string action_of(const Request& request) {
  if (request.command == Command::prioritise && !request.urgent) return "set back";
  return std::string(to_string(request.command));
}

Result<std::uint64_t> change(spool::Journal& journal, const Request& request) {
  const auto selection = to_selection(request.selection);
  switch (request.command) {
    case Command::hold:
      return journal.hold_deliveries(selection);
    case Command::release:
      return journal.release_deliveries(selection);
    case Command::retry:
      return journal.retry_deliveries(selection);
    default:
      return journal.prioritise_deliveries(selection, request.urgent);
  }
}

Result<std::uint64_t> release_event(spool::Journal& journal, std::int64_t sequence) {
  const Result<void> released = journal.release_announcement(sequence);
  if (!released) return Failure(released.error());
  return 1;
}

// Parked ones of the scene or pass, or all of them: "release --everything" is said when the cause is gone.
Result<std::uint64_t> release_events(spool::Journal& journal, const control::Selection& selection) {
  if (selection.delivery != 0 || !selection.destination.empty()) return 0;
  std::uint64_t released = 0;
  DL_TRY(const auto unsent, journal.announcements(control::kRowLimitMax, /*unsent_only=*/true));
  for (const auto& event : unsent) {
    if (event.state != spool::AnnouncementState::parked) continue;
    if (!selection.scene_id.empty() && event.scene_id != selection.scene_id) continue;
    if (!selection.pass_id.empty() && event.pass_id != selection.pass_id) continue;
    DL_CHECK(journal.release_announcement(event.sequence));
    ++released;
  }
  return released;
}

}  // namespace

control::DeliveryRow to_row(const spool::Delivery& delivery) {
  control::DeliveryRow row;
  row.id = delivery.id;
  row.scene_id = delivery.scene_id;
  row.asset = delivery.asset;
  row.destination = delivery.destination;
  row.object_name = delivery.object_name;
  row.delivery_class = to_string(delivery.delivery_class);
  const bool held = delivery.on_hold && delivery.state == DeliveryState::queued;
  row.state = held ? "held" : to_string(delivery.state);
  row.urgent = delivery.urgent;
  row.required = delivery.required;
  row.size_bytes = delivery.size_bytes;
  row.committed_bytes = delivery.committed_bytes;
  row.attempts = delivery.attempts;
  row.next_attempt_at = delivery.next_attempt_at;
  row.confirmed_at = delivery.confirmed_at;
  row.generation = delivery.generation;
  row.parked_kind = delivery.parked_kind;
  row.last_error = delivery.last_error;
  return row;
}

control::EventRow to_row(const spool::Announcement& announcement) {
  control::EventRow row;
  row.sequence = announcement.sequence;
  row.event_id = announcement.event_id;
  row.type = announcement.type;
  row.publisher = announcement.publisher;
  row.scene_id = announcement.scene_id;
  row.pass_id = announcement.pass_id;
  row.ordering_key = announcement.ordering_key;
  row.state = to_string(announcement.state);
  row.attempts = announcement.attempts;
  row.created_at = announcement.created_at;
  row.sent_at = announcement.sent_at;
  row.next_attempt_at = announcement.next_attempt_at;
  row.message_id = announcement.message_id;
  row.last_error = announcement.last_error;
  row.attributes_json = announcement.attributes_json;
  row.payload_json = announcement.payload;
  return row;
}

spool::DeliverySelection to_selection(const control::Selection& selection) {
  spool::DeliverySelection result;
  if (selection.delivery != 0) result.delivery = selection.delivery;
  if (!selection.scene_id.empty()) result.scene_id = selection.scene_id;
  if (!selection.pass_id.empty()) result.pass_id = selection.pass_id;
  if (!selection.destination.empty()) result.destination = selection.destination;
  return result;
}

Result<Report> change_deliveries(spool::Journal& journal, const Request& request) {
  control::ChangeReport report;
  report.action = action_of(request);
  report.selection = control::to_text(request.selection);
  if (request.selection.event != 0) {
    DL_TRY(report.announcements_changed, release_event(journal, request.selection.event));
    return Report(std::move(report));
  }
  DL_CHECK(check_is_there(journal, request.selection));
  DL_TRY(report.deliveries_changed, change(journal, request));
  if (request.command == Command::release) {
    DL_TRY(report.announcements_changed, release_events(journal, request.selection));
  }
  return Report(std::move(report));
}

Result<Report> outbox_report(spool::Journal& journal, const Request& request, UtcTime now) {
  control::OutboxReport report{now, {}};
  DL_TRY(const auto events, journal.announcements(request.limit, request.unsent));
  for (const auto& event : events) report.events.push_back(to_row(event));
  return Report(std::move(report));
}

Result<std::vector<spool::Delivery>> DeliverySearch::next_page(spool::Journal& journal) const {
  if (after_ == 0) DL_CHECK(check_is_there(journal, request_.selection));
  return journal.deliveries_after(after_, to_selection(request_.selection), std::nullopt, kPage);
}

bool DeliverySearch::add(const std::vector<spool::Delivery>& page) {
  for (const auto& delivery : page) {
    after_ = delivery.id;
    if (!wanted(delivery)) continue;
    newest_.push_back(to_row(delivery));
    if (newest_.size() > request_.limit) newest_.pop_front();
  }
  return page.size() == kPage;
}

bool DeliverySearch::wanted(const spool::Delivery& delivery) const {
  if (!request_.state.empty()) return to_row(delivery).state == request_.state;
  return request_.all || (delivery.state != DeliveryState::confirmed && delivery.state != DeliveryState::dropped);
}

control::DeliveriesReport DeliverySearch::take_report(UtcTime now) {
  control::DeliveriesReport report{now, {newest_.rbegin(), newest_.rend()}};
  newest_.clear();
  return report;
}

}  // namespace dl::daemon
