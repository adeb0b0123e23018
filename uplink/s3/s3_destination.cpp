#include "uplink/s3/s3_destination.h"

namespace dl::uplink {

std::unique_ptr<Destination> make_s3_destination(const S3Options& options, std::unique_ptr<HttpTransport> transport,
                                                 RequestSigner& signer, const Clock& clock) {
  HttpDestinationOptions made;
  made.name = options.name;
  made.location = options.location.bucket;
  made.make_protocol = [options](const spool::Delivery& delivery, std::optional<SavedSession> saved, UtcTime) {
    return std::make_unique<S3Multipart>(upload_object(delivery, options.location.bucket, options.object_prefix),
                                         options.location, std::move(saved), options.upload);
  };
  return std::make_unique<HttpDestination>(std::move(made), std::move(transport), signer, clock);
}

Outcome abandon_s3_upload(const S3Options& options, const spool::Delivery& delivery, HttpTransport& transport,
                          RequestSigner& signer, const Clock& clock) {
  S3Abandonment abandonment(upload_object(delivery, options.location.bucket, options.object_prefix), options.location,
                            {delivery.session, {}, 0, {}});
  while (true) {
    const UploadAction action = abandonment.next();
    if (action.kind == UploadAction::Kind::ended) return abandonment.outcome();
    if (action.kind == UploadAction::Kind::refresh_credentials) {
      signer.invalidate();
      abandonment.on_credentials_refreshed();
      continue;
    }
    HttpRequest request = action.request;
    if (const auto done = signer.sign(request); !done) {
      abandonment.on_no_response(done.error());
      continue;
    }
    const auto response = transport.perform(request, {});
    if (response) {
      abandonment.on_response(*response, clock.now());
    } else {
      abandonment.on_no_response(response.error());
    }
  }
}

}  // namespace dl::uplink
