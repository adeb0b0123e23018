// Azure Blob Storage as a destination.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "uplink/azure/azure_blob.h"
#include "uplink/delivery/http_destination.h"

namespace dl::uplink {

struct AzureOptions {
  std::string name;  // of the configured destination
  AzureLocation location;
  std::string object_prefix;  // no slash at either end; may be empty
  AzureUploadOptions upload;
};

// Signer (AzureSigner) and clock outlive the destination.
std::unique_ptr<Destination> make_azure_destination(const AzureOptions& options,
                                                    std::unique_ptr<HttpTransport> transport, RequestSigner& signer,
                                                    const Clock& clock);

}  // namespace dl::uplink
