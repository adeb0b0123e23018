#include "uplink/delivery/http_destination.h"

#include <utility>

#include "uplink/http/captive_portal.h"

namespace dl::uplink {
namespace {

Result<std::optional<SavedSession>> saved_session(const spool::Delivery& delivery, DeliveryJournal& journal) {
  // A session whose age is unknown cannot be trusted to be alive.
  if (delivery.session.empty() || !delivery.session_created_at) return std::optional<SavedSession>{};
  SavedSession saved{delivery.session, *delivery.session_created_at, delivery.committed_bytes, {}};
  DL_TRY(saved.parts, journal.parts());
  return std::optional(std::move(saved));
}

// The journal's side of an upload: what is written there already, so that only changes are written.
class Bookkeeper {
 public:
  Bookkeeper(const spool::Delivery& delivery, DeliveryJournal& journal)
      : journal_(journal), session_(delivery.session), committed_(delivery.committed_bytes) {}

  Result<void> write_down(UploadProtocol& protocol) {
    if (protocol.session() != session_) {
      DL_CHECK(journal_.record_session(protocol.session()));
      session_ = protocol.session();
      committed_ = 0;
    }
    for (const spool::DeliveryPart& part : protocol.take_new_parts()) DL_CHECK(journal_.record_part(part));
    if (session_.empty() || protocol.committed_bytes() == committed_) return {};
    DL_CHECK(journal_.record_progress(protocol.committed_bytes()));
    committed_ = protocol.committed_bytes();
    return {};
  }

 private:
  DeliveryJournal& journal_;
  std::string session_;
  std::uint64_t committed_;
};

// The spool file could not be read as it should.
void end_with(UploadProtocol& protocol, const Error& error) {
  const bool cancelled = error.kind == ErrorKind::cancelled;
  protocol.end(cancelled ? OutcomeKind::stopped : outcome_of_local(error.kind), error.message);
}

}  // namespace

UploadObject upload_object(const spool::Delivery& delivery, const std::string& bucket,
                           const std::string& object_prefix) {
  return {bucket,
          prefixed_object_name(object_prefix, delivery.object_name),
          delivery.media_type,
          delivery.size_bytes,
          delivery.crc32c,
          delivery.sha256};
}

HttpDestination::HttpDestination(HttpDestinationOptions options, std::unique_ptr<HttpTransport> transport,
                                 RequestSigner& signer, const Clock& clock)
    : options_(std::move(options)), transport_(std::move(transport)), signer_(signer), clock_(clock) {}

Result<Outcome> HttpDestination::deliver(const spool::Delivery& delivery, DeliveryJournal& journal) {
  auto file = SpoolFile::open(delivery.path, delivery.size_bytes, delivery.crc32c);
  if (!file) return Outcome{outcome_of_local(file.error().kind), file.error().message, {}, false, std::nullopt};
  file->cancel_when([&journal] { return journal.abort_requested(); });
  DL_TRY(auto saved, saved_session(delivery, journal));
  const auto protocol = options_.make_protocol(delivery, std::move(saved), clock_.now());
  Bookkeeper bookkeeper(delivery, journal);
  while (true) {
    const UploadAction action = protocol->next();
    const bool ended = action.kind == UploadAction::Kind::ended;
    // The confirmation is itself a transaction: what came just before it need not be one of its own.
    if (ended && protocol->outcome().kind == OutcomeKind::confirmed) return protocol->outcome();
    // Before the first byte is sent: a session that the journal does not know is lost with us.
    DL_CHECK(bookkeeper.write_down(*protocol));
    if (ended) return protocol->outcome();
    if (journal.stop_requested()) {
      protocol->end(OutcomeKind::stopped, "asked to stop");
    } else if (journal.yield_requested()) {
      protocol->end(OutcomeKind::stopped, "made way for something more urgent");
    } else {
      take(action, *protocol, *file, journal);
    }
  }
}

void HttpDestination::take(const UploadAction& action, UploadProtocol& protocol, SpoolFile& file,
                           const DeliveryJournal& journal) {
  switch (action.kind) {
    case UploadAction::Kind::request:
      return perform(action, protocol, file, journal);
    case UploadAction::Kind::hash_region: {
      const auto digests = file.digests_of(action.region);
      if (!digests) return end_with(protocol, digests.error());
      return protocol.on_region_hashed(*digests);
    }
    case UploadAction::Kind::verify_file: {
      const auto unchanged = file.unchanged();
      if (!unchanged && unchanged.error().kind != ErrorKind::corrupt) return end_with(protocol, unchanged.error());
      return protocol.on_file_verified(unchanged.value_or(false));
    }
    case UploadAction::Kind::refresh_credentials:
      signer_.invalidate();
      return protocol.on_credentials_refreshed();
    case UploadAction::Kind::ended:
      return;
  }
}

void HttpDestination::perform(const UploadAction& action, UploadProtocol& protocol, SpoolFile& file,
                              const DeliveryJournal& journal) {
  HttpRequest request = action.request;
  std::optional<SpoolFileRegion> region;
  if (action.body) {
    const auto crc = file.crc_of_first(action.body->offset);
    if (!crc) return end_with(protocol, crc.error());
    region.emplace(file, action.body->offset, action.body->size_bytes, *crc);
    request.stream = &*region;
    request.bounded = false;  // how long it takes is the link's affair; it must only never stall
  }
  if (action.sign) {
    if (const auto signed_request = signer_.sign(request); !signed_request) {
      return protocol.on_no_response(signed_request.error());
    }
  }
  const auto response = transport_->perform(request, [&journal](std::uint64_t) { return !journal.abort_requested(); });
  if (!response) return protocol.on_no_response(response.error());
  // Not with an error status: the services' front ends send pages with those, and a session that is said to be gone in
  // a page is gone.
  const bool claims_success = response->status < 400 || response->status == 511;
  if (claims_success && is_captive_portal(*response, request.url)) {
    return protocol.on_no_response(captive_portal_error(request.purpose, *response));
  }
  protocol.on_response(*response, clock_.now());
}

}  // namespace dl::uplink
