// Google Cloud Storage as a destination: ResumableUpload under the driver of all protocols.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "uplink/credentials/request_signer.h"
#include "uplink/delivery/destination.h"
#include "uplink/gcs/resumable_upload.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

struct GcsOptions {
  std::string name;      // of the configured destination
  std::string endpoint;  // "https://storage.googleapis.com", no slash at the end
  std::string bucket;
  std::string object_prefix;  // no slash at either end; may be empty
  ResumableOptions upload;
};

// Signer and clock outlive the destination.
std::unique_ptr<Destination> make_gcs_destination(GcsOptions options, std::unique_ptr<HttpTransport> transport,
                                                  RequestSigner& signer, const Clock& clock);

}  // namespace dl::uplink
