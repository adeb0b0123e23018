// The words of Google Cloud Storage's JSON API that we speak: URLs, headers and bodies, no I/O.
// Source of the facts: Google's documentation and clients as collected for this project ("uplink", section 1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "uplink/delivery/upload_protocol.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// 308 also where it comes as a 200 with X-HTTP-Status-Code-Override, which X-GUploader-No-308 asks for: a proxy that
// takes 308 for a redirect never gets to see one (google-api-go-client, gensupport/resumable.go).
int status_of(const HttpResponse& response);

// What the server says about an object.
struct ObjectResource {
  std::string bucket;  // empty where the server does not say, like the name
  std::string name;
  std::string generation;
  std::uint64_t size_bytes = 0;
  std::string crc32c_base64;
  std::string sha256;  // of our metadata; empty when there is none
};

// The object resource in an answer; nullopt when the text is not one: cut short, a portal's page, or without
// generation, size or crc32c.
std::optional<ObjectResource> parse_object_resource(std::string_view body);

// Whether it is about ours, by bucket and name as far as they are stated.
bool names(const ObjectResource& resource, const UploadObject& object);
// Whether it has our content: size, CRC-32C, and SHA-256 where it is stated.
bool same_content(const ObjectResource& resource, const UploadObject& object);

// Bytes persisted, from "bytes=0-LAST" of a 308: LAST + 1. `malformed` is anything else that is not absence.
struct PersistedRange {
  enum class Kind { absent, present, malformed } kind = Kind::absent;
  std::uint64_t bytes = 0;
};
PersistedRange parse_persisted_range(const HttpResponse& response);

// The server's sentence and machine-readable reason of an error answer, without anything secret; cut to one line.
struct ServerError {
  std::string reason;  // "rateLimitExceeded"
  std::string message;
  bool cut = false;  // the answer is the beginning of one
};
ServerError parse_server_error(std::string_view body);

// 403 means two things: go away, and slow down.
bool is_rate_limit(const ServerError& error);
// 400 "Provided CRC32C ... doesn't match calculated CRC32C ...".
bool is_hash_mismatch(const ServerError& error);

// POST that opens a session for a create-only upload (ifGenerationMatch=0) with crc32c declared, so that the server
// refuses to create anything else.
HttpRequest initiate_request(const std::string& endpoint, const UploadObject& object);
// PUT whose body is `region` of the object, not empty.
HttpRequest data_request(const std::string& session, const UploadObject& object, const FileRegion& region);
// PUT without bytes that only asks: "bytes */*".
HttpRequest query_request(const std::string& session, const UploadObject& object);
// PUT without bytes that also ends a session whose bytes are all there: "bytes */TOTAL".
HttpRequest finish_request(const std::string& session, const UploadObject& object);
HttpRequest metadata_request(const std::string& endpoint, const UploadObject& object);
// DELETE of exactly this generation.
HttpRequest delete_request(const std::string& endpoint, const UploadObject& object, const std::string& generation);

}  // namespace dl::uplink
