#include "uplink/gcs/resumable_upload.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "core/crc.h"

namespace dl::uplink {
namespace {

bool is_session_lost(int status) {
  return status == 404 || status == 410 || status == 499;
}

// https://cloud.google.com/storage/docs/retry-strategy: 408, 429 and every 5xx. 499 is a proxy's or server's word for
// "the connection went away" where no session can be meant. A redirect (other than 308, which is the protocol's own
// word) comes from a portal or proxy on the way and goes away like bad weather.
bool is_transient(int status) {
  return status == 408 || status == 429 || status == 499 || status >= 500 || (status >= 300 && status < 400);
}

// What concerns the whole destination and not this object. 501: whoever answers does not know the protocol at all, a
// proxy or another service; no object would fare better, and time alone does not teach it. 407: a proxy on our side.
bool is_refusal(int status) {
  return status == 403 || status == 407 || status == 501;
}

std::string describe(int status, const ServerError& error) {
  if (error.message.empty()) return fmt::format("the server answered {}", status);
  return fmt::format("the server answered {}: {}", status, error.message);
}

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::confirmed:
      return "confirmed";
    case OutcomeKind::retry_later:
      return "retry_later";
    case OutcomeKind::refused:
      return "refused";
    case OutcomeKind::conflict:
      return "conflict";
    case OutcomeKind::corrupt:
      return "corrupt";
    case OutcomeKind::permanent:
      return "permanent";
    case OutcomeKind::stopped:
      return "stopped";
  }
  return "unknown";
}

ResumableUpload::ResumableUpload(std::string endpoint, UploadObject object, std::optional<SavedSession> saved,
                                 ResumableOptions options, UtcTime now)
    : endpoint_(std::move(endpoint)), object_(std::move(object)), options_(options) {
  options_.chunk_bytes = std::max(kChunkQuantumBytes, options_.chunk_bytes / kChunkQuantumBytes * kChunkQuantumBytes);
  if (!saved || saved->session.empty()) return;
  if (now - saved->created_at > options_.session_lifetime) {
    resume_case_ = ResumeCase::session_gone;
    return;
  }
  session_ = std::move(saved->session);
  journaled_ = saved->committed_bytes;
  committed_ = saved->committed_bytes;
  step_ = UploadStep::query;
}

FileRegion ResumableUpload::chunk() const {
  return {committed_, std::min(options_.chunk_bytes, object_.size_bytes - committed_)};
}

HttpRequest ResumableUpload::request() const {
  switch (step_) {
    case UploadStep::initiate:
      return initiate_request(endpoint_, object_);
    case UploadStep::query:
      return query_request(session_, object_);
    case UploadStep::send:
      return data_request(session_, object_, chunk());
    case UploadStep::finish:
      return finish_request(session_, object_);
    case UploadStep::fetch_metadata:
      return metadata_request(endpoint_, object_);
    case UploadStep::delete_object:
      return delete_request(endpoint_, object_, damaged_generation_);
    case UploadStep::verify_file:
    case UploadStep::refresh_credentials:
    case UploadStep::ended:
      break;
  }
  return {};
}

UploadAction ResumableUpload::next() const {
  UploadAction action;
  switch (step_) {
    case UploadStep::ended:
      action.kind = UploadAction::Kind::ended;
      return action;
    case UploadStep::verify_file:
      action.kind = UploadAction::Kind::verify_file;
      return action;
    case UploadStep::refresh_credentials:
      action.kind = UploadAction::Kind::refresh_credentials;
      return action;
    default:
      action.kind = UploadAction::Kind::request;
      action.request = request();
      // A session is its own capability, wherever it is; our credentials are for the endpoint alone.
      action.sign = url_origin(action.request.url) == url_origin(endpoint_);
      if (step_ == UploadStep::send) action.body = chunk();
      return action;
  }
}

// A server's sentence may quote the session, which must be in no message.
std::string ResumableUpload::about(const std::string& what) const {
  std::string text = fmt::format("upload of '{}' to bucket '{}': {}", object_.name, object_.bucket, what);
  if (session_.empty()) return text;
  for (auto at = text.find(session_); at != std::string::npos; at = text.find(session_, at)) {
    text.replace(at, session_.size(), "(the session)");
  }
  return text;
}

void ResumableUpload::end(OutcomeKind kind, std::string message) {
  step_ = UploadStep::ended;
  outcome_ = Outcome{kind, std::move(message), {}, false, std::nullopt};
}

void ResumableUpload::retry_later(std::string message, std::optional<Seconds> after) {
  end(OutcomeKind::retry_later, std::move(message));
  outcome_.retry_after = after;
}

void ResumableUpload::confirmed(const ObjectResource& resource, bool was_there) {
  committed_ = object_.size_bytes;
  end(OutcomeKind::confirmed, {});
  outcome_.generation = resource.generation;
  outcome_.was_there = was_there;
}

void ResumableUpload::idle(UploadStep next, const std::string& what) {
  if (++idle_answers_ > options_.idle_answers_per_attempt) {
    retry_later(about(fmt::format("{} answers in a row moved nothing; the last: {}", idle_answers_, what)));
    return;
  }
  step_ = next;
}

