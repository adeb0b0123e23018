// Base64 of RFC 4648: the standard alphabet with padding, and the URL alphabet without (for JWT).
#pragma once

#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"

namespace dl {

std::string base64_encode(ByteView bytes);
std::string base64url_encode(ByteView bytes);

// Standard alphabet, padding required. Kind corrupt on any other character or length.
Result<Bytes> base64_decode(std::string_view text);

}  // namespace dl
