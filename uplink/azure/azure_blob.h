// One attempt at an upload to Azure Blob Storage as a state machine.
//
//   object of one block:  hash --> send (Put Blob, If-None-Match) --201--> done
//   larger ones:          ask --404--> list --> [hash --> send (Put Block)]* --> commit (Put Block List) --201--> ask
//                                                                                                      --> done
//   409 BlobAlreadyExists, 412    ask --> done (we had won) | conflict
//   400 InvalidBlockList          list, once; then all blocks again
//   400 Md5Mismatch               verify the file --> hash and send again | corrupt
//   403 AuthenticationFailed      refresh, once after every success --> again | refused
//   408 429 5xx, silence          retry_later: the attempt ends, the blocks stay (7 days)
//
// Every attempt begins with what the server has, for the name of a block says all that must be known of it
// (azure_block_id); the journal's session holds no more than the size of the blocks. What was sent is our file when the
// blocks' sizes and CRC-32Cs (each checked by the server through Content-MD5) make up the file's own: asked before
// `commit`, for nothing on Azure's side checks the whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "uplink/azure/azure_protocol.h"
#include "uplink/delivery/upload_protocol.h"

namespace dl::uplink {

struct AzureUploadOptions {
  std::uint64_t block_bytes = std::uint64_t{8} << 20;  // objects up to this size are sent in one request
  unsigned idle_answers_per_attempt = 10;              // answers in a row that moved nothing
  unsigned rounds_per_attempt = 3;                     // times that all blocks are sent
};

class AzureBlobUpload final : public UploadProtocol {
 public:
  AzureBlobUpload(UploadObject object, AzureLocation location, std::optional<SavedSession> saved,
                  AzureUploadOptions options);

  [[nodiscard]] UploadAction next() const override;
  void on_response(const HttpResponse& response, UtcTime now) override;
  void on_no_response(const Error& error) override;
  void on_region_hashed(const RegionDigests& digests) override;
  void on_file_verified(bool unchanged) override;
  void on_credentials_refreshed() override;
  void end(OutcomeKind kind, std::string message) override;

  // "block-size=<bytes>"
  [[nodiscard]] const std::string& session() const override { return session_; }
  [[nodiscard]] std::uint64_t committed_bytes() const override;
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

 private:
  enum class Step { ask, list, hash, send, commit, verify, refresh, ended };
  enum class Question { already_there, in_the_way, committed_now };

  void on_success(const HttpResponse& response);
  void on_found(const HttpResponse& response);
  void on_not_found();
  void on_listed(const HttpResponse& response);
  void take_listed(const std::vector<AzureBlock>& blocks);
  void on_sent(const HttpResponse& response);
  void on_error(const HttpResponse& response, UtcTime now);
  void on_object_error(int status, const AzureError& error);

  void ask(Question question);
  void continue_sending();
  void damaged(const std::string& what);
  void start_over(const std::string& why);  // all blocks again
  void refresh_or_refuse(const std::string& what);
  void idle(Step next, const std::string& what);
  void retry_later(std::string message, std::optional<Seconds> after = std::nullopt);
  void confirm(std::string generation, bool was_there);

  [[nodiscard]] bool single() const { return object_.size_bytes <= block_bytes_; }
  [[nodiscard]] std::uint32_t block_count() const;
  [[nodiscard]] FileRegion block_region(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t current_block() const;
  [[nodiscard]] FileRegion current_region() const;
  [[nodiscard]] HttpRequest current_request() const;
  [[nodiscard]] std::string about(const std::string& what) const;

  UploadObject object_;
  AzureLocation location_;
  AzureUploadOptions options_;
  Step step_ = Step::hash;
  Question question_ = Question::already_there;
  Step step_after_refresh_ = Step::hash;

  std::uint64_t block_bytes_ = 0;
  std::string session_;
  std::map<std::uint32_t, AzureBlock> blocks_;     // acknowledged
  std::optional<std::uint64_t> committed_before_;  // the journal's, until the server has spoken
  RegionDigests digests_;

  bool relisted_ = false;
  bool refreshed_ = false;
  unsigned idle_answers_ = 0;
  unsigned started_over_ = 0;
  std::string doubt_;  // why the file is verified
  Outcome outcome_;
};

}  // namespace dl::uplink
