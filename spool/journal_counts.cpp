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
  counts.deliveries_confirmed =
      all - counts.deliveries_queued - counts.deliveries_uploading - counts.deliveries_parked;
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

}  // namespace dl::spool
