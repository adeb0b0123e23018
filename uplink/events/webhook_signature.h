// How a webhook's receiver knows that a request is ours. Source: Standard Webhooks 1.0.0 ("Signature scheme", "Webhook
// headers"): HMAC-SHA256 over "<id>.<timestamp>.<body>".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::uplink {

// One per line: "whsec_" and 24 to 64 bytes in base64. The first is the current one; while receivers change over, the
// old one stays on a line below, and requests carry a signature of each. Empty lines do not count. Kind config for
// anything else; no message quotes the text.
Result<std::vector<Bytes>> parse_webhook_secrets(std::string_view text);

// Kind config when it cannot be read or is not such a file.
Result<std::vector<Bytes>> read_webhook_secrets(const std::filesystem::path& file);

// The value of webhook-signature: "v1,<base64>" for each secret, blanks between them.
std::string webhook_signature(const std::vector<Bytes>& secrets, std::string_view id, UtcTime at,
                              std::string_view body);

// The value of webhook-timestamp: whole seconds since 1970.
std::string webhook_timestamp(UtcTime at);

}  // namespace dl::uplink
