// Somebody who is told of events; which one is chosen at run time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "spool/journal.h"

namespace dl::uplink {

enum class PublishKind {
  sent,         // every event of the batch is taken
  retry_later,  // perhaps taken, perhaps not: send the same again, with the same ids
  refused,      // the publisher will not have us or anything of ours (401, 403, no such topic): slow probe, incident
  rejected,     // something in this batch is not acceptable and never will be
};

struct PublishOutcome {
  PublishKind kind = PublishKind::retry_later;
  std::string message;                   // of everything but sent
  std::vector<std::string> message_ids;  // of sent: the publisher's, one per event in order
  std::optional<Seconds> retry_after;
};

// Asked now and then while a publish() runs; false ends it.
using KeepGoing = std::function<bool()>;

// Owned by one thread.
class EventPublisher {
 public:
  virtual ~EventPublisher() = default;
  // Of the configured publisher, as in spool::Announcement::publisher.
  [[nodiscard]] virtual const std::string& name() const = 0;
  // How many events from the front of `events`, all of one ordering key, one publish() takes; at least 1 of a
  // non-empty span, for an event that is too large alone is for publish() to reject.
  [[nodiscard]] virtual std::size_t batch_size(std::span<const spool::Announcement> events) const = 0;
  virtual PublishOutcome publish(std::span<const spool::Announcement> batch, const KeepGoing& keep_going) = 0;
};

}  // namespace dl::uplink
