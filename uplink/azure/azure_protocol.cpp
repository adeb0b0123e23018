#include "uplink/azure/azure_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/base64.h"
#include "core/crc.h"
#include "uplink/http/http_url.h"
#include "uplink/http/xml_reader.h"

namespace dl::uplink {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20;
constexpr const char* kVersion = "2021-12-02";
constexpr std::size_t kHashDigits = 16;

HttpRequest request_of(const AzureLocation& location, const UploadObject& object, std::string method,
                       const std::string& query, std::string_view doing) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = azure_blob_url(location, object.name);
  if (!query.empty()) request.url += "?" + query;
  request.headers.push_back({"x-ms-version", kVersion});
  request.purpose = fmt::format("{} '{}' {} container '{}'", doing, object.name, request.method == "PUT" ? "to" : "in",
                                location.container);
  return request;
}

void add_description(HttpRequest& request, const UploadObject& object) {
  request.headers.push_back(
      {"x-ms-blob-content-type", object.media_type.empty() ? "application/octet-stream" : object.media_type});
  if (!object.sha256.empty()) request.headers.push_back({"x-ms-meta-sha256", object.sha256});
  request.headers.push_back({"x-ms-meta-crc32c", crc32c_base64(object.crc32c)});
  request.headers.push_back({"If-None-Match", "*"});
}

std::string text_of(const HttpResponse& response, std::string_view name) {
  return std::string(response.header(name).value_or(""));
}

// What the names of an object's blocks begin with.
std::string block_prefix(const UploadObject& object) {
  std::string hash = object.sha256.substr(0, kHashDigits);
  hash.resize(kHashDigits, '0');
  return "dl-" + hash + "-";
}

template <class Number>
std::optional<Number> parse_digits(std::string_view text, int base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The reverse of azure_block_id(); nullopt for a block of something else.
std::optional<AzureBlock> parse_block_id(std::string_view id, const UploadObject& object) {
  const auto decoded = base64_decode(id);
  if (!decoded) return std::nullopt;
  const std::string_view text = as_text(*decoded);
  const std::string prefix = block_prefix(object);
  // <prefix>CCCCCCCC-NNNNN
  if (!text.starts_with(prefix) || text.size() != prefix.size() + 14) return std::nullopt;
  const auto crc = parse_digits<std::uint32_t>(text.substr(prefix.size(), 8), 16);
  const auto number = parse_digits<std::uint32_t>(text.substr(prefix.size() + 9), 10);
  if (!crc || !number || *number == 0) return std::nullopt;
  return AzureBlock{*number, *crc, 0};
}

// azurite: "InvalidOperation: Provided contentMD5 doesn't match."
bool names_digest_mismatch(std::string_view message) {
  const std::string text = lower_case(message);
  return text.find("md5") != std::string::npos && text.find("match") != std::string::npos;
}

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

std::string azure_blob_url(const AzureLocation& location, const std::string& name) {
  return fmt::format("{}/{}/{}", location.endpoint, percent_encode(location.container), encode_path(name));
}

std::uint64_t azure_block_bytes(std::uint64_t object_bytes, std::uint64_t wanted) {
  const std::uint64_t needed = (object_bytes + kAzureMostBlocks - 1) / kAzureMostBlocks;
  if (needed <= wanted) return wanted;
  return (needed + kMebibyte - 1) / kMebibyte * kMebibyte;
}

std::string azure_block_id(const UploadObject& object, std::uint32_t number, std::uint32_t crc32c) {
  return base64_encode(as_bytes(fmt::format("{}{:08x}-{:05}", block_prefix(object), crc32c, number)));
}

std::optional<std::vector<AzureBlock>> parse_block_list(std::string_view body, const UploadObject& object) {
  const auto root = parse_xml(body);
  if (!root || root->name != "BlockList") return std::nullopt;
  std::vector<AzureBlock> blocks;
  const XmlElement* uncommitted = root->child("UncommittedBlocks");
  if (uncommitted == nullptr) return blocks;
  for (const XmlElement& element : uncommitted->children) {
    auto block = parse_block_id(element.child_text("Name"), object);
    const auto size = parse_decimal(element.child_text("Size"));
    if (!block || !size) continue;
    block->size_bytes = *size;
    blocks.push_back(*block);
  }
  return blocks;
}

bool is_from_azure(const HttpResponse& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const HttpHeader& header) { return header.name.starts_with("x-ms-"); });
}

std::optional<AzureBlob> azure_blob_of(const HttpResponse& response) {
  const auto size = parse_decimal(response.header("content-length").value_or(""));
  if (!size || azure_generation_of(response).empty()) return std::nullopt;
  return AzureBlob{*size, azure_generation_of(response), lower_case(text_of(response, "x-ms-meta-sha256")),
                   text_of(response, "x-ms-meta-crc32c")};
}

