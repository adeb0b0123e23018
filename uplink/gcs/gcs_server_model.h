// A model of Google Cloud Storage's side of a resumable upload for property tests: what it has of the file is a number
// of bytes and whether they are damaged, so that thousands of uploads take a second. Written from the facts ("uplink",
// section 1.1), like the double of tests/support, and never from ResumableUpload.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <random>
#include <string>

#include <fmt/format.h>

#include "core/crc.h"
#include "uplink/delivery/upload_protocol.h"

namespace dl::uplink::testing {

// What went wrong in one exchange.
enum class Trouble {
  none,
  request_lost,        // no answer, nothing was done
  body_cut,            // no answer, a part of the body was kept
  answer_lost,         // no answer, all was done
  answer_cut,          // half of the answer's body
  passing_error,       // 408, 429, 5xx, rate limit, redirect, instead of doing it
  error_after,         // the same, after doing it
  page,                // a portal's, with status 200
  other_resource,      // the resource of another object
  unauthorised,        // 401
  no_range,            // 308 without it
  bad_range,           // 308 with something else
  partly_committed,    // a part of the chunk was kept
  late_commit,         // all of it was kept, a part of it is owned up to
  taken_back,          // the server has lost bytes
  session_lost,        // 404, 410, 499
  damaged_on_the_way,  // a bit of the body
  damaged_at_rest,     // a bit of the object, behind the hash check
  early_completion,    // a query ends the upload whose bytes are all there
};
inline constexpr int kTroubles = 19;

class GcsServerModel {
 public:
  struct Stored {
    std::string generation;
    std::uint64_t size_bytes = 0;
    std::uint32_t crc32c = 0;
    bool made_by_us = false;
  };

  GcsServerModel(UploadObject object, std::mt19937_64& random) : object_(std::move(object)), random_(random) {}

  std::optional<Stored> stored;
  bool may_delete = true;
  std::uint64_t now_s = 0;
  // What is against the rules of the service or ours; empty: nothing.
  std::string violation;

  // Another station's, with the same bytes or others.
  void put(bool same_content) {
    stored = Stored{next_generation(), object_.size_bytes, same_content ? object_.crc32c : object_.crc32c ^ 1U, false};
  }
  [[nodiscard]] bool has_ours() const {
    return stored && stored->size_bytes == object_.size_bytes && stored->crc32c == object_.crc32c;
  }

  Result<HttpResponse> exchange(const UploadAction& action, Trouble trouble) {
    trouble_ = trouble;
    if (trouble == Trouble::request_lost) return lost();
    if (trouble == Trouble::passing_error) return passing_error();
    if (trouble == Trouble::page) return HttpResponse{200, {{"content-type", "text/html"}}, "<html>Welcome</html>"};
    if (trouble == Trouble::unauthorised) return error(401, "Invalid Credentials");
    HttpResponse response = perform(action);
    if (trouble == Trouble::answer_lost || trouble == Trouble::body_cut) return lost();
    if (trouble == Trouble::error_after) return passing_error();
    if (trouble == Trouble::answer_cut) response.body.resize(response.body.size() / 2);
    return response;
  }