void ResumableUpload::on_no_response(const Error& error) {
  switch (error.kind) {
    case ErrorKind::cancelled:
      return end(OutcomeKind::stopped, error.message);
    case ErrorKind::config:
      return end(OutcomeKind::refused, error.message);
    case ErrorKind::corrupt:
      return end(OutcomeKind::corrupt, error.message);
    default:
      return retry_later(error.message);
  }
}

void ResumableUpload::on_region_hashed(const RegionDigests&) {
  assert(false && "no region's hash was asked for");
}

void ResumableUpload::on_response(const HttpResponse& response, UtcTime now) {
  const bool on_the_session = step_ == UploadStep::query || step_ == UploadStep::send || step_ == UploadStep::finish;
  const int status = status_of(response);
  // 308 and the lost-session codes mean something only where they come from a session.
  if (on_the_session && (status == 308 || is_session_lost(status))) return on_session(response);
  if (on_common_status(response, now)) return;
  switch (step_) {
    case UploadStep::initiate:
      return on_initiate(response);
    case UploadStep::fetch_metadata:
      return on_metadata(response);
    case UploadStep::delete_object:
      return on_deleted(response);
    default:
      return on_session(response);
  }
}

bool ResumableUpload::on_common_status(const HttpResponse& response, UtcTime now) {
  const int status = status_of(response);
  if (status >= 200 && status < 300) return false;
  const ServerError error = parse_server_error(response.body);
  if (status == 401) {
    on_unauthorised(error);
    return true;
  }
  if (is_refusal(status) && !is_rate_limit(error)) {
    // These two rights a station need not have; then it is about this object alone.
    if (status == 403 && (step_ == UploadStep::fetch_metadata || step_ == UploadStep::delete_object)) return false;
    end(OutcomeKind::refused, about(describe(status, error)));
    return true;
  }
  // Nothing is given up for half a sentence.
  if (is_transient(status) || status == 403 || error.cut) {
    retry_later(about(describe(status, error)), retry_after(response, now));
    return true;
  }
  if (status == 412 && step_ != UploadStep::fetch_metadata && step_ != UploadStep::delete_object) {
    session_.clear();
    committed_ = 0;
    step_ = UploadStep::fetch_metadata;
    return true;
  }
  return false;
}

void ResumableUpload::on_unauthorised(const ServerError& error) {
  if (refreshed_) {
    end(OutcomeKind::refused, about(describe(401, error) + ", also with fresh credentials"));
    return;
  }
  refreshed_ = true;
  // How much of a refused chunk was kept is the server's to say.
  step_after_refresh_ = step_ == UploadStep::send ? UploadStep::query : step_;
  step_ = UploadStep::refresh_credentials;
}

void ResumableUpload::on_credentials_refreshed() {
  assert(step_ == UploadStep::refresh_credentials);
  step_ = step_after_refresh_;
}

void ResumableUpload::on_initiate(const HttpResponse& response) {
  if (response.status == 404) {
    // Also the end of a session whose bucket was deleted under it: opening the next one asks for the bucket, with no
    // other right than the one that an uploader has.
    const ServerError error = parse_server_error(response.body);
    return end(OutcomeKind::refused, about(describe(404, error) + " (no such bucket?)"));
  }
  if (response.status < 200 || response.status >= 300) {
    return end(OutcomeKind::permanent, about(describe(response.status, parse_server_error(response.body))));
  }
  const auto location = response.header("location");
  if (response.status != 200 || !location || location->empty()) {
    return retry_later(about(
        fmt::format("expected 200 with a session, found {} without one (a portal on the way?)", response.status)));
  }
  const auto origin = url_origin(*location);
  const bool secure = url_origin(endpoint_).value_or("").starts_with("https:");
  if (!origin || (secure && origin->starts_with("http:"))) {
    return retry_later(
        about(fmt::format("the server named a session that is not at an {} address", secure ? "https" : "http(s)")));
  }
  session_ = std::string(*location);
  committed_ = 0;
  idle_answers_ = 0;
  // An empty object has no bytes to send; the request that ends the session creates it.
  step_ = object_.size_bytes == 0 ? UploadStep::finish : UploadStep::send;
}

void ResumableUpload::on_session(const HttpResponse& response) {
  const int status = status_of(response);
  if (status == 308) return on_persisted(response);
  if (status >= 200 && status < 300) return on_finished(response);
  if (is_session_lost(status)) return session_lost(fmt::format("the server answered {}", status));
  const ServerError error = parse_server_error(response.body);
  if (status == 400 && is_hash_mismatch(error)) {
    step_ = UploadStep::verify_file;
    damage_ = describe(status, error);
    return;
  }
  end(OutcomeKind::permanent, about(describe(status, error)));
}

