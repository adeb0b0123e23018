// The words of Amazon S3's REST API that we speak: URLs, headers and bodies, no I/O. Signatures are added by S3Signer.
// Source of the facts: Amazon S3 API Reference, and what Ceph RGW and Swift were seen to do ("uplink" facts,
// section 1.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uplink/delivery/upload_protocol.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// "Amazon S3 multipart upload limits": a part is 5 MiB (but the last) to 5 GiB, an upload has at most 10,000 of them,
// an object 5 TiB.
inline constexpr std::uint64_t kS3SmallestPartBytes = std::uint64_t{5} << 20;
inline constexpr std::uint64_t kS3LargestPartBytes = std::uint64_t{5} << 30;
inline constexpr std::uint32_t kS3MostParts = 10'000;
inline constexpr std::uint64_t kS3LargestObjectBytes = std::uint64_t{5} << 40;

enum class S3Addressing {
  virtual_hosted,  // https://bucket.endpoint/name
  path,            // https://endpoint/bucket/name
};

// How an object that is there already is kept from being replaced.
enum class CreateOnly {
  if_none_match,  // the server sees to it: no race
  head_first,     // we ask before: who writes between question and upload is overwritten, or overwrites us
};

struct S3Location {
  std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com", no slash at the end
  std::string bucket;
  S3Addressing addressing = S3Addressing::virtual_hosted;
};

std::string s3_object_url(const S3Location& location, const std::string& name);

// The size of the parts that an object is sent in: `wanted`, or what 10,000 of them need, in whole MiB.
std::uint64_t s3_part_bytes(std::uint64_t object_bytes, std::uint64_t wanted);

// What the server says about an object, in the headers of an answer to HEAD.
struct S3Object {
  std::uint64_t size_bytes = 0;
  std::string generation;  // version id; the entity tag in a bucket without versions
  std::string sha256;      // of our metadata, likewise
  std::string crc32c_base64;
};
// nullopt when the answer is not one of S3's.
std::optional<S3Object> s3_object_of(const HttpResponse& response);
// Size and SHA-256 (or, where there is none, CRC-32C) are those of our object. An object without either is not ours.
bool same_content(const S3Object& stored, const UploadObject& object);

// Whether S3, or what speaks like it, gave this answer, and nobody on the way.
bool is_from_s3(const HttpResponse& response);

// An object's version as the answer to its upload states it; empty when the answer is not S3's.
std::string s3_generation_of(const HttpResponse& response);

struct S3Error {
  std::string code;  // "NoSuchUpload"; empty when the answer is not an error of S3
  std::string message;
};
S3Error parse_s3_error(std::string_view body);

struct S3ListedPart {
  std::uint32_t number = 0;
  std::uint64_t size_bytes = 0;
  std::string tag;            // without quotes
  std::string crc32c_base64;  // empty where the server keeps none
};
struct S3PartPage {
  std::vector<S3ListedPart> parts;
  std::optional<std::uint32_t> next_marker;  // there is more
};

// nullopt when the text is not what the request asks for.
std::optional<std::string> parse_upload_id(std::string_view body);
std::optional<S3PartPage> parse_part_page(std::string_view body);

// Of an answer 200 to CompleteMultipartUpload.
struct S3Completion {
  std::string tag;
  std::string whole_crc32c_base64;  // where the server has computed that of the whole object
};
std::optional<S3Completion> parse_completion(std::string_view body);

// An entity tag without its quotes.
std::string unquoted(std::string_view tag);

HttpRequest s3_head_request(const S3Location& location, const UploadObject& object);
// The body is the file. Size, MD5, SHA-256 and CRC-32C are declared, so that the server refuses anything else.
HttpRequest s3_put_request(const S3Location& location, const UploadObject& object, const RegionDigests& digests,
                           CreateOnly create_only);
HttpRequest s3_create_request(const S3Location& location, const UploadObject& object);
HttpRequest s3_part_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                            std::uint32_t number, const RegionDigests& digests);
HttpRequest s3_list_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                            std::uint32_t after_number);
// `parts` in order of number. Declares the CRC-32C and the size of the whole object, and the CRC-32C of every part
// where the server keeps those: Amazon wants them back, Swift calls the document malformed for them.
HttpRequest s3_complete_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                                const std::vector<spool::DeliveryPart>& parts, bool with_checksums,
                                CreateOnly create_only);
HttpRequest s3_abort_request(const S3Location& location, const UploadObject& object, const std::string& upload_id);

}  // namespace dl::uplink
