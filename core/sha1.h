// SHA-1 (FIPS 180-4), by OpenSSL's libcrypto (docs/decisions/0001): for protocols that prescribe it, never to prove
// that bytes are unchanged.
#pragma once

#include <array>

#include "core/bytes.h"

namespace dl {

using Sha1Digest = std::array<Byte, 20>;

Sha1Digest sha1(ByteView bytes);

}  // namespace dl
