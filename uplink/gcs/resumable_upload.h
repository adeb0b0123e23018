// One attempt at a resumable upload to Google Cloud Storage as a state machine: answers in, next action out. No I/O, no
// clock, so every case of the protocol is a unit test.
//
//   initiate --Location--> send <--308--> query       a saved session starts with query
//      ^                    |  \__ 308 without Range, truncated 200 --> query
//      |__404 410 499_______|__ all bytes there --> finish --200--> done
//      |                    |__ 412 --> fetch_metadata --> done (we had won) | conflict
//      |                    |__ 200 with other content --> delete_object --> verify_file
//      |__ unchanged________|__ 400 with a hash --> verify_file --> corrupt
//                           |__ 401 --> refresh_credentials, once
//                           |__ 408 429 5xx, redirect, no answer --> retry_later: the attempt ends, the session stays
//
// An attempt that ends in retry_later is continued by a new one that begins with the saved session, so coming back
// from a 503 and coming back from a power cut are the same code. Source: uplink facts, section 1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/time.h"
#include "uplink/delivery/destination.h"
#include "uplink/delivery/upload_protocol.h"
#include "uplink/gcs/gcs_protocol.h"

namespace dl::uplink {

// Chunks that are not the last must be multiples of this (UploadChunkRequest::kChunkSizeQuantum of google-cloud-cpp).
inline constexpr std::uint64_t kChunkQuantumBytes = std::uint64_t{256} * 1024;

struct ResumableOptions {
  std::uint64_t chunk_bytes = 8U << 20;  // rounded down to the quantum, at least one quantum
  // The server forgets a session after 7 days; asking it then cannot tell "expired" from "never was".
  Seconds session_lifetime{6 * 86400};
  unsigned sessions_per_attempt = 3;      // sessions lost before the attempt ends
  unsigned idle_answers_per_attempt = 4;  // answers in a row that moved nothing
  unsigned rewinds_per_attempt = 5;       // answers that took bytes back
  unsigned damaged_objects_per_attempt = 2;
};

enum class UploadStep {
  initiate,             // POST initiate_request
  query,                // PUT query_request
  send,                 // PUT data_request
  finish,               // PUT finish_request
  fetch_metadata,       // GET metadata_request
  delete_object,        // DELETE delete_request: of what our own session made, which is not what we sent
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

class ResumableUpload final : public UploadProtocol {
 public:
  // `endpoint` is "https://storage.googleapis.com", no slash at the end. Signed is what goes there and nowhere else; a
  // session that is not at an http(s) address, or that leaves https, is not used.
  ResumableUpload(std::string endpoint, UploadObject object, std::optional<SavedSession> saved,
                  ResumableOptions options, UtcTime now);

  [[nodiscard]] UploadAction next() const override;
  void on_response(const HttpResponse& response, UtcTime now) override;
  void on_no_response(const Error& error) override;
  void on_region_hashed(const RegionDigests& digests) override;
  void on_file_verified(bool unchanged) override;
  void on_credentials_refreshed() override;
  void end(OutcomeKind kind, std::string message) override;

  [[nodiscard]] const std::string& session() const override { return session_; }
  [[nodiscard]] std::uint64_t committed_bytes() const override { return committed_; }
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

  [[nodiscard]] UploadStep step() const { return step_; }
  [[nodiscard]] ResumeCase resume_case() const { return resume_case_; }

 private:
  [[nodiscard]] FileRegion chunk() const;
  [[nodiscard]] HttpRequest request() const;

  void on_initiate(const HttpResponse& response);
  void on_session(const HttpResponse& response);
  void on_metadata(const HttpResponse& response);
  void on_deleted(const HttpResponse& response);
  void on_persisted(const HttpResponse& response);
  void on_finished(const HttpResponse& response);
  void set_committed(std::uint64_t bytes);
  void session_lost(const std::string& why);
  void confirmed(const ObjectResource& resource, bool was_there);
  // Reactions that do not depend on the step; false when the status is not one of them.
  bool on_common_status(const HttpResponse& response, UtcTime now);
  void on_unauthorised(const ServerError& error);
  // Counts an answer that moved nothing and goes on with `next`, or ends the attempt.
  void idle(UploadStep next, const std::string& what);
  void retry_later(std::string message, std::optional<Seconds> after = std::nullopt);
  [[nodiscard]] std::string about(const std::string& what) const;

  std::string endpoint_;
  UploadObject object_;
  ResumableOptions options_;
  UploadStep step_ = UploadStep::initiate;
  UploadStep step_after_refresh_ = UploadStep::initiate;
  std::string session_;
  std::uint64_t committed_ = 0;
  std::optional<std::uint64_t> journaled_;  // until the server has spoken
  ResumeCase resume_case_ = ResumeCase::fresh;
  std::string damage_;              // why the spool file is verified
  std::string damaged_generation_;  // of delete_object
  unsigned damaged_objects_ = 0;
  unsigned sessions_lost_ = 0;
  unsigned idle_answers_ = 0;
  unsigned rewinds_ = 0;
  bool refreshed_ = false;
  Outcome outcome_;
};

}  // namespace dl::uplink
