// Totals for the status report. What is open is counted through partial indexes; history is a total minus that.
#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

Result<std::uint64_t> number(Journal::Implementation& journal, std::string_view sql) {
  DL_TRY(Query query, journal.query(sql));
  DL_CHECK(query.step());
  return query.u64();
}

Result<void> count_deliveries(Journal::Implementation& journal, Counts& counts) {
  DL_TRY(const std::uint64_t all, number(journal, "SELECT COUNT(*) FROM deliveries"));
  DL_TRY(Query query, journal.query("SELECT state, COUNT(*), SUM(size_bytes - committed_bytes) FROM deliveries WHERE "
                                    "state <> 'confirmed' GROUP BY state"));
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) break;
    const DeliveryState state = delivery_state(query.text());
    const std::uint64_t deliveries = query.u64();
    if (state == DeliveryState::queued) counts.deliveries_queued = deliveries;
    if (state == DeliveryState::uploading) counts.deliveries_uploading = deliveries;
    if (state == DeliveryState::parked) counts.deliveries_parked = deliveries;
    counts.bytes_waiting += query.u64();
  }
  counts.deliveries_confirmed = all - counts.deliveries_queued - counts.deliveries_uploading - counts.deliveries_parked;
  return {};
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
  DL_TRY(const std::uint64_t scenes, number(journal, "SELECT COUNT(*) FROM scenes"));
  counts.scenes_delivered = scenes - counts.scenes_spooled;
  DL_CHECK(count_deliveries(journal, counts));
  DL_CHECK(count_announcements(journal, counts));
  DL_TRY(counts.incidents_open, number(journal, "SELECT COUNT(*) FROM incidents WHERE closed_at IS NULL"));
  return counts;
}

Result<std::map<std::string, QueueCounts>> Journal::delivery_counts() {
  std::map<std::string, QueueCounts> counts;
  DL_TRY(Query query,
         implementation_->query("SELECT destination, state, COUNT(*), SUM(size_bytes - committed_bytes) FROM "
                                "deliveries GROUP BY destination, state"));
  while (true) {
    DL_TRY(const bool row, query.step());
    if (!row) return counts;
    QueueCounts& queue = counts[query.text()];
    const DeliveryState state = delivery_state(query.text());
    const std::uint64_t deliveries = query.u64();
    const std::uint64_t bytes = query.u64();
    switch (state) {
      case DeliveryState::queued:
        queue.queued = deliveries;
        break;
      case DeliveryState::uploading:
        queue.uploading = deliveries;
        break;
      case DeliveryState::parked:
        queue.parked = deliveries;
        break;
      case DeliveryState::confirmed:
        queue.done = deliveries;
        break;
    }
    if (state != DeliveryState::confirmed) queue.bytes_waiting += bytes;
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
