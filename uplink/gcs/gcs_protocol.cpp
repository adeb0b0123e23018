#include "uplink/gcs/gcs_protocol.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/crc.h"

namespace dl::uplink {
namespace {

using Json = nlohmann::json;

Json parse_quietly(std::string_view body) {
  return Json::parse(body, nullptr, /*allow_exceptions=*/false);
}

std::string text_of(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The JSON API writes 64-bit numbers as strings; some servers that imitate it write numbers.
std::optional<std::uint64_t> number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  if (found->is_string()) return parse_decimal(found->get<std::string>());
  return std::nullopt;
}

// An error text may quote the session, which is a bearer capability.
void redact_sessions(std::string& text) {
  constexpr std::string_view kKey = "upload_id=";
  for (std::size_t at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at + kKey.size())) {
    const std::size_t begin = at + kKey.size();
    const std::size_t end = std::min(text.find_first_of(" &\"'<>)", begin), text.size());
    text.replace(begin, end - begin, "...");
  }
}

std::string one_line(std::string text) {
  redact_sessions(text);
  constexpr std::size_t kLongest = 300;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

HttpRequest session_put(const std::string& session, std::string range, std::string purpose) {
  HttpRequest request;
  request.method = "PUT";
  request.url = session;
  request.headers = {{"Content-Range", std::move(range)}, {"X-GUploader-No-308", "yes"}};
  request.purpose = std::move(purpose);
  return request;
}

std::string object_url(const std::string& endpoint, const UploadObject& object) {
  return fmt::format("{}/storage/v1/b/{}/o/{}", endpoint, percent_encode(object.bucket), percent_encode(object.name));
}

}  // namespace

int status_of(const HttpResponse& response) {
  const bool resume_incomplete =
      response.status == 200 && response.header("x-http-status-code-override").value_or("") == "308";
  return resume_incomplete ? 308 : response.status;
}

std::optional<ObjectResource> parse_object_resource(std::string_view body) {
  const Json json = parse_quietly(body);
  if (!json.is_object()) return std::nullopt;
  const auto generation = number_of(json, "generation");
  const auto size = number_of(json, "size");
  ObjectResource resource;
  resource.crc32c_base64 = text_of(json, "crc32c");
  if (!generation || !size || resource.crc32c_base64.empty()) return std::nullopt;
  resource.bucket = text_of(json, "bucket");
  resource.name = text_of(json, "name");
  resource.generation = std::to_string(*generation);
  resource.size_bytes = *size;
  if (const auto metadata = json.find("metadata"); metadata != json.end()) {
    resource.sha256 = text_of(*metadata, "sha256");
  }
  return resource;
}

bool names(const ObjectResource& resource, const UploadObject& object) {
  return (resource.bucket.empty() || resource.bucket == object.bucket) &&
         (resource.name.empty() || resource.name == object.name);
}

bool same_content(const ObjectResource& resource, const UploadObject& object) {
  return resource.size_bytes == object.size_bytes && resource.crc32c_base64 == crc32c_base64(object.crc32c) &&
         (resource.sha256.empty() || object.sha256.empty() || resource.sha256 == object.sha256);
}

PersistedRange parse_persisted_range(const HttpResponse& response) {
  const auto header = response.header("range");
  if (!header) return {};
  constexpr std::string_view kPrefix = "bytes=0-";
  PersistedRange range;
  range.kind = PersistedRange::Kind::malformed;
  if (!header->starts_with(kPrefix)) return range;
  const auto last = parse_decimal(header->substr(kPrefix.size()));
  if (!last || *last == UINT64_MAX) return range;
  range.kind = PersistedRange::Kind::present;
  range.bytes = *last + 1;
  return range;
}

ServerError parse_server_error(std::string_view body) {
  const Json json = parse_quietly(body);
  ServerError error;
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    const Json& inner = json["error"];
    error.message = text_of(inner, "message");
    if (inner.contains("errors") && inner["errors"].is_array() && !inner["errors"].empty()) {
      error.reason = text_of(inner["errors"][0], "reason");
    }
    if (error.reason.empty()) error.reason = text_of(inner, "status");
  } else {
    error.message = std::string(body.substr(0, 200));
    error.cut = json.is_discarded() && body.starts_with('{');
  }
  error.message = one_line(error.message);
  error.reason = one_line(error.reason);
  return error;
}

bool is_rate_limit(const ServerError& error) {
  return error.reason == "rateLimitExceeded" || error.reason == "userRateLimitExceeded";
}

bool is_hash_mismatch(const ServerError& error) {
  const bool names_a_hash = contains(error.message, "CRC32C") || contains(error.message, "MD5") ||
                            contains(error.message, "crc32c") || contains(error.message, "md5");
  return names_a_hash && (contains(error.message, "match") || contains(error.message, "differ"));
}

HttpRequest initiate_request(const std::string& endpoint, const UploadObject& object) {
  HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/upload/storage/v1/b/{}/o?uploadType=resumable&name={}&ifGenerationMatch=0", endpoint,
                            percent_encode(object.bucket), percent_encode(object.name));
  request.headers = {{"Content-Type", "application/json; charset=UTF-8"},
                     {"X-Upload-Content-Type", object.media_type},
                     {"X-Upload-Content-Length", std::to_string(object.size_bytes)}};
  Json resource{{"name", object.name}, {"contentType", object.media_type}, {"crc32c", crc32c_base64(object.crc32c)}};
  if (!object.sha256.empty()) resource["metadata"] = {{"sha256", object.sha256}};
  // A name that is not UTF-8 must not throw; the server will refuse what the replacement makes of it.
  request.body = resource.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.purpose = fmt::format("opening an upload of '{}' to bucket '{}'", object.name, object.bucket);
  return request;
}

HttpRequest data_request(const std::string& session, const UploadObject& object, const FileRegion& region) {
  const std::uint64_t last = region.offset + region.size_bytes - 1;
  return session_put(session, fmt::format("bytes {}-{}/{}", region.offset, last, object.size_bytes),
                     fmt::format("sending '{}' to bucket '{}'", object.name, object.bucket));
}

HttpRequest query_request(const std::string& session, const UploadObject& object) {
  return session_put(session, "bytes */*",
                     fmt::format("asking how much of '{}' is in bucket '{}'", object.name, object.bucket));
}

HttpRequest finish_request(const std::string& session, const UploadObject& object) {
  return session_put(session, fmt::format("bytes */{}", object.size_bytes),
                     fmt::format("finishing the upload of '{}' to bucket '{}'", object.name, object.bucket));
}

HttpRequest metadata_request(const std::string& endpoint, const UploadObject& object) {
  HttpRequest request;
  request.method = "GET";
  request.url = object_url(endpoint, object);
  request.purpose = fmt::format("reading what bucket '{}' says of '{}'", object.bucket, object.name);
  return request;
}

HttpRequest delete_request(const std::string& endpoint, const UploadObject& object, const std::string& generation) {
  HttpRequest request;
  request.method = "DELETE";
  request.url = fmt::format("{}?ifGenerationMatch={}", object_url(endpoint, object), percent_encode(generation));
  request.purpose = fmt::format("deleting the damaged '{}' from bucket '{}'", object.name, object.bucket);
  return request;
}

}  // namespace dl::uplink
