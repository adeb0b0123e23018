#include "uplink/s3/s3_protocol.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base64.h"
#include "core/crc.h"
#include "core/sha256.h"
#include "uplink/http/http_url.h"
#include "uplink/http/xml_reader.h"

namespace dl::uplink {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20;

HttpRequest request_of(const S3Location& location, const UploadObject& object, std::string method,
                       const std::string& query, std::string_view doing) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = s3_object_url(location, object.name);
  if (!query.empty()) request.url += "?" + query;
  request.purpose =
      fmt::format("{} '{}' {} bucket '{}'", doing, object.name, request.method == "PUT" ? "to" : "in", location.bucket);
  return request;
}

void add_payload_hash(HttpRequest& request) {
  request.headers.push_back({"x-amz-content-sha256", sha256_hex(as_bytes(request.body))});
}

void add_digests(HttpRequest& request, const RegionDigests& digests) {
  request.headers.push_back({"Content-MD5", base64_encode(digests.md5)});
  request.headers.push_back({"x-amz-checksum-crc32c", crc32c_base64(digests.crc32c)});
  request.headers.push_back({"x-amz-content-sha256", to_hex(digests.sha256)});
}

void add_description(HttpRequest& request, const UploadObject& object) {
  request.headers.push_back(
      {"Content-Type", object.media_type.empty() ? "application/octet-stream" : object.media_type});
  if (!object.sha256.empty()) request.headers.push_back({"x-amz-meta-sha256", object.sha256});
  request.headers.push_back({"x-amz-meta-crc32c", crc32c_base64(object.crc32c)});
}

void add_condition(HttpRequest& request, CreateOnly create_only) {
  if (create_only == CreateOnly::if_none_match) request.headers.push_back({"If-None-Match", "*"});
}

std::string text_of(const HttpResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

}  // namespace

bool is_from_s3(const HttpResponse& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const HttpHeader& header) { return header.name.starts_with("x-amz-"); });
}

std::string s3_object_url(const S3Location& location, const std::string& name) {
  if (location.addressing == S3Addressing::path) {
    return fmt::format("{}/{}/{}", location.endpoint, percent_encode(location.bucket), encode_path(name));
  }
  const auto host = location.endpoint.find("://") + 3;
  return fmt::format("{}{}.{}/{}", location.endpoint.substr(0, host), location.bucket, location.endpoint.substr(host),
                     encode_path(name));
}

std::uint64_t s3_part_bytes(std::uint64_t object_bytes, std::uint64_t wanted) {
  const std::uint64_t needed = (object_bytes + kS3MostParts - 1) / kS3MostParts;
  if (needed <= wanted) return wanted;
  return (needed + kMebibyte - 1) / kMebibyte * kMebibyte;
}

std::optional<S3Object> s3_object_of(const HttpResponse& response) {
  const auto size = parse_decimal(response.header("content-length").value_or(""));
  if (!size || s3_generation_of(response).empty()) return std::nullopt;
  return S3Object{*size, s3_generation_of(response), lower_case(text_of(response, "x-amz-meta-sha256")),
                  text_of(response, "x-amz-meta-crc32c")};
}

bool same_content(const S3Object& stored, const UploadObject& object) {
  if (stored.size_bytes != object.size_bytes) return false;
  if (!stored.sha256.empty() && !object.sha256.empty()) return stored.sha256 == object.sha256;
  return stored.crc32c_base64 == crc32c_base64(object.crc32c);
}

std::string s3_generation_of(const HttpResponse& response) {
  if (!is_from_s3(response)) return {};
  const auto version = response.header("x-amz-version-id");
  if (version && !version->empty() && *version != "null") return std::string(*version);
  return unquoted(response.header("etag").value_or(""));
}

S3Error parse_s3_error(std::string_view body) {
  const auto root = parse_xml(body);
  if (!root || root->name != "Error") return {};
  S3Error error{one_line(root->child_text("Code")), one_line(root->child_text("Message"))};
  // Where a bucket is that was looked for in the wrong place.
  for (const char* hint : {"Endpoint", "Region"}) {
    if (!root->child_text(hint).empty()) {
      error.message += fmt::format(" ({}: {})", hint, one_line(root->child_text(hint)));
    }
  }
  return error;
}

