#include "uplink/s3/s3_multipart.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "core/crc.h"
#include "uplink/http/http_url.h"
#include "uplink/s3/s3_errors.h"

namespace dl::uplink {
namespace {

struct Session {
  std::uint64_t part_bytes = 0;
  std::string upload_id;
};

std::optional<Session> parse_session(const std::string& text) {
  const auto blank = text.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto part_bytes = parse_decimal(std::string_view(text).substr(0, blank));
  if (!part_bytes || *part_bytes == 0 || blank + 1 == text.size()) return std::nullopt;
  return Session{*part_bytes, text.substr(blank + 1)};
}

OutcomeKind outcome_of_silence(ErrorKind kind) {
  if (kind == ErrorKind::cancelled) return OutcomeKind::stopped;
  if (kind == ErrorKind::config) return OutcomeKind::refused;
  return kind == ErrorKind::corrupt ? OutcomeKind::corrupt : OutcomeKind::retry_later;
}

}  // namespace

S3Multipart::S3Multipart(UploadObject object, S3Location location, std::optional<SavedSession> saved,
                         S3UploadOptions options)
    : object_(std::move(object)), location_(std::move(location)), options_(options) {
  part_bytes_ = s3_part_bytes(object_.size_bytes, options_.part_bytes);
  if (object_.size_bytes > kS3LargestObjectBytes) {
    end(OutcomeKind::permanent, about(fmt::format("an object of S3 has at most {} bytes, this one has {}",
                                                  kS3LargestObjectBytes, object_.size_bytes)));
    return;
  }
  const auto session = saved ? parse_session(saved->session) : std::nullopt;
  if (!session || (object_.size_bytes + session->part_bytes - 1) / session->part_bytes > kS3MostParts) {
    start();
    return;
  }
  part_bytes_ = session->part_bytes;
  upload_id_ = session->upload_id;
  session_ = saved->session;
  committed_before_ = saved->committed_bytes;
  for (const spool::DeliveryPart& part : saved->parts) journaled_[part.number] = part;
  step_ = Step::list;
}

// What is sent in one go is asked for only where nothing else protects it: the answer to the upload itself is as good.
void S3Multipart::start() {
  if (!single() || options_.create_only == CreateOnly::head_first) return ask(Question::already_there);
  step_ = Step::hash;
}

UploadAction S3Multipart::next() const {
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

HttpRequest S3Multipart::current_request() const {
  switch (step_) {
    case Step::ask:
      return s3_head_request(location_, object_);
    case Step::list:
      return s3_list_request(location_, object_, upload_id_, list_marker_);
    case Step::create:
      return s3_create_request(location_, object_);
    case Step::send:
      if (single()) return s3_put_request(location_, object_, digests_, options_.create_only);
      return s3_part_request(location_, object_, upload_id_, current_part(), digests_);
    case Step::complete: {
      std::vector<spool::DeliveryPart> parts;
      for (const auto& [number, part] : parts_) parts.push_back(part);
      return s3_complete_request(location_, object_, upload_id_, parts, server_has_checksums_, options_.create_only);
    }
    default:
      assert(step_ == Step::give_up);
      return s3_abort_request(location_, object_, upload_id_);
  }
}

std::uint32_t S3Multipart::part_count() const {
  return static_cast<std::uint32_t>((object_.size_bytes + part_bytes_ - 1) / part_bytes_);
}

FileRegion S3Multipart::part_region(std::uint32_t number) const {
  const std::uint64_t offset = (number - 1) * part_bytes_;
  return {offset, std::min(part_bytes_, object_.size_bytes - offset)};
}

std::uint32_t S3Multipart::current_part() const {
  // The first number that is missing; parts are acknowledged nearly always in order.
  std::uint32_t number = 1;
  for (const auto& [present, part] : parts_) {
    if (present != number) break;
    ++number;
  }
  return number;
}

FileRegion S3Multipart::current_region() const {
  if (single()) return {0, object_.size_bytes};
  return part_region(current_part());
}

std::uint64_t S3Multipart::committed_bytes() const {
  // Until the server has spoken: what the journal says, so that an attempt that learns nothing is no progress.
  if (committed_before_) return *committed_before_;
  std::uint64_t sum = 0;
  for (const auto& [number, part] : parts_) sum += part.size_bytes;
  return sum;
}

std::vector<spool::DeliveryPart> S3Multipart::take_new_parts() {
  return std::exchange(new_parts_, {});
}

std::string S3Multipart::about(const std::string& what) const {
  return fmt::format("upload of '{}' to bucket '{}': {}", object_.name, location_.bucket, what);
}

void S3Multipart::end(OutcomeKind kind, std::string message) {
  step_ = Step::ended;
  outcome_ = Outcome{kind, std::move(message), {}, false, std::nullopt};
}

void S3Multipart::retry_later(std::string message, std::optional<Seconds> after) {
  end(OutcomeKind::retry_later, std::move(message));
  outcome_.retry_after = after;
}

void S3Multipart::confirm(std::string generation, bool was_there) {
  end(OutcomeKind::confirmed, {});
  outcome_.generation = std::move(generation);
  outcome_.was_there = was_there;
}

void S3Multipart::idle(Step next, const std::string& what) {
  if (++idle_answers_ > options_.idle_answers_per_attempt) {
    return retry_later(about(fmt::format("{} answers in a row moved nothing; the last: {}", idle_answers_, what)));
  }
  step_ = next;
}

void S3Multipart::ask(Question question) {
  question_ = question;
  step_ = Step::ask;
}

// Answers

void S3Multipart::on_no_response(const Error& error) {
  if (step_ == Step::give_up && pending_ && error.kind != ErrorKind::cancelled) return on_given_up(0);
  end(outcome_of_silence(error.kind), error.message);
}

void S3Multipart::on_response(const HttpResponse& response, UtcTime now) {
  const bool success = response.status >= 200 && response.status < 300;
  if (step_ == Step::give_up) return on_given_up(response.status);
  if (step_ == Step::ask) return on_asked(response, now);
  if (step_ == Step::complete && success) return on_completed(response, now);
  if (success) return on_success(response);
  on_error(response.status, parse_s3_error(response.body), retry_after(response, now));
}

void S3Multipart::on_success(const HttpResponse& response) {
  switch (step_) {
    case Step::list:
      return on_listed(response);
    case Step::create:
      return on_created(response);
    default:
      return on_sent(response);
  }
}

void S3Multipart::on_created(const HttpResponse& response) {
  const auto id = parse_upload_id(response.body);
  if (!id) return retry_later(about("expected an upload id, found an answer of another kind (a portal on the way?)"));
  upload_id_ = *id;
  session_ = fmt::format("{} {}", part_bytes_, upload_id_);
  idle_answers_ = 0;
  continue_sending();
}

void S3Multipart::on_region_hashed(const RegionDigests& digests) {
  assert(step_ == Step::hash);
  digests_ = digests;
  if (single() && digests.crc32c != object_.crc32c) return damaged("the spool file's CRC-32C is not the committed one");
  step_ = Step::send;
}

void S3Multipart::on_sent(const HttpResponse& response) {
  const std::string tag = unquoted(response.header("etag").value_or(""));
  const std::string generation = s3_generation_of(response);
  if (tag.empty() || generation.empty()) {
    return idle(Step::hash, fmt::format("{} without an entity tag (a portal on the way?)", response.status));
  }
  const auto checksum = response.header("x-amz-checksum-crc32c");
  if (checksum && !checksum->empty() && *checksum != crc32c_base64(digests_.crc32c)) {
    return damaged(
        fmt::format("the server computed CRC-32C {}, expected {}", *checksum, crc32c_base64(digests_.crc32c)));
  }
  idle_answers_ = 0;
  if (single()) return confirm(generation, false);
  if (checksum && !checksum->empty()) server_has_checksums_ = true;
  const std::uint32_t number = current_part();
  const spool::DeliveryPart part{number, part_region(number).size_bytes, tag, digests_.crc32c};
  parts_[number] = part;
  new_parts_.push_back(part);
  continue_sending();
}

void S3Multipart::on_listed(const HttpResponse& response) {
  const auto page = parse_part_page(response.body);
  if (!page) return retry_later(about("expected a list of parts, found an answer of another kind"));
  for (const S3ListedPart& part : page->parts) listed_[part.number] = part;
  if (page->next_marker) {
    if (*page->next_marker <= list_marker_) return retry_later(about("the server's list of parts does not advance"));
    list_marker_ = *page->next_marker;
    return;
  }
  for (const auto& [number, part] : journaled_) {
    const auto found = listed_.find(number);
    const bool agreed = number >= 1 && number <= part_count() && found != listed_.end() &&
                        found->second.tag == part.tag && found->second.size_bytes == part.size_bytes &&
                        part.size_bytes == part_region(number).size_bytes;
    if (!agreed) continue;
    parts_[number] = part;
    if (!found->second.crc32c_base64.empty()) server_has_checksums_ = true;
  }
  journaled_.clear();
  committed_before_.reset();
  continue_sending();
}

void S3Multipart::list_again(const std::string& why) {
  committed_before_ = committed_bytes();
  journaled_ = std::exchange(parts_, {});
  listed_.clear();
  list_marker_ = 0;
  idle(Step::list, why);
}

void S3Multipart::continue_sending() {
  refreshed_ = false;  // the last answer was a success; the next keys may expire again
  if (parts_.size() < part_count()) {
    step_ = Step::hash;
    return;
  }
  complete_or_verify();
}

void S3Multipart::complete_or_verify() {
  std::uint32_t crc = 0;
  for (const auto& [number, part] : parts_) crc = crc32c_combine(crc, part.crc32c, part.size_bytes);
  if (crc != object_.crc32c) {
    doubt_ = "the parts that were sent do not make up the committed file";
    step_ = Step::verify;
    return;
  }
  // Ceph RGW 16 and Swift overlook If-None-Match here (seen); asking costs one request per large object and leaves it a
  // race of one round trip in place of one as long as the upload.
  if (!asked_before_complete_) {
    asked_before_complete_ = true;
    return ask(Question::already_there);
  }
  step_ = Step::complete;
}

void S3Multipart::on_completed(const HttpResponse& response, UtcTime now) {
  const auto completion = parse_completion(response.body);
  if (!completion) {
    const S3Error error = parse_s3_error(response.body);
    // The status was sent before the work was done; what counts is in the body.
    if (!error.code.empty()) return on_error(400, error, retry_after(response, now));
    return list_again(fmt::format("{} without a result", response.status));
  }
  if (completion->whole_crc32c_base64.empty()) return ask(Question::completed_now);
  if (completion->whole_crc32c_base64 != crc32c_base64(object_.crc32c)) {
    session_.clear();
    return end(OutcomeKind::conflict,
               about(fmt::format("the server made an object with CRC-32C {}, expected {}",
                                 completion->whole_crc32c_base64, crc32c_base64(object_.crc32c))));
  }
  const std::string version = s3_generation_of(response);
  confirm(version.empty() ? completion->tag : version, false);
}

// What is there

void S3Multipart::on_asked(const HttpResponse& response, UtcTime now) {
  const int status = response.status;
  if (status >= 200 && status < 300) return on_found(response);
  if (status == 404) return on_not_found();
  const std::string what = fmt::format("the server answered {} to HEAD", status);
  if (status == 400 || status == 401 || status == 403) {
    // Without the right to list the bucket, what is missing is forbidden. Where the upload itself will tell, go on.
    const bool advisory = question_ == Question::already_there || question_ == Question::completed_before;
    if (advisory && options_.create_only == CreateOnly::if_none_match) return on_not_found();
    const std::string needed = what + " (s3:GetObject and s3:ListBucket are needed to compare)";
    // The keys were good enough for the answer that something is there; that they may not look at it is about this
    // object alone, and must not keep the others back.
    const bool may_not_look = question_ == Question::in_the_way && refreshed_ && status == 403 && is_from_s3(response);
    if (may_not_look) return give_up_then_end(OutcomeKind::conflict, about("an object has the name: " + needed));
    return refresh_or_refuse(needed);
  }
  if (status == 301) {
    const auto region = response.header("x-amz-bucket-region");
    return end(OutcomeKind::refused, about(what + fmt::format("; the bucket is in region '{}'", region.value_or("?"))));
  }
  retry_later(about(what), retry_after(response, now));
}

void S3Multipart::on_found(const HttpResponse& response) {
  const auto stored = s3_object_of(response);
  if (!stored) return retry_later(about("the answer to HEAD is not S3's (a portal on the way?)"));
  if (same_content(*stored, object_)) {
    const bool was_there = question_ != Question::completed_now;
    // In these two cases an upload may still be open; its parts would be billed for ever.
    const bool open = question_ == Question::already_there || question_ == Question::in_the_way;
    if (!open || upload_id_.empty()) return confirm(stored->generation, was_there);
    pending_ = Outcome{OutcomeKind::confirmed, {}, stored->generation, was_there, std::nullopt};
    step_ = Step::give_up;
    return;
  }
  const char* whose =
      question_ == Question::completed_now ? "the server made another object" : "another object has the name";
  std::string message =
      about(fmt::format("{}: {} bytes with SHA-256 '{}', ours has {} bytes with '{}'", whose, stored->size_bytes,
                        one_line(stored->sha256), object_.size_bytes, object_.sha256));
  if (question_ == Question::completed_now) {
    session_.clear();
    return end(OutcomeKind::conflict, std::move(message));
  }
  give_up_then_end(OutcomeKind::conflict, std::move(message));
}

void S3Multipart::on_not_found() {
  switch (question_) {
    case Question::already_there:
      if (!upload_id_.empty()) return complete_or_verify();
      step_ = single() ? Step::hash : Step::create;
      return;
    case Question::in_the_way:
      return idle(single() ? Step::hash : Step::complete, "the object that was in the way is gone again");
    case Question::completed_before:
      return session_lost("the server does not know the upload");
    case Question::completed_now:
      return retry_later(about("the upload was completed, but the object is not there yet"));
  }
}

// Errors

void S3Multipart::on_error(int status, const S3Error& error, std::optional<Seconds> retry_after) {
  const std::string what = describe(status, error);
  switch (s3_reaction(status, error)) {
    case S3Reaction::retry_later:
      return retry_later(about(what), retry_after);
    case S3Reaction::refresh:
      return refresh_or_refuse(what);
    case S3Reaction::refuse:
      return end(OutcomeKind::refused, about(what));
    case S3Reaction::verify:
      if (step_ == Step::complete) return give_up_then_restart(what);
      return damaged(what);
    case S3Reaction::by_the_object:
      break;
  }
  if (!on_object_error(status, error)) give_up_then_end(OutcomeKind::permanent, about(what));
}

bool S3Multipart::on_object_error(int status, const S3Error& error) {
  const std::string what = describe(status, error);
  if (status == 412 || error.code == "PreconditionFailed") {
    ask(Question::in_the_way);
  } else if (error.code == "NoSuchUpload" || (status == 404 && !upload_id_.empty())) {
    upload_id_.clear();
    ask(Question::completed_before);
  } else if (error.code == "ConditionalRequestConflict") {
    // "For PutObject try again, for CompleteMultipartUpload begin a new upload" (API reference of both).
    if (step_ == Step::complete) {
      give_up_then_restart(what);
    } else {
      idle(Step::hash, what);
    }
  } else if (error.code == "InvalidPart" || error.code == "InvalidPartOrder") {
    if (std::exchange(relisted_, true)) {
      give_up_then_restart(what);
    } else {
      list_again(what);
    }
  } else {
    return false;
  }
  return true;
}

void S3Multipart::refresh_or_refuse(const std::string& what) {
  if (refreshed_) return end(OutcomeKind::refused, about(what + ", also signed anew"));
  refreshed_ = true;
  step_after_refresh_ = step_;
  step_ = Step::refresh;
}

void S3Multipart::on_credentials_refreshed() {
  assert(step_ == Step::refresh);
  step_ = step_after_refresh_;
}

void S3Multipart::damaged(const std::string& what) {
  doubt_ = what;
  step_ = Step::verify;
}

void S3Multipart::on_file_verified(bool unchanged) {
  assert(step_ == Step::verify);
  if (!unchanged) {
    return give_up_then_end(OutcomeKind::corrupt, about(doubt_ + "; the spool file is not what was committed"));
  }
  if (!upload_id_.empty() && parts_.size() == part_count()) return give_up_then_restart(doubt_);
  idle(Step::hash, doubt_ + "; the spool file is unchanged, so the bytes were damaged on the way");
}

void S3Multipart::session_lost(const std::string& why) {
  session_.clear();
  upload_id_.clear();
  parts_.clear();
  journaled_.clear();
  new_parts_.clear();
  committed_before_.reset();
  relisted_ = false;
  asked_before_complete_ = false;
  part_bytes_ = s3_part_bytes(object_.size_bytes, options_.part_bytes);
  if (++sessions_lost_ >= options_.sessions_per_attempt) {
    return retry_later(about(fmt::format("{} uploads were lost or given up; the last: {}", sessions_lost_, why)));
  }
  step_ = single() ? Step::hash : Step::create;
}

void S3Multipart::give_up_then_end(OutcomeKind kind, std::string message) {
  if (upload_id_.empty()) {
    session_.clear();
    return end(kind, std::move(message));
  }
  pending_ = Outcome{kind, std::move(message), {}, false, std::nullopt};
  step_ = Step::give_up;
}

void S3Multipart::give_up_then_restart(const std::string& why) {
  doubt_ = why;
  pending_.reset();
  step_ = Step::give_up;
}

void S3Multipart::on_given_up(int status) {
  const bool gone = (status >= 200 && status < 300) || status == 404;
  if (gone) {
    upload_id_.clear();
    session_.clear();
    parts_.clear();
    new_parts_.clear();
  }
  // What could not be given up stays in the journal for S3Abandonment.
  if (pending_) {
    outcome_ = *pending_;
    step_ = Step::ended;
    return;
  }
  if (!gone) return retry_later(about(doubt_ + fmt::format("; giving the upload up was answered {}", status)));
  session_lost(doubt_);
}

}  // namespace dl::uplink