void ResumableUpload::on_persisted(const HttpResponse& response) {
  const PersistedRange range = parse_persisted_range(response);
  if (range.kind == PersistedRange::Kind::malformed) {
    return retry_later(about("the server answered 308 with a Range that is not 'bytes=0-LAST'"));
  }
  if (range.kind == PersistedRange::Kind::absent) {
    // To a question it means that nothing is persisted. To data it means nothing at all: ask.
    if (step_ != UploadStep::query) return idle(UploadStep::query, "308 without Range");
    return set_committed(0);
  }
  if (range.bytes > object_.size_bytes) {
    return session_lost(fmt::format("the server holds {} bytes of an object of {}", range.bytes, object_.size_bytes));
  }
  set_committed(range.bytes);
}

void ResumableUpload::set_committed(std::uint64_t bytes) {
  const bool first_word = journaled_.has_value();
  if (first_word) {
    resume_case_ = bytes == *journaled_  ? ResumeCase::normal
                   : bytes < *journaled_ ? ResumeCase::rewind
                                         : ResumeCase::fast_forward;
    journaled_.reset();
  }
  const std::uint64_t before = committed_;
  // More than was sent is taken too: the server may still have been writing what an earlier connection brought.
  // We own the file, so we go on from there, and the whole-object CRC decides.
  committed_ = bytes;
  const UploadStep next = bytes == object_.size_bytes ? UploadStep::finish : UploadStep::send;
  if (bytes > before || first_word) {
    idle_answers_ = 0;
    step_ = next;
    return;
  }
  if (bytes < before && ++rewinds_ > options_.rewinds_per_attempt) {
    return retry_later(about(fmt::format("the server took bytes back {} times", rewinds_)));
  }
  idle(next, fmt::format("308 with {} of {} bytes", bytes, object_.size_bytes));
}

void ResumableUpload::on_finished(const HttpResponse& response) {
  const auto resource = parse_object_resource(response.body);
  // Cut short, or not from the server that we think: ask the session until it states the object.
  if (!resource || !names(*resource, object_)) {
    return idle(UploadStep::query, fmt::format("{} without a resource of the object", response.status));
  }
  if (journaled_) resume_case_ = ResumeCase::fast_forward;
  journaled_.reset();
  if (same_content(*resource, object_)) return confirmed(*resource, false);
  // Our hash was declared and the server made something else all the same. Nobody but this session can have made that
  // generation, so it is ours to remove, as gcloud does; what anybody put in its place since then is not.
  damage_ =
      fmt::format("the server made an object of {} bytes with CRC-32C {}, expected {} bytes with {}",
                  resource->size_bytes, resource->crc32c_base64, object_.size_bytes, crc32c_base64(object_.crc32c));
  damaged_generation_ = resource->generation;
  step_ = UploadStep::delete_object;
}

void ResumableUpload::on_deleted(const HttpResponse& response) {
  const int status = response.status;
  const bool deleted = status == 204 || (status == 200 && response.body.empty());
  if (status < 300 && !deleted) {
    return retry_later(about(fmt::format("{}; deleting it: expected 204, found {} with a body", damage_, status)));
  }
  if (!deleted && status != 404 && status != 412) {
    const ServerError error = parse_server_error(response.body);
    return end(OutcomeKind::conflict, about(fmt::format("{}; deleting it: {}", damage_, describe(status, error))));
  }
  if (++damaged_objects_ >= options_.damaged_objects_per_attempt) {
    session_.clear();
    committed_ = 0;
    return end(OutcomeKind::permanent,
               about(fmt::format("{}; {} times in a row, each deleted again", damage_, damaged_objects_)));
  }
  step_ = UploadStep::verify_file;
}

void ResumableUpload::on_metadata(const HttpResponse& response) {
  if (response.status == 404) {
    return session_lost("the object that was in the way is gone again");
  }
  if (response.status >= 300) {
    const ServerError error = parse_server_error(response.body);
    return end(response.status == 403 ? OutcomeKind::conflict : OutcomeKind::permanent,
               about("an object has the name; whether it is ours: " + describe(response.status, error)));
  }
  const auto resource = parse_object_resource(response.body);
  if (!resource || !names(*resource, object_)) {
    return retry_later(about("the answer about the existing object is not its resource"));
  }
  if (same_content(*resource, object_)) return confirmed(*resource, true);
  end(OutcomeKind::conflict,
      about(fmt::format("another object has the name: {} bytes with CRC-32C {}, ours has {} bytes with {}",
                        resource->size_bytes, resource->crc32c_base64, object_.size_bytes,
                        crc32c_base64(object_.crc32c))));
}

void ResumableUpload::on_file_verified(bool unchanged) {
  assert(step_ == UploadStep::verify_file);
  if (!unchanged) {
    session_.clear();
    committed_ = 0;
    return end(OutcomeKind::corrupt, about(damage_ + "; the spool file is not what was committed"));
  }
  session_lost(damage_ + "; the spool file is unchanged, so the bytes were damaged on the way");
}

void ResumableUpload::session_lost(const std::string& why) {
  if (journaled_) resume_case_ = ResumeCase::session_gone;
  journaled_.reset();
  session_.clear();
  committed_ = 0;
  if (++sessions_lost_ >= options_.sessions_per_attempt) {
    return retry_later(about(fmt::format("{} upload sessions were lost; the last: {}", sessions_lost_, why)));
  }
  step_ = UploadStep::initiate;
}

}  // namespace dl::uplink
