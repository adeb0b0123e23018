#include "uplink/azure/azure_destination.h"

namespace dl::uplink {

std::unique_ptr<Destination> make_azure_destination(const AzureOptions& options,
                                                    std::unique_ptr<HttpTransport> transport, RequestSigner& signer,
                                                    const Clock& clock) {
  HttpDestinationOptions made;
  made.name = options.name;
  made.location = options.location.container;
  made.make_protocol = [options](const spool::Delivery& delivery, std::optional<SavedSession> saved, UtcTime) {
    return std::make_unique<AzureBlobUpload>(upload_object(delivery, options.location.container, options.object_prefix),
                                             options.location, std::move(saved), options.upload);
  };
  return std::make_unique<HttpDestination>(std::move(made), std::move(transport), signer, clock);
}

}  // namespace dl::uplink