bool same_content(const AzureBlob& stored, const UploadObject& object) {
  if (stored.size_bytes != object.size_bytes) return false;
  if (!stored.sha256.empty() && !object.sha256.empty()) return stored.sha256 == object.sha256;
  return stored.crc32c_base64 == crc32c_base64(object.crc32c);
}

std::string azure_generation_of(const HttpResponse& response) {
  if (!is_from_azure(response)) return {};
  std::string version = text_of(response, "x-ms-version-id");
  if (!version.empty()) return version;
  const std::string tag = text_of(response, "etag");
  return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"' ? tag.substr(1, tag.size() - 2) : tag;
}

AzureError parse_azure_error(const HttpResponse& response) {
  AzureError error{one_line(text_of(response, "x-ms-error-code")), {}};
  const auto root = parse_xml(response.body);
  if (!root || root->name != "Error") return error;
  if (error.code.empty()) error.code = one_line(root->child_text("Code"));
  // The first line is the sentence; those behind it are ids and times of the request.
  const std::string_view message = root->child_text("Message");
  error.message = one_line(message.substr(0, message.find('\n')));
  return error;
}

AzureReaction azure_reaction(int status, const AzureError& error) {
  static constexpr std::array<std::string_view, 4> kTransient = {"ServerBusy", "InternalError", "OperationTimedOut",
                                                                 "AccountBeingCreated"};
  static constexpr std::array<std::string_view, 3> kRefresh = {"AuthenticationFailed", "InvalidAuthenticationInfo",
                                                               "NoAuthenticationInformation"};
  static constexpr std::array<std::string_view, 4> kRefuse = {"ContainerNotFound", "ContainerBeingDeleted",
                                                              "ContainerDisabled", "AccountIsDisabled"};
  static constexpr std::array<std::string_view, 2> kVerify = {"Md5Mismatch", "Crc64Mismatch"};
  if (is_one_of(kTransient, error.code)) return AzureReaction::retry_later;
  if (is_one_of(kRefresh, error.code)) return AzureReaction::refresh;
  if (is_one_of(kRefuse, error.code)) return AzureReaction::refuse;
  if (is_one_of(kVerify, error.code) || names_digest_mismatch(error.message)) return AzureReaction::verify;
  if (status == 408 || status == 429 || status >= 500) return AzureReaction::retry_later;
  // A refusal without a word of Azure comes from something on the way: a proxy, a portal.
  if (error.code.empty()) return AzureReaction::retry_later;
  if (status == 401) return AzureReaction::refresh;
  if (status == 403) return AzureReaction::refuse;
  return AzureReaction::by_the_object;
}

std::string describe(int status, const AzureError& error) {
  if (error.code.empty()) return fmt::format("the server answered {} without an error of Azure", status);
  const std::string hint = error.code == "InvalidBlobOrBlock"
                               ? " (blocks of another program are waiting under this name; they expire in a week)"
                               : "";
  return fmt::format("the server answered {} {}{}{}{}", status, error.code, error.message.empty() ? "" : ": ",
                     error.message, hint);
}

HttpRequest azure_head_request(const AzureLocation& location, const UploadObject& object) {
  return request_of(location, object, "HEAD", {}, "asking for");
}

HttpRequest azure_put_blob_request(const AzureLocation& location, const UploadObject& object,
                                   const RegionDigests& digests) {
  HttpRequest request = request_of(location, object, "PUT", {}, "sending");
  request.headers.push_back({"x-ms-blob-type", "BlockBlob"});
  add_description(request, object);
  request.headers.push_back({"Content-MD5", base64_encode(digests.md5)});
  return request;
}

HttpRequest azure_put_block_request(const AzureLocation& location, const UploadObject& object, std::uint32_t number,
                                    const RegionDigests& digests) {
  const std::string id = azure_block_id(object, number, digests.crc32c);
  HttpRequest request = request_of(location, object, "PUT", "comp=block&blockid=" + percent_encode(id),
                                   fmt::format("sending block {} of", number));
  request.headers.push_back({"Content-MD5", base64_encode(digests.md5)});
  return request;
}

HttpRequest azure_list_request(const AzureLocation& location, const UploadObject& object) {
  return request_of(location, object, "GET", "comp=blocklist&blocklisttype=uncommitted",
                    "asking which blocks are there of");
}

HttpRequest azure_commit_request(const AzureLocation& location, const UploadObject& object,
                                 const std::vector<AzureBlock>& blocks) {
  HttpRequest request = request_of(location, object, "PUT", "comp=blocklist", "completing");
  request.body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (const AzureBlock& block : blocks) {
    request.body += "<Uncommitted>" + azure_block_id(object, block.number, block.crc32c) + "</Uncommitted>";
  }
  request.body += "</BlockList>";
  request.headers.push_back({"Content-Type", "application/xml"});
  add_description(request, object);
  return request;
}

}  // namespace dl::uplink
