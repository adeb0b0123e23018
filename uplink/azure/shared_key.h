// Azure Storage's Shared Key, pure: no clock, no files.
// Source: Microsoft, "Authorize with Shared Key" (REST API reference of Azure Storage).
#pragma once

#include <string>

#include "core/bytes.h"
#include "core/time.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// What is signed. The length of the body is that of its stream or of its text.
std::string shared_key_string_to_sign(const HttpRequest& request, const std::string& account);

// Adds x-ms-date and Authorization, which replace what is there. `key` is the account key, decoded.
void sign_shared_key(HttpRequest& request, const std::string& account, ByteView key, UtcTime at);

}  // namespace dl::uplink
