// AWS Signature Version 4 in its header form, pure: no clock, no files.
// Source: AWS, "Create a signed AWS API request" (IAM User Guide) and "Authenticating Requests: Using the Authorization
// Header" (Amazon S3 API Reference).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

struct AwsKeys {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // of temporary keys; empty otherwise
};

struct SigV4Scope {
  std::string region;   // "eu-central-1"
  std::string service;  // "s3"
  // S3 signs the path as it stands in the URL. All other services sign it normalised (no '.', '..' or empty segments)
  // and with every '%' encoded once more.
  bool path_as_it_is = true;
};

// What is signed, in its two stages; apart from sign_v4() for tests.
std::string canonical_request(const HttpRequest& request, const SigV4Scope& scope, std::string_view payload_sha256);
std::string string_to_sign(std::string_view canonical, const SigV4Scope& scope, UtcTime at);

// Adds x-amz-date, x-amz-security-token (when there is one) and Authorization; the first two replace what is there.
// Every header of the request is signed, with host, which comes from the URL. What x-amz-content-sha256 says is taken
// as the hash of the body; without it the body is hashed (it must not be a stream then).
void sign_v4(HttpRequest& request, const AwsKeys& keys, const SigV4Scope& scope, UtcTime at);

}  // namespace dl::uplink
