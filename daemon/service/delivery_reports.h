// What an operator sees of deliveries and of the outbox, and does with them; jobs for the journal.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "daemon/control/protocol.h"
#include "spool/journal.h"

namespace dl::daemon {

control::DeliveryRow to_row(const spool::Delivery& delivery);
control::EventRow to_row(const spool::Announcement& announcement);

spool::DeliverySelection to_selection(const control::Selection& selection);

// hold, release, retry, prioritise. Kind permanent when what is named is not there.
Result<control::Report> change_deliveries(spool::Journal& journal, const control::Request& request);
Result<control::Report> outbox_report(spool::Journal& journal, const control::Request& request, UtcTime now);

// The newest deliveries that a request asks for, from all that there are, in pages: so that a hundred thousand of them
// neither fill the memory nor keep the journal from its work.
class DeliverySearch {
 public:
  explicit DeliverySearch(control::Request request) : request_(std::move(request)) {}
  // A job for the journal.
  Result<std::vector<spool::Delivery>> next_page(spool::Journal& journal) const;
  // False when that was the last one.
  bool add(const std::vector<spool::Delivery>& page);
  control::DeliveriesReport take_report(UtcTime now);

 private:
  [[nodiscard]] bool wanted(const spool::Delivery& delivery) const;

  control::Request request_;
  std::int64_t after_ = 0;
  std::deque<control::DeliveryRow> newest_;
};

}  // namespace dl::daemon
