#include "uplink/azure/azure_blob.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "core/crc.h"
#include "uplink/http/http_url.h"

namespace dl::uplink {
namespace {

constexpr std::string_view kSessionPrefix = "block-size=";

std::optional<std::uint64_t> parse_session(std::string_view text) {
  if (!text.starts_with(kSessionPrefix)) return std::nullopt;
  const auto bytes = parse_decimal(text.substr(kSessionPrefix.size()));
  return bytes && *bytes > 0 ? bytes : std::nullopt;
}

OutcomeKind outcome_of_silence(ErrorKind kind) {
  if (kind == ErrorKind::cancelled) return OutcomeKind::stopped;
  if (kind == ErrorKind::config) return OutcomeKind::refused;
  return kind == ErrorKind::corrupt ? OutcomeKind::corrupt : OutcomeKind::retry_later;
}

}  // namespace

AzureBlobUpload::AzureBlobUpload(UploadObject object, AzureLocation location, std::optional<SavedSession> saved,
                                 AzureUploadOptions options)
    : object_(std::move(object)), location_(std::move(location)), options_(options) {
  block_bytes_ = azure_block_bytes(object_.size_bytes, options_.block_bytes);
  if (object_.size_bytes > kAzureLargestObjectBytes) {
    end(OutcomeKind::permanent, about(fmt::format("expected at most {} bytes for a blob, found {}",
                                                  kAzureLargestObjectBytes, object_.size_bytes)));
    return;
  }
  const auto saved_bytes = saved ? parse_session(saved->session) : std::nullopt;
  if (saved_bytes && (object_.size_bytes + *saved_bytes - 1) / *saved_bytes <= kAzureMostBlocks) {
    block_bytes_ = *saved_bytes;
    session_ = saved->session;
    committed_before_ = saved->committed_bytes;
  }
  if (!single()) ask(Question::already_there);
}

UploadAction AzureBlobUpload::next() const {
  UploadAction action;
  switch (step_) {
    case Step::hash:
      action.kind = UploadAction::Kind::hash_region;
      action.region = current_region();
      return action;
    case Step::verify:
      action.kind = UploadAction::Kind::verify_file;
      return action;
    case Step::refresh:
      action.kind = UploadAction::Kind::refresh_credentials;
      return action;
    case Step::ended:
      action.kind = UploadAction::Kind::ended;
      return action;
    default:
      action.kind = UploadAction::Kind::request;
      action.request = current_request();
      if (step_ == Step::send && current_region().size_bytes > 0) action.body = current_region();
      return action;
  }
}

HttpRequest AzureBlobUpload::current_request() const {
  switch (step_) {
    case Step::ask:
      return azure_head_request(location_, object_);
    case Step::list:
      return azure_list_request(location_, object_);
    case Step::send:
      if (single()) return azure_put_blob_request(location_, object_, digests_);
      return azure_put_block_request(location_, object_, current_block(), digests_);
    default: {
      assert(step_ == Step::commit);
      std::vector<AzureBlock> blocks;
      for (const auto& [number, block] : blocks_) blocks.push_back(block);
      return azure_commit_request(location_, object_, blocks);
    }
  }
}

std::uint32_t AzureBlobUpload::block_count() const {
  return static_cast<std::uint32_t>((object_.size_bytes + block_bytes_ - 1) / block_bytes_);
}

FileRegion AzureBlobUpload::block_region(std::uint32_t number) const {
  const std::uint64_t offset = (number - 1) * block_bytes_;
  return {offset, std::min(block_bytes_, object_.size_bytes - offset)};
}

std::uint32_t AzureBlobUpload::current_block() const {
  std::uint32_t number = 1;
  for (const auto& [present, block] : blocks_) {
    if (present != number) break;
    ++number;
  }
  return number;
}

FileRegion AzureBlobUpload::current_region() const {
  if (single()) return {0, object_.size_bytes};
  return block_region(current_block());
}

std::uint64_t AzureBlobUpload::committed_bytes() const {
  if (committed_before_) return *committed_before_;
  std::uint64_t sum = 0;
  for (const auto& [number, block] : blocks_) sum += block.size_bytes;
  return sum;
}

std::string AzureBlobUpload::about(const std::string& what) const {
  return fmt::format("upload of '{}' to container '{}': {}", object_.name, location_.container, what);
}

void AzureBlobUpload::end(OutcomeKind kind, std::string message) {
  step_ = Step::ended;
  outcome_ = Outcome{kind, std::move(message), {}, false, std::nullopt};
}

void AzureBlobUpload::retry_later(std::string message, std::optional<Seconds> after) {
  end(OutcomeKind::retry_later, std::move(message));
  outcome_.retry_after = after;
}

void AzureBlobUpload::confirm(std::string generation, bool was_there) {
  end(OutcomeKind::confirmed, {});
  outcome_.generation = std::move(generation);
  outcome_.was_there = was_there;
}

void AzureBlobUpload::idle(Step next, const std::string& what) {
  if (++idle_answers_ > options_.idle_answers_per_attempt) {
    return retry_later(about(fmt::format("{} answers in a row moved nothing; the last: {}", idle_answers_, what)));
  }
  step_ = next;
}

void AzureBlobUpload::ask(Question question) {
  question_ = question;
  step_ = Step::ask;
}

// Answers

void AzureBlobUpload::on_no_response(const Error& error) {
  end(outcome_of_silence(error.kind), error.message);
}

void AzureBlobUpload::on_response(const HttpResponse& response, UtcTime now) {
  if (response.status < 200 || response.status >= 300) return on_error(response, now);
  if (!is_from_azure(response)) {
    return retry_later(about(fmt::format("the answer {} is not Azure's (a portal on the way?)", response.status)));
  }
  refreshed_ = false;
  on_success(response);
}

void AzureBlobUpload::on_success(const HttpResponse& response) {
  switch (step_) {
    case Step::ask:
      return on_found(response);
    case Step::list:
      return on_listed(response);
    case Step::commit:
      return ask(Question::committed_now);
    default:
      return on_sent(response);
  }
}

void AzureBlobUpload::on_found(const HttpResponse& response) {
  const auto stored = azure_blob_of(response);
  if (!stored) return retry_later(about("the answer to HEAD has no size or no entity tag"));
  const bool ours_now = question_ == Question::committed_now;
  if (same_content(*stored, object_)) return confirm(stored->generation, !ours_now);
  end(OutcomeKind::conflict,
      about(fmt::format("{}: {} bytes with SHA-256 '{}', ours has {} bytes with '{}'",
                        ours_now ? "the server made another blob" : "another blob has the name", stored->size_bytes,
                        one_line(stored->sha256), object_.size_bytes, object_.sha256)));
}

void AzureBlobUpload::on_not_found() {
  switch (question_) {
    case Question::already_there:
      step_ = Step::list;
      return;
    case Question::in_the_way:
      return idle(single() ? Step::hash : Step::commit, "the blob that was in the way is gone again");
    case Question::committed_now:
      return retry_later(about("the blocks were committed, but the blob is not there"));
  }
}

void AzureBlobUpload::on_listed(const HttpResponse& response) {
  const auto blocks = parse_block_list(response.body, object_);
  if (!blocks) return retry_later(about("expected a list of blocks, found an answer of another kind"));
  take_listed(*blocks);
}

void AzureBlobUpload::take_listed(const std::vector<AzureBlock>& blocks) {
  blocks_.clear();
  for (const AzureBlock& block : blocks) {
    if (block.number > block_count() || block.size_bytes != block_region(block.number).size_bytes) continue;
    blocks_[block.number] = block;
  }
  committed_before_.reset();
  session_ = fmt::format("{}{}", kSessionPrefix, block_bytes_);
  continue_sending();
}

void AzureBlobUpload::continue_sending() {
  if (blocks_.size() < block_count()) {
    step_ = Step::hash;
    return;
  }
  std::uint32_t crc = 0;
  for (const auto& [number, block] : blocks_) crc = crc32c_combine(crc, block.crc32c, block.size_bytes);
  if (crc != object_.crc32c) return damaged("the blocks that were sent do not make up the committed file");
  step_ = Step::commit;
}

void AzureBlobUpload::on_region_hashed(const RegionDigests& digests) {
  assert(step_ == Step::hash);
  digests_ = digests;
  if (single() && digests.crc32c != object_.crc32c) return damaged("the spool file's CRC-32C is not the committed one");
  step_ = Step::send;
}

void AzureBlobUpload::on_sent(const HttpResponse& response) {
  idle_answers_ = 0;
  if (single()) {
    const std::string generation = azure_generation_of(response);
    if (generation.empty()) return ask(Question::committed_now);
    return confirm(generation, false);
  }
  const std::uint32_t number = current_block();
  blocks_[number] = {number, digests_.crc32c, block_region(number).size_bytes};
  continue_sending();
}

// Errors

void AzureBlobUpload::on_error(const HttpResponse& response, UtcTime now) {
  const AzureError error = parse_azure_error(response);
  const std::string what = describe(response.status, error);
  switch (azure_reaction(response.status, error)) {
    case AzureReaction::retry_later:
      return retry_later(about(what), retry_after(response, now));
    case AzureReaction::refresh:
      return refresh_or_refuse(what);
    case AzureReaction::refuse:
      // We may write and not read: that is about this blob alone, and must not keep the others back.
      if (response.status == 403 && step_ == Step::ask && question_ == Question::in_the_way) {
        return end(OutcomeKind::conflict, about("a blob has the name, and these keys may not look at it: " + what));
      }
      return end(OutcomeKind::refused, about(what));
    case AzureReaction::verify:
      return damaged(what);
    case AzureReaction::by_the_object:
      return on_object_error(response.status, error);
  }
}

void AzureBlobUpload::on_object_error(int status, const AzureError& error) {
  const std::string what = describe(status, error);
  if (status == 404 && step_ == Step::ask) return on_not_found();
  if (status == 404 && step_ == Step::list) return take_listed({});
  if (error.code == "BlobAlreadyExists" || error.code == "ConditionNotMet") return ask(Question::in_the_way);
  if (error.code == "InvalidBlockList") {
    // Somebody else's commit drops what is not committed. Once the server is asked; after that it is not believed.
    if (std::exchange(relisted_, true)) return start_over(what);
    return idle(Step::list, what);
  }
  end(OutcomeKind::permanent, about(what));
}

void AzureBlobUpload::refresh_or_refuse(const std::string& what) {
  if (refreshed_) return end(OutcomeKind::refused, about(what + ", also signed anew"));
  refreshed_ = true;
  step_after_refresh_ = step_;
  step_ = Step::refresh;
}

void AzureBlobUpload::on_credentials_refreshed() {
  assert(step_ == Step::refresh);
  step_ = step_after_refresh_;
}

void AzureBlobUpload::damaged(const std::string& what) {
  doubt_ = what;
  step_ = Step::verify;
}

void AzureBlobUpload::start_over(const std::string& why) {
  blocks_.clear();
  if (++started_over_ >= options_.rounds_per_attempt) {
    return retry_later(about(fmt::format("all blocks were sent {} times; the last: {}", started_over_, why)));
  }
  step_ = Step::hash;
}

void AzureBlobUpload::on_file_verified(bool unchanged) {
  assert(step_ == Step::verify);
  if (!unchanged) {
    return end(OutcomeKind::corrupt, about(doubt_ + "; the spool file is not what was committed"));
  }
  // All were there and together not our file: some were sent while the file read differently. All again; blocks of the
  // same name are replaced, those of others are dropped with the commit.
  if (!single() && blocks_.size() == block_count()) return start_over(doubt_);
  idle(Step::hash, doubt_ + "; the spool file is unchanged, so the bytes were damaged on the way");
}

}  // namespace dl::uplink
