// A place that scenes are delivered to; which one is chosen at run time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "spool/journal.h"

namespace dl::uplink {

// How one attempt to deliver one asset ended; the delivery engine's reaction follows from it.
enum class OutcomeKind {
  confirmed,    // the destination has the object, whole and equal to ours
  retry_later,  // nothing is wrong that time cannot heal; what was acknowledged stays acknowledged
  refused,      // the destination will not have us or anything of ours (401, 403, no bucket): slow probe, incident
  conflict,     // another object has the name: park
  corrupt,      // the spool file is no longer what was committed: park
  permanent,    // the destination will never take this object (other 4xx): park
  stopped,      // we were asked to stop or to make way; progress is in the journal
};
std::string_view to_string(OutcomeKind kind);

struct Outcome {
  OutcomeKind kind = OutcomeKind::retry_later;
  std::string message;                 // of everything but confirmed: what happened, for the journal and an operator
  std::string generation;              // of confirmed: what the destination calls this version of the object
  bool was_there = false;              // of confirmed: an earlier attempt or another station had delivered it
  std::optional<Seconds> retry_after;  // what the server asked for
};

// How an uploader writes down what it must know after a crash, and learns that it should end.
class DeliveryJournal {
 public:
  virtual ~DeliveryJournal() = default;
  // A new session; empty: the old one is gone. On failure the attempt ends.
  virtual Result<void> record_session(const std::string& session) = 0;
  virtual Result<void> record_progress(std::uint64_t committed_bytes) = 0;
  // A part of the session that the destination has acknowledged (S3). Forgotten together with the session.
  virtual Result<void> record_part(const spool::DeliveryPart&) {
    return fail(ErrorKind::unsupported, "this journal keeps no parts of an upload");
  }
  // Those of the saved session, by number.
  virtual Result<std::vector<spool::DeliveryPart>> parts() { return std::vector<spool::DeliveryPart>{}; }
  // Something more urgent waits: end with `stopped` at the next place where nothing is lost.
  [[nodiscard]] virtual bool yield_requested() const { return false; }
  [[nodiscard]] virtual bool stop_requested() const = 0;   // end at the next place where nothing is lost
  [[nodiscard]] virtual bool abort_requested() const = 0;  // end at once, also in the middle of a request
};

// Not for use by two threads: every worker makes its own (DestinationFactory).
class Destination {
 public:
  virtual ~Destination() = default;
  // Of the configured destination, as in spool::Delivery::destination.
  [[nodiscard]] virtual const std::string& name() const = 0;
  // Bucket or folder: the first half of the object's address, for events.
  [[nodiscard]] virtual const std::string& location() const = 0;
  // One attempt. Fails only when the journal could not be written.
  virtual Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) = 0;
};

// What a failure to read the spool file, or to write locally, means for the delivery.
inline OutcomeKind outcome_of_local(ErrorKind kind) {
  return kind == ErrorKind::corrupt ? OutcomeKind::corrupt : OutcomeKind::retry_later;
}

// The object's full name: the destination's prefix (no slash at either end, may be empty) in front.
inline std::string prefixed_object_name(const std::string& prefix, const std::string& object_name) {
  return prefix.empty() ? object_name : prefix + "/" + object_name;
}

}  // namespace dl::uplink
