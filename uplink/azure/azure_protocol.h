// The words of Azure's Blob service that we speak: URLs, headers and bodies, no I/O. Signatures are added by
// AzureSigner. Source of the facts: Microsoft, REST API reference of Blob Storage (Put Blob, Put Block, Put Block List,
// Get Block List), and what azurite was seen to do ("uplink" facts, section 1.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uplink/delivery/upload_protocol.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// "Scalability and performance targets for Blob storage": at most 50,000 blocks of at most 4000 MiB.
inline constexpr std::uint64_t kAzureLargestBlockBytes = std::uint64_t{4000} << 20;
// Ours: the list of blocks comes in one answer, which with so many is still below the megabyte that we take.
inline constexpr std::uint64_t kAzureMostBlocks = 8'000;
inline constexpr std::uint64_t kAzureLargestObjectBytes = kAzureMostBlocks * kAzureLargestBlockBytes;

struct AzureLocation {
  std::string endpoint;  // "https://account.blob.core.windows.net", no slash at the end
  std::string container;
};

std::string azure_blob_url(const AzureLocation& location, const std::string& name);

// The size of the blocks that an object is sent in: `wanted`, or what kAzureMostBlocks of them need, in whole MiB.
std::uint64_t azure_block_bytes(std::uint64_t object_bytes, std::uint64_t wanted);

// The name of a block says what it is of: object (by its SHA-256), content (by CRC-32C) and number. So a list of blocks
// is all that is needed to go on, and blocks of another object in the same place are never taken for ours. All names
// have the same length, as the service wants it.
std::string azure_block_id(const UploadObject& object, std::uint32_t number, std::uint32_t crc32c);

struct AzureBlock {
  std::uint32_t number = 0;  // from 1
  std::uint32_t crc32c = 0;
  std::uint64_t size_bytes = 0;
};
// The blocks of this object among those that are not committed. nullopt when the text is no list of blocks.
std::optional<std::vector<AzureBlock>> parse_block_list(std::string_view body, const UploadObject& object);

// What the server says about a blob, in the headers of an answer to HEAD.
struct AzureBlob {
  std::uint64_t size_bytes = 0;
  std::string generation;  // version id; the entity tag in an account without versions
  std::string sha256;      // of our metadata, likewise
  std::string crc32c_base64;
};
// nullopt when the answer is not one of Azure's.
std::optional<AzureBlob> azure_blob_of(const HttpResponse& response);
// Size and SHA-256 (or, where there is none, CRC-32C) are those of our object. A blob without either is not ours.
bool same_content(const AzureBlob& stored, const UploadObject& object);
// A blob's version as the answer to its upload states it; empty when the answer is not Azure's.
std::string azure_generation_of(const HttpResponse& response);
bool is_from_azure(const HttpResponse& response);

struct AzureError {
  std::string code;  // "BlobAlreadyExists"; empty when the answer is not an error of Azure
  std::string message;
};
AzureError parse_azure_error(const HttpResponse& response);

enum class AzureReaction {
  retry_later,    // the server is busy or broken, or the answer is not Azure's
  refresh,        // key or clock: sign again with what is known now
  refuse,         // the operator must change something; nothing of ours will be taken before
  verify,         // the bytes that arrived are not those that were declared
  by_the_object,  // something about this object
};
AzureReaction azure_reaction(int status, const AzureError& error);
// For messages: "the server answered 403 AuthenticationFailed: ...".
std::string describe(int status, const AzureError& error);

HttpRequest azure_head_request(const AzureLocation& location, const UploadObject& object);
// The body is the file; create-only, its MD5 declared.
HttpRequest azure_put_blob_request(const AzureLocation& location, const UploadObject& object,
                                   const RegionDigests& digests);
HttpRequest azure_put_block_request(const AzureLocation& location, const UploadObject& object, std::uint32_t number,
                                    const RegionDigests& digests);
HttpRequest azure_list_request(const AzureLocation& location, const UploadObject& object);
// Makes the blob of the blocks, in order of number; create-only.
HttpRequest azure_commit_request(const AzureLocation& location, const UploadObject& object,
                                 const std::vector<AzureBlock>& blocks);

}  // namespace dl::uplink
