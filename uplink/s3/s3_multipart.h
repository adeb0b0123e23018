// One attempt at an upload to S3 as a state machine.
//
//   object of one part:   hash --> send (PutObject, If-None-Match) --200--> done
//   larger ones:          ask --404--> create --> [hash --> send]* --> ask --404--> complete --200--> done
//   a saved session:      list --> (parts that journal and server agree on are kept) --> [hash --> send]* --> ...
//
//   412                   ask --> done (we had won) | conflict, and the parts are given up
//   404 NoSuchUpload      ask --> done (the answer to complete was lost) | create
//   409 on complete       give the parts up --> create             409 on PutObject: again
//   200 with <Error>      as that error                            200 without the result: list
//   bad digest            verify the file --> hash and send again | corrupt
//   credentials, clock    refresh, once after every success --> again | refused
//   408 429 5xx, silence  retry_later: the attempt ends, the session stays
//
// The journal's list of parts is the truth, the server's only a cross-check ("uplink" facts, 1.2). What was sent is our
// file when the parts' sizes and CRC-32Cs (each checked by the server through Content-MD5) make up the file's own:
// asked before `complete`, so that parts of a file that has changed in between never become an object.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "uplink/delivery/upload_protocol.h"
#include "uplink/s3/s3_protocol.h"

namespace dl::uplink {

struct S3UploadOptions {
  std::uint64_t part_bytes = std::uint64_t{8} << 20;  // objects up to this size are sent in one request
  CreateOnly create_only = CreateOnly::if_none_match;
  unsigned sessions_per_attempt = 3;       // uploads lost or given up before the attempt ends
  unsigned idle_answers_per_attempt = 10;  // answers in a row that moved nothing
};

class S3Multipart final : public UploadProtocol {
 public:
  S3Multipart(UploadObject object, S3Location location, std::optional<SavedSession> saved, S3UploadOptions options);

  [[nodiscard]] UploadAction next() const override;
  void on_response(const HttpResponse& response, UtcTime now) override;
  void on_no_response(const Error& error) override;
  void on_region_hashed(const RegionDigests& digests) override;
  void on_file_verified(bool unchanged) override;
  void on_credentials_refreshed() override;
  void end(OutcomeKind kind, std::string message) override;

  // "<part size> <upload id>"; stays when an upload that is no longer wanted could not be given up.
  [[nodiscard]] const std::string& session() const override { return session_; }
  [[nodiscard]] std::uint64_t committed_bytes() const override;
  std::vector<spool::DeliveryPart> take_new_parts() override;
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

 private:
  enum class Step { ask, list, create, hash, send, complete, give_up, verify, refresh, ended };
  enum class Question { already_there, in_the_way, completed_before, completed_now };

  void on_success(const HttpResponse& response);
  void on_asked(const HttpResponse& response, UtcTime now);
  void on_found(const HttpResponse& response);
  void on_not_found();
  void on_listed(const HttpResponse& response);
  void on_created(const HttpResponse& response);
  void on_sent(const HttpResponse& response);
  void on_completed(const HttpResponse& response, UtcTime now);
  void on_given_up(int status);
  void on_error(int status, const S3Error& error, std::optional<Seconds> retry_after);
  // Reactions to what an error says of the object or the upload; false when it says nothing of these.
  bool on_object_error(int status, const S3Error& error);

  void ask(Question question);
  void start();  // with nothing there
  void list_again(const std::string& why);
  void continue_sending();  // the next part, or the end
  void complete_or_verify();
  void damaged(const std::string& what);
  void refresh_or_refuse(const std::string& what);
  void session_lost(const std::string& why);
  // Gives the upload up at the server, then ends (or, without an outcome, starts again).
  void give_up_then_end(OutcomeKind kind, std::string message);
  void give_up_then_restart(const std::string& why);
  void idle(Step next, const std::string& what);
  void retry_later(std::string message, std::optional<Seconds> after = std::nullopt);
  void confirm(std::string generation, bool was_there);

  [[nodiscard]] bool single() const { return session_.empty() && object_.size_bytes <= part_bytes_; }
  [[nodiscard]] std::uint32_t part_count() const;
  [[nodiscard]] FileRegion part_region(std::uint32_t number) const;
  [[nodiscard]] FileRegion current_region() const;
  [[nodiscard]] std::uint32_t current_part() const;
  [[nodiscard]] HttpRequest current_request() const;
  [[nodiscard]] std::string about(const std::string& what) const;

  UploadObject object_;
  S3Location location_;
  S3UploadOptions options_;
  Step step_ = Step::hash;
  Question question_ = Question::already_there;
  Step step_after_refresh_ = Step::hash;

  std::uint64_t part_bytes_ = 0;
  std::string upload_id_;
  std::string session_;
  std::map<std::uint32_t, spool::DeliveryPart> parts_;      // acknowledged
  std::map<std::uint32_t, spool::DeliveryPart> journaled_;  // until the server has listed them
  std::optional<std::uint64_t> committed_before_;           // likewise
  std::uint32_t list_marker_ = 0;
  std::map<std::uint32_t, S3ListedPart> listed_;
  std::vector<spool::DeliveryPart> new_parts_;
  RegionDigests digests_;

  bool server_has_checksums_ = false;  // of parts
  bool asked_before_complete_ = false;
  bool relisted_ = false;
  bool refreshed_ = false;
  unsigned sessions_lost_ = 0;
  unsigned idle_answers_ = 0;
  std::string doubt_;               // why the file is verified
  std::optional<Outcome> pending_;  // of give_up
  Outcome outcome_;
};

// Gives up an upload that nobody will finish: its parts are stored, and billed, until somebody does. One request; ends
// with `confirmed` when the upload is gone. `saved` is what the journal has of the delivery.
class S3Abandonment final : public UploadProtocol {
 public:
  S3Abandonment(UploadObject object, S3Location location, const SavedSession& saved);

  [[nodiscard]] UploadAction next() const override;
  void on_response(const HttpResponse& response, UtcTime now) override;
  void on_no_response(const Error& error) override;
  void on_region_hashed(const RegionDigests&) override {}
  void on_file_verified(bool) override {}
  void on_credentials_refreshed() override { refresh_ = false; }
  void end(OutcomeKind kind, std::string message) override;
  // Empty when the upload is gone.
  [[nodiscard]] const std::string& session() const override { return session_; }
  [[nodiscard]] std::uint64_t committed_bytes() const override { return 0; }
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

 private:
  UploadObject object_;
  S3Location location_;
  std::string session_;
  bool refresh_ = false;
  bool refreshed_ = false;
  bool ended_ = false;
  Outcome outcome_;
};

}  // namespace dl::uplink
