// One attempt at a resumable upload to Google Cloud Storage as a state machine: answers in, next step out. No I/O, no
// clock, so every case of the protocol is a unit test.
//
//   initiate --Location--> send <--308--> query       a saved session starts with query
//      ^                    |  \__ 308 without Range, truncated 200 --> query
//      |__404 410 499_______|__ all bytes there --> finish --200--> done
//                           |__ 412 --> fetch_metadata --> done (we had won) | conflict
//                           |__ 400 with a hash --> verify_file --> initiate | corrupt
//                           |__ 401 --> refresh_credentials, once
//                           |__ 408 429 5xx, no answer --> retry_later: the attempt ends, the session stays
//
// An attempt that ends in retry_later is continued by a new one that begins with the saved session, so coming back
// from a 503 and coming back from a power cut are the same code. Source: uplink facts, section 1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/time.h"
#include "uplink/destination.h"
#include "uplink/gcs_protocol.h"

namespace dl::uplink {

// Chunks that are not the last must be multiples of this (UploadChunkRequest::kChunkSizeQuantum of google-cloud-cpp).
inline constexpr std::uint64_t kChunkQuantumBytes = std::uint64_t{256} * 1024;

struct ResumableOptions {
  std::uint64_t chunk_bytes = 8U << 20;  // rounded down to the quantum, at least one quantum
  // The server forgets a session after 7 days; asking it then cannot tell "expired" from "never was".
  Seconds session_lifetime{6 * 86400};
  unsigned sessions_per_attempt = 3;       // sessions lost before the attempt ends
  unsigned idle_answers_per_attempt = 10;  // answers in a row that moved nothing
  unsigned rewinds_per_attempt = 5;        // answers that took bytes back
};

enum class UploadStep {
  initiate,             // POST initiate_request
  query,                // PUT query_request
  send,                 // PUT bytes [offset, offset + size_bytes)
  finish,               // PUT finish_request
  fetch_metadata,       // GET metadata_request
  verify_file,          // hash the spool file again
  refresh_credentials,  // make new credentials
  ended,                // see outcome()
};

// How the server's first word about a saved session compared with the journal.
enum class ResumeCase {
  fresh,         // there was no saved session
  normal,        // the server has what the journal says
  rewind,        // less: bytes are sent again
  fast_forward,  // more, up to all: bytes are skipped
  session_gone,  // expired, cancelled, or older than we trust: from byte 0 in a new session
};

class ResumableUpload {
 public:
  ResumableUpload(UploadObject object, std::optional<SavedSession> saved, ResumableOptions options, UtcTime now);

  [[nodiscard]] UploadStep step() const { return step_; }
  // Of `send`.
  [[nodiscard]] std::uint64_t offset() const { return committed_; }
  [[nodiscard]] std::uint64_t size_bytes() const;

  // The answer to the step's request. `now` reads Retry-After.
  void on_response(const HttpResponse& response, UtcTime now);
  // No answer: whatever was sent may or may not be there.
  void on_no_response(const Error& error);
  void on_file_verified(bool unchanged);
  void on_credentials_refreshed();
  // Ends the attempt with something that was seen outside of the protocol.
  void end(OutcomeKind kind, std::string message);

  // Empty before initiate and after the session was lost.
  [[nodiscard]] const std::string& session() const { return session_; }
  // What the server has said that it holds of this session.
  [[nodiscard]] std::uint64_t committed_bytes() const { return committed_; }
  [[nodiscard]] ResumeCase resume_case() const { return resume_case_; }
  [[nodiscard]] const UploadObject& object() const { return object_; }
  // Defined when step() is ended.
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  void on_initiate(const HttpResponse& response);
  void on_session(const HttpResponse& response);
  void on_metadata(const HttpResponse& response);
  void on_persisted(const HttpResponse& response);
  void on_finished(const HttpResponse& response);
  void set_committed(std::uint64_t bytes);
  void session_lost(const std::string& why);
  // Reactions that do not depend on the step; false when the status is not one of them.
  bool on_common_status(const HttpResponse& response, UtcTime now);
  void on_unauthorised(const ServerError& error);
  // Counts an answer that moved nothing and goes on with `next`, or ends the attempt.
  void idle(UploadStep next, const std::string& what);
  void retry_later(std::string message, std::optional<Seconds> after = std::nullopt);
  [[nodiscard]] std::string about(const std::string& what) const;

  UploadObject object_;
  ResumableOptions options_;
  UploadStep step_ = UploadStep::initiate;
  UploadStep step_after_refresh_ = UploadStep::initiate;
  std::string session_;
  std::uint64_t committed_ = 0;
  std::optional<std::uint64_t> journaled_;  // until the server has spoken
  ResumeCase resume_case_ = ResumeCase::fresh;
  unsigned sessions_lost_ = 0;
  unsigned idle_answers_ = 0;
  unsigned rewinds_ = 0;
  bool refreshed_ = false;
  Outcome outcome_;
};

}  // namespace dl::uplink
