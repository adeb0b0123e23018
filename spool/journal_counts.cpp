// Totals for the status report. Deliveries have a table of totals, kept by triggers; the rest is counted through
// partial indexes, and history is a total minus that.
#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

Result<std::uint64_t> number(Journal::Implementation& journal, std::string_view sql) {
  DL_TRY(Query query, journal.query(sql));
  DL_CHECK(query.step());
  return query.u64();
}

std::uint64_t& number_in(QueueCounts& queue, DeliveryState state) {
  switch (state) {
    case DeliveryState::uploading:
      return queue.uploading;
    case DeliveryState::confirmed:
      return queue.done;
    case DeliveryState::parked:
      return queue.parked;
    case DeliveryState::dropped:
      return queue.dropped;
    case DeliveryState::queued:
      break;
  }
  return queue.queued;
}

Result<void> count_announcements(Journal::Implementation& journal, Counts& counts) {
  DL_TRY(const std::uint64_t all, number(journal, "SELECT COUNT(*) FROM announcements"));
  DL_TRY(Query query, journal.query("SELECT COUNT(*) FILTER (WHERE state = 'pending'), COUNT(*) FILTER (WHERE state = "
                                    "'parked') FROM announcements WHERE state <> 'sent'"));
  DL_CHECK(query.step());
  counts.announcements_pending = query.u64();
  counts.announcements_parked = query.u64();
  counts.announcements_sent = all - counts.announcements_pending - counts.announcements_parked;
  return {};
}

}  // namespace

Result<Counts> Journal::counts() {
  Implementation& journal = *implementation_;
  Counts counts;
  DL_TRY(counts.passes, number(journal, "SELECT COUNT(*) FROM passes"));
  DL_TRY(Query unfinished, journal.query("SELECT COUNT(*) FILTER (WHERE state = 'receiving'), COUNT(*) FILTER (WHERE "
                                         "state = 'ended') FROM passes WHERE state IN ('receiving', 'ended')"));
  DL_CHECK(unfinished.step());
  counts.passes_receiving = unfinished.u64();
  counts.passes_processing = unfinished.u64();
  DL_TRY(counts.scenes_spooled, number(journal, "SELECT COUNT(*) FROM scenes WHERE state = 'spooled'"));
  DL_TRY(counts.scenes_dropped, number(journal, "SELECT COUNT(*) FROM scenes WHERE state = 'dropped'"));
  DL_TRY(const std::uint64_t scenes, number(journal, "SELECT COUNT(*) FROM scenes"));
  counts.scenes_delivered = scenes - counts.scenes_spooled - counts.scenes_dropped;
  DL_TRY(const auto by_destination, delivery_counts());
  for (const auto& [destination, queue] : by_destination) {
    counts.deliveries_queued += queue.queued;
    counts.deliveries_uploading += queue.uploading;
    counts.deliveries_confirmed += queue.done;
    counts.deliveries_parked += queue.parked;
    counts.deliveries_dropped += queue.dropped;
    counts.deliveries_on_hold += queue.on_hold;
    counts.bytes_waiting += queue.bytes_waiting;
  }
  DL_CHECK(count_announcements(journal, counts));
  DL_TRY(counts.incidents_open, number(journal, "SELECT COUNT(*) FROM incidents WHERE closed_at IS NULL"));
  return counts;
}

Result<std::map<std::string, QueueCounts>> Journal::delivery_counts() {
  std::map<std::string, QueueCounts> counts;
  DL_TRY(Query query, implementation_->query("SELECT destination, state, on_hold, deliveries, bytes_missing FROM "
                                             "delivery_totals WHERE deliveries > 0"));
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) return counts;
    QueueCounts& queue = counts[query.text()];
    const DeliveryState state = delivery_state(query.text());
    const bool on_hold = query.integer() != 0;
    const std::uint64_t deliveries = query.u64();
    const std::uint64_t bytes_missing = query.u64();
    number_in(queue, state) += deliveries;
    if (state == DeliveryState::confirmed || state == DeliveryState::dropped) continue;
    queue.bytes_waiting += bytes_missing;
    if (on_hold) queue.on_hold += deliveries;
  }
}

Result<std::map<std::string, QueueCounts>> Journal::announcement_counts() {
  std::map<std::string, QueueCounts> counts;
  DL_TRY(Query query, implementation_->query(
                          "SELECT publisher, COUNT(*) FILTER (WHERE state = 'pending'), COUNT(*) FILTER (WHERE state = "
                          "'parked'), COUNT(*) FILTER (WHERE state = 'sent') FROM announcements GROUP BY publisher"));
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) return counts;
    QueueCounts& queue = counts[query.text()];
    queue.queued = query.u64();
    queue.parked = query.u64();
    queue.done = query.u64();
  }
}

}  // namespace dl::spool
