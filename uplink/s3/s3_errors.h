// What an error of S3 asks of us, whatever the request. Source: Amazon S3 API Reference, "Error responses"; "uplink"
// facts, section 1.1 (the taxonomy) and 1.2.
#pragma once

#include <string>

#include "uplink/s3/s3_protocol.h"

namespace dl::uplink {

enum class S3Reaction {
  retry_later,    // the server is busy or broken, or the answer is not S3's
  refresh,        // keys or clock: sign again with what is known now
  refuse,         // the operator must change something; nothing of ours will be taken before
  verify,         // the bytes that arrived are not those that were declared
  by_the_object,  // something about this object or upload
};
S3Reaction s3_reaction(int status, const S3Error& error);

// For messages: "the server answered 403 AccessDenied: Access Denied".
std::string describe(int status, const S3Error& error);

}  // namespace dl::uplink