std::optional<std::string> parse_upload_id(std::string_view body) {
  const auto root = parse_xml(body);
  if (!root || root->name != "InitiateMultipartUploadResult") return std::nullopt;
  const std::string_view id = root->child_text("UploadId");
  // It becomes part of URLs and of the journal's session text.
  if (id.empty() || id.size() > 1024 || id.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  return std::string(id);
}

std::optional<S3PartPage> parse_part_page(std::string_view body) {
  const auto root = parse_xml(body);
  if (!root || root->name != "ListPartsResult") return std::nullopt;
  S3PartPage page;
  for (const XmlElement& element : root->children) {
    if (element.name != "Part") continue;
    const auto number = parse_decimal(element.child_text("PartNumber"));
    const auto size = parse_decimal(element.child_text("Size"));
    if (!number || *number == 0 || *number > kS3MostParts || !size) return std::nullopt;
    page.parts.push_back({static_cast<std::uint32_t>(*number), *size, unquoted(element.child_text("ETag")),
                          std::string(element.child_text("ChecksumCRC32C"))});
  }
  const std::string_view truncated = root->child_text("IsTruncated");
  if (truncated != "true") return truncated == "false" ? std::optional(page) : std::nullopt;
  const auto marker = parse_decimal(root->child_text("NextPartNumberMarker"));
  if (!marker || *marker > kS3MostParts) return std::nullopt;
  page.next_marker = static_cast<std::uint32_t>(*marker);
  return page;
}

std::optional<S3Completion> parse_completion(std::string_view body) {
  const auto root = parse_xml(body);
  if (!root || root->name != "CompleteMultipartUploadResult") return std::nullopt;
  S3Completion completion{unquoted(root->child_text("ETag")), {}};
  if (root->child_text("ChecksumType") == "FULL_OBJECT") {
    completion.whole_crc32c_base64 = root->child_text("ChecksumCRC32C");
  }
  return completion;
}

std::string unquoted(std::string_view tag) {
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return std::string(tag);
}

HttpRequest s3_head_request(const S3Location& location, const UploadObject& object) {
  HttpRequest request = request_of(location, object, "HEAD", {}, "asking for");
  add_payload_hash(request);
  return request;
}

HttpRequest s3_put_request(const S3Location& location, const UploadObject& object, const RegionDigests& digests,
                           CreateOnly create_only) {
  HttpRequest request = request_of(location, object, "PUT", {}, "sending");
  add_description(request, object);
  add_digests(request, digests);
  add_condition(request, create_only);
  return request;
}

HttpRequest s3_create_request(const S3Location& location, const UploadObject& object) {
  HttpRequest request = request_of(location, object, "POST", "uploads=", "opening an upload of");
  add_description(request, object);
  // The CRC-32C of the whole, not of the parts' CRCs, so that it can be compared with ours at the end (API_Checksum).
  request.headers.push_back({"x-amz-checksum-algorithm", "CRC32C"});
  request.headers.push_back({"x-amz-checksum-type", "FULL_OBJECT"});
  add_payload_hash(request);
  return request;
}

HttpRequest s3_part_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                            std::uint32_t number, const RegionDigests& digests) {
  HttpRequest request =
      request_of(location, object, "PUT", fmt::format("partNumber={}&uploadId={}", number, percent_encode(upload_id)),
                 fmt::format("sending part {} of", number));
  add_digests(request, digests);
  return request;
}

HttpRequest s3_list_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                            std::uint32_t after_number) {
  HttpRequest request = request_of(
      location, object, "GET",
      fmt::format("max-parts=1000&part-number-marker={}&uploadId={}", after_number, percent_encode(upload_id)),
      "asking which parts are there of");
  add_payload_hash(request);
  return request;
}

HttpRequest s3_complete_request(const S3Location& location, const UploadObject& object, const std::string& upload_id,
                                const std::vector<spool::DeliveryPart>& parts, bool with_checksums,
                                CreateOnly create_only) {
  HttpRequest request = request_of(location, object, "POST", "uploadId=" + percent_encode(upload_id), "completing");
  request.body = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (const spool::DeliveryPart& part : parts) {
    request.body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", part.number,
                                xml_escape("\"" + part.tag + "\""));
    if (with_checksums) request.body += "<ChecksumCRC32C>" + crc32c_base64(part.crc32c) + "</ChecksumCRC32C>";
    request.body += "</Part>";
  }
  request.body += "</CompleteMultipartUpload>";
  request.headers.push_back({"Content-Type", "application/xml"});
  request.headers.push_back({"x-amz-checksum-crc32c", crc32c_base64(object.crc32c)});
  request.headers.push_back({"x-amz-checksum-type", "FULL_OBJECT"});
  request.headers.push_back({"x-amz-mp-object-size", std::to_string(object.size_bytes)});
  add_condition(request, create_only);
  add_payload_hash(request);
  // S3 may take minutes to put many parts together; only silence ends it.
  request.bounded = false;
  return request;
}

HttpRequest s3_abort_request(const S3Location& location, const UploadObject& object, const std::string& upload_id) {
  HttpRequest request =
      request_of(location, object, "DELETE", "uploadId=" + percent_encode(upload_id), "giving up an upload of");
  add_payload_hash(request);
  return request;
}

}  // namespace dl::uplink
