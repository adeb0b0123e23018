#include "tests/simulation/simulated_bucket.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/crc.h"

namespace dl::simulation {
namespace {

constexpr Seconds kSessionLifetime{7 * 86400};

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string parameter(const std::string& url, const std::string& name) {
  for (const char before : {'?', '&'}) {
    const auto at = url.find(before + name + "=");
    if (at == std::string::npos) continue;
    const auto begin = at + name.size() + 2;
    return decode(std::string_view(url).substr(begin, url.find('&', begin) - begin));
  }
  return {};
}

std::string header_of(const uplink::HttpRequest& request, std::string_view name) {
  for (const uplink::HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

std::string crc_text(std::string_view content) {
  const std::uint32_t crc = crc32c(as_bytes(content));
  const std::array<char, 4> bytes = {static_cast<char>(crc >> 24), static_cast<char>(crc >> 16),
                                     static_cast<char>(crc >> 8), static_cast<char>(crc)};
  return base64_encode(as_bytes(std::string_view(bytes.data(), bytes.size())));
}

}  // namespace

uplink::HttpResponse error_answer(int status, const std::string& message, const std::string& reason) {
  const nlohmann::json body = {
      {"error", {{"code", status}, {"message", message}, {"errors", {{{"message", message}, {"reason", reason}}}}}}};
  return {status, {{"content-type", "application/json; charset=UTF-8"}}, body.dump()};
}

std::string SimulatedBucket::next_generation() {
  generations_ += 1 + chance_.below(1000);
  return std::to_string(generations_);
}

void SimulatedBucket::put(const std::string& name, std::string content, std::string sha256) {
  trace_.add(fmt::format("somebody else puts '{}', {} bytes", name, content.size()));
  objects_[name] = {std::move(content), next_generation(), std::move(sha256), true};
}

uplink::HttpResponse SimulatedBucket::handle(const uplink::HttpRequest& request, std::string_view arrived, bool whole) {
  if (request.url.find("upload_id=") != std::string::npos) return on_session(request, arrived, whole);
  if (!whole) return error_answer(400, "cut short");
  if (request.method == "POST") return initiate(request, arrived);
  return on_object_request(request);
}

uplink::HttpResponse SimulatedBucket::initiate(const uplink::HttpRequest& request, std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return error_answer(400, "Parse Error", "parseError");
  Session session;
  session.name = parameter(request.url, "name");
  session.only_if_absent = parameter(request.url, "ifGenerationMatch") == "0";
  session.crc32c = json.value("crc32c", "");
  if (json.contains("metadata")) session.sha256 = json["metadata"].value("sha256", "");
  if (const std::string length = header_of(request, "X-Upload-Content-Length"); !length.empty()) {
    session.total = std::stoull(length);
  }
  session.created_at = clock_.true_now();
  // 412 may come at initiate or at finalize.
  if (session.only_if_absent && objects_.contains(session.name) && chance_.happens(0.5)) {
    return error_answer(412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet");
  }
  const std::string url =
      fmt::format("{}/upload/storage/v1/b/{}/o?uploadType=resumable&upload_id={}", kEndpoint, kName, sessions_.size());
  sessions_.emplace(url, std::move(session));
  return {200, {{"location", url}}, {}};
}

std::optional<SimulatedBucket::Range> SimulatedBucket::range_of(const uplink::HttpRequest& request) {
  const std::string text = header_of(request, "Content-Range");
  const auto slash = text.find('/');
  const auto dash = text.find('-');
  if (!text.starts_with("bytes ") || slash == std::string::npos) return std::nullopt;
  Range range;
  if (text[6] != '*') {
    range.first = std::stoull(text.substr(6));
    range.last = std::stoull(text.substr(dash + 1));
  }
  if (text[slash + 1] != '*') range.total = std::stoull(text.substr(slash + 1));
  return range;
}

uplink::HttpResponse SimulatedBucket::on_session(const uplink::HttpRequest& request, std::string_view arrived,
                                                 bool whole) {
  const auto found = sessions_.find(request.url);
  // "410 Gone if it's been less than a week since the upload was initiated, 404 Not Found if it's been more."
  if (found == sessions_.end() || clock_.true_now() - found->second.created_at > kSessionLifetime) {
    return error_answer(404, "Requested entity was not found.", "notFound");
  }
  Session& session = found->second;
  if (!session.made && session.ended_with == 0 && faults_.strikes(Fault::session_lost)) {
    constexpr int kWays[] = {404, 410, 499};
    session.ended_with = kWays[chance_.below(3)];
  }
  if (session.ended_with != 0) return error_answer(session.ended_with, "The upload session is no longer available.");
  if (session.made) return resource(session.name, *session.made);
  if (!session.data.empty() && faults_.strikes(Fault::taken_back)) {
    session.data.resize(chance_.below(session.data.size() / kQuantumBytes + 1) * kQuantumBytes);
  }
  const auto range = range_of(request);
  if (!range) return error_answer(400, "Invalid Content-Range", "invalid");
  if (range->first) return take_chunk(session, *range, arrived, whole);
  session.unreported = 0;
  const bool complete = session.total && session.data.size() == *session.total;
  // With "bytes */N" when exactly N bytes are persisted the object is finalized.
  if (range->total && *range->total == session.data.size()) return finish(session);
  if (complete && faults_.strikes(Fault::early_completion)) return finish(session);
  return persisted(session);
}

uplink::HttpResponse SimulatedBucket::take_chunk(Session& session, const Range& range, std::string_view arrived,
                                                 bool whole) {
  const std::uint64_t size = *range.last + 1 - *range.first;
  if (whole && arrived.size() != size) {
    trace_.violation("a body of another size than its Content-Range says");
    return error_answer(400, "Invalid request.", "invalid");
  }
  const std::optional<std::uint64_t> total = range.total ? range.total : session.total;
  if (total && *range.last >= *total) {
    trace_.violation("bytes behind the end of the object");
    return error_answer(400, "Invalid request.", "invalid");
  }
  const bool last_one = range.total && *range.last + 1 == *range.total;
  if (!last_one && size % kQuantumBytes != 0) {
    trace_.violation("a chunk that is no multiple of 256 KiB and not the last");
    return error_answer(400, "Invalid request.", "badRequest");
  }
  // A gap looks like a passing error (floci-gcp PR 132).
  if (*range.first > session.data.size()) return error_answer(503, "Service Unavailable");
  // "Cloud Storage ignores any bytes you send at an offset that Cloud Storage has already persisted".
  std::string fresh(arrived.substr(std::min<std::uint64_t>(arrived.size(), session.data.size() - *range.first)));
  if (!fresh.empty() && faults_.strikes(Fault::damaged_on_the_way)) fresh[chance_.below(fresh.size())] ^= 1;
  const bool all_kept = whole && !faults_.strikes(Fault::partly_committed);
  if (!all_kept) fresh.resize(chance_.below(fresh.size() / kQuantumBytes + 1) * kQuantumBytes);
  session.unreported = !fresh.empty() && faults_.strikes(Fault::late_commit) ? fresh.size() : 0;
  session.data += fresh;
  if (all_kept && last_one && session.data.size() == *range.total && session.unreported == 0) return finish(session);
  return persisted(session);
}

uplink::HttpResponse SimulatedBucket::persisted(const Session& session) {
  const std::uint64_t told = session.data.size() - session.unreported;
  if (told == 0 || faults_.strikes(Fault::no_range)) return {308, {}, {}};
  return {308, {{"range", fmt::format("bytes=0-{}", told - 1)}}, {}};
}

uplink::HttpResponse SimulatedBucket::finish(Session& session) {
  if (session.only_if_absent && objects_.contains(session.name)) {
    session.ended_with = 410;
    return error_answer(412, "At least one of the pre-conditions you specified did not hold.", "conditionNotMet");
  }
  const std::string crc = crc_text(session.data);
  if (!session.crc32c.empty() && session.crc32c != crc) {
    session.ended_with = 410;
    return error_answer(
        400, fmt::format(R"(Provided CRC32C "{}" doesn't match calculated CRC32C "{}".)", session.crc32c, crc),
        "invalid");
  }
  Object object{session.data, next_generation(), session.sha256, false};
  if (!object.content.empty() && faults_.strikes(Fault::damaged_at_rest)) object.content[0] ^= 4;
  trace_.add(
      fmt::format("object '{}', {} bytes, generation {}", session.name, object.content.size(), object.generation));
  if (on_object) on_object(session.name, object);
  session.made = object;
  session.data.clear();
  return resource(session.name, objects_[session.name] = std::move(object));
}

uplink::HttpResponse SimulatedBucket::on_object_request(const uplink::HttpRequest& request) {
  const std::string path = request.url.substr(0, request.url.find('?'));
  const std::string name = decode(path.substr(path.rfind("/o/") + 3));
  const auto found = objects_.find(name);
  if (found == objects_.end()) return error_answer(404, "No such object", "notFound");
  if (request.method == "GET") return resource(name, found->second);
  if (request.method != "DELETE") return error_answer(405, "Method Not Allowed", "invalid");
  const std::string generation = parameter(request.url, "ifGenerationMatch");
  if (generation.empty()) trace_.violation("a deletion of '" + name + "' whatever it is");
  if (generation != found->second.generation) return error_answer(412, "conditionNotMet", "conditionNotMet");
  if (found->second.foreign) trace_.violation("somebody else's '" + name + "' was deleted");
  trace_.add("object '" + name + "' is deleted");
  objects_.erase(found);
  return {204, {}, {}};
}

uplink::HttpResponse SimulatedBucket::resource(const std::string& name, const Object& object) const {
  const nlohmann::json body = {{"kind", "storage#object"},
                               {"name", name},
                               {"bucket", kName},
                               {"generation", object.generation},
                               {"size", std::to_string(object.content.size())},
                               {"crc32c", crc_text(object.content)},
                               {"metadata", {{"sha256", object.sha256}}}};
  return {200, {{"content-type", "application/json; charset=UTF-8"}}, body.dump()};
}

}  // namespace dl::simulation
