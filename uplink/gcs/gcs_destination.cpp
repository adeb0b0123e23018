#include "uplink/gcs/gcs_destination.h"

#include "uplink/delivery/http_destination.h"

namespace dl::uplink {

std::unique_ptr<Destination> make_gcs_destination(GcsOptions options, std::unique_ptr<HttpTransport> transport,
                                                  RequestSigner& signer, const Clock& clock) {
  HttpDestinationOptions made;
  made.name = options.name;
  made.location = options.bucket;
  made.make_protocol = [options = std::move(options)](const spool::Delivery& delivery,
                                                      std::optional<SavedSession> saved, UtcTime now) {
    return std::make_unique<ResumableUpload>(options.endpoint,
                                             upload_object(delivery, options.bucket, options.object_prefix),
                                             std::move(saved), options.upload, now);
  };
  return std::make_unique<HttpDestination>(std::move(made), std::move(transport), signer, clock);
}

}  // namespace dl::uplink
