// Amazon S3, and what speaks like it (Ceph RGW, Swift), as a destination.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "uplink/delivery/http_destination.h"
#include "uplink/s3/s3_multipart.h"

namespace dl::uplink {

struct S3Options {
  std::string name;  // of the configured destination
  S3Location location;
  std::string object_prefix;  // no slash at either end; may be empty
  S3UploadOptions upload;
};

// Signer (S3Signer) and clock outlive the destination.
std::unique_ptr<Destination> make_s3_destination(const S3Options& options, std::unique_ptr<HttpTransport> transport,
                                                 RequestSigner& signer, const Clock& clock);

// Gives up what is left at the server of a delivery that will not be finished: dropped, or parked for good. Confirmed
// when nothing is left; otherwise try again later, for its parts are billed. One request, none when there is no
// session.
Outcome abandon_s3_upload(const S3Options& options, const spool::Delivery& delivery, HttpTransport& transport,
                          RequestSigner& signer, const Clock& clock);

}  // namespace dl::uplink