 private:
  struct Session {
    std::uint64_t created_s = 0;
    std::uint64_t persisted = 0;
    std::uint64_t unreported = 0;
    bool damaged = false;
    int ended_with = 0;
    std::optional<Stored> made;
  };
  struct Range {
    std::optional<std::uint64_t> first, last, total;
  };

  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  bool is(Trouble trouble) const { return trouble_ == trouble; }
  std::string next_generation() { return std::to_string(1'700'000'000'000'000 + ++generations_); }
  static Failure lost() { return fail(ErrorKind::transient, "connection reset"); }

  static HttpResponse error(int status, const std::string& message, const std::string& reason = "backendError") {
    return {status,
            {},
            fmt::format(R"({{"error":{{"code":{},"message":"{}","errors":[{{"reason":"{}"}}]}}}})", status, message,
                        reason)};
  }
  HttpResponse passing_error() {
    static constexpr int kStatuses[] = {408, 429, 500, 502, 503, 504, 403, 302, 307};
    const int status = kStatuses[below(std::size(kStatuses))];
    HttpResponse made = error(status, "not now", "rateLimitExceeded");
    if (below(2) == 0) made.headers.push_back({"retry-after", std::to_string(below(100))});
    return made;
  }
  HttpResponse resource(const Stored& object) const {
    // One that would look damaged, were it ours.
    const bool other = is(Trouble::other_resource);
    return {200,
            {},
            fmt::format(R"({{"bucket":"{}","name":"{}","generation":"{}","size":"{}","crc32c":"{}"}})", object_.bucket,
                        other ? "other" : object_.name, object.generation, object.size_bytes,
                        crc32c_base64(other ? ~object.crc32c : object.crc32c))};
  }

  HttpResponse perform(const UploadAction& action) {
    const HttpRequest& request = action.request;
    if (request.method == "POST") return initiate(request);
    if (request.method == "GET") return stored ? resource(*stored) : error(404, "No such object", "notFound");
    if (request.method == "DELETE") return remove(request);
    return on_session(action);
  }

  HttpResponse initiate(const HttpRequest& request) {
    if (request.url.find("ifGenerationMatch=0") == std::string::npos) violation = "an insert without a precondition";
    if (stored && below(2) == 0) return error(412, "conditionNotMet", "conditionNotMet");
    const std::string url = fmt::format("https://storage.googleapis.com/upload?upload_id={}", sessions_.size());
    sessions_[url].created_s = now_s;
    return {200, {{"location", url}}, {}};
  }

  HttpResponse remove(const HttpRequest& request) {
    const auto at = request.url.find("?ifGenerationMatch=");
    if (at == std::string::npos) violation = "a deletion of whatever is there";
    if (!may_delete) return error(403, "no storage.objects.delete", "forbidden");
    if (!stored) return error(404, "No such object", "notFound");
    if (request.url.substr(at + 19) != stored->generation) return error(412, "conditionNotMet", "conditionNotMet");
    if (!stored->made_by_us || has_ours()) violation = "a deletion of what is not ours to delete";
    stored.reset();
    return {204, {}, {}};
  }

  static Range range_of(const HttpRequest& request) {
    Range range;
    for (const HttpHeader& header : request.headers) {
      if (header.name != "Content-Range") continue;
      const std::string text = header.value.substr(6);
      const auto slash = text.find('/');
      const auto dash = text.find('-');
      if (text[0] != '*') range.first = std::stoull(text);
      if (text[0] != '*') range.last = std::stoull(text.substr(dash + 1));
      if (text[slash + 1] != '*') range.total = std::stoull(text.substr(slash + 1));
    }
    return range;
  }

  HttpResponse on_session(const UploadAction& action) {
    const auto found = sessions_.find(action.request.url);
    if (found == sessions_.end() || now_s - found->second.created_s > 7 * 86400) return error(404, "Not Found");
    Session& session = found->second;
    if (is(Trouble::session_lost) && !session.made)
      session.ended_with = below(3) == 0 ? 404 : below(2) == 0 ? 410 : 499;
    if (session.ended_with != 0) return error(session.ended_with, "The upload session is no longer available.");
    if (session.made) return resource(*session.made);
    if (is(Trouble::taken_back)) session.persisted -= below(session.persisted + 1);
    const Range range = range_of(action.request);
    if (range.first) return take_chunk(session, range, action);
    session.unreported = is(Trouble::late_commit) ? below(session.persisted + 1) : 0;
    const bool asked_to_end = range.total == session.persisted;
    const bool ends_early = is(Trouble::early_completion) && session.persisted == object_.size_bytes;
    return asked_to_end || ends_early ? finish(session) : persisted(session);
  }

  HttpResponse take_chunk(Session& session, const Range& range, const UploadAction& action) {
    const std::uint64_t size = *range.last + 1 - *range.first;
    if (!action.body || action.body->offset != *range.first || action.body->size_bytes != size) {
      violation = "a body that is not what its Content-Range says";
    }
    if (range.total != object_.size_bytes || *range.last >= object_.size_bytes) violation = "bytes behind the end";
    if (*range.last + 1 != object_.size_bytes && size % (256U << 10) != 0) violation = "a chunk of an odd size";
    if (*range.first > session.persisted) return error(503, "Service Unavailable");
    if (*range.last < session.persisted) return persisted(session);
    const std::uint64_t fresh = *range.last + 1 - session.persisted;
    const bool partly = is(Trouble::partly_committed) || is(Trouble::body_cut);
    session.persisted += partly ? below(fresh) : fresh;
    if (is(Trouble::damaged_on_the_way)) session.damaged = true;
    session.unreported = is(Trouble::late_commit) ? below(fresh + 1) : 0;
    if (session.persisted == object_.size_bytes && session.unreported == 0) return finish(session);
    return persisted(session);
  }

  HttpResponse persisted(const Session& session) const {
    const std::uint64_t said = session.persisted - std::min(session.persisted, session.unreported);
    if (is(Trouble::bad_range)) return {308, {{"range", "bytes=7-9"}}, {}};
    if (said == 0 || is(Trouble::no_range)) return {308, {}, {}};
    return {308, {{"range", fmt::format("bytes=0-{}", said - 1)}}, {}};
  }

  HttpResponse finish(Session& session) {
    if (stored) {
      session.ended_with = 410;
      return error(412, "conditionNotMet", "conditionNotMet");
    }
    if (session.damaged) {
      session.ended_with = 410;
      return error(400, R"(Provided CRC32C \"a\" doesn't match calculated CRC32C \"b\".)", "invalid");
    }
    const std::uint32_t crc = is(Trouble::damaged_at_rest) ? object_.crc32c ^ 2U : object_.crc32c;
    stored = session.made = Stored{next_generation(), session.persisted, crc, true};
    return resource(*stored);
  }

  UploadObject object_;
  std::mt19937_64& random_;
  Trouble trouble_ = Trouble::none;
  std::map<std::string, Session> sessions_;
  std::uint64_t generations_ = 0;
};

}  // namespace dl::uplink::testing
