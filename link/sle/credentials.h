// Credentials of SLE PDUs over ISP1 (CCSDS 913.1-B-2 3.1.2): whoever sends one proves that it knows its password,
// without sending it. They do not protect what else stands in the PDU.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::link::sle {

// 913.1-B-1 knows SHA-1 only; 913.1-B-2 has SHA-256 for version 4 of the services on.
enum class Hash { sha1, sha256 };

inline constexpr std::uint32_t kMostRandom = 0x7FFFFFFF;

// Who is on one end of an association: the name that stands in BIND, and its password.
struct Identity {
  std::string_view name;
  ByteView password;
};

// "The protected": the hash of the DER of HashInput {time, random, name, password}. `time_code` has 8 bytes.
Bytes protect(ByteView time_code, std::uint32_t random, const Identity& identity, Hash hash);

// ISP1Credentials {time, random, the protected}, encoded. `random` is at most kMostRandom, and nobody can guess it.
Bytes make_credentials(UtcTime now, std::uint32_t random, const Identity& identity, Hash hash);

// Whether `identity` made the credentials not more than `acceptable_delay` from `now`, either way. The error, of kind
// permanent, says what is wrong with them.
Result<void> check_credentials(ByteView credentials, const Identity& identity, Hash hash, UtcTime now,
                               Milliseconds acceptable_delay);

}  // namespace dl::link::sle
