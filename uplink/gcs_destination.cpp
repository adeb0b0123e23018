#include "uplink/gcs_destination.h"

#include <fmt/format.h>

namespace dl::uplink {
namespace {

std::optional<SavedSession> saved_session(const spool::Delivery& delivery) {
  if (delivery.session.empty() || !delivery.session_created_at) return std::nullopt;
  return SavedSession{delivery.session, *delivery.session_created_at, delivery.committed_bytes, {}};
}

}  // namespace

GcsDestination::GcsDestination(GcsOptions options, std::unique_ptr<HttpTransport> transport, Credentials& credentials,
                               const Clock& clock)
    : options_(std::move(options)), transport_(std::move(transport)), credentials_(credentials), clock_(clock) {}

Result<Outcome> GcsDestination::deliver(const spool::Delivery& delivery, DeliveryJournal& journal) {
  auto file = SpoolFile::open(delivery.path, delivery.size_bytes, delivery.crc32c);
  if (!file) return Outcome{outcome_of_local(file.error().kind), file.error().message, {}, false, std::nullopt};
  const UploadObject object{options_.bucket,     prefixed_object_name(options_.object_prefix, delivery.object_name),
                            delivery.media_type, delivery.size_bytes,
                            delivery.crc32c,     delivery.sha256};
  ResumableUpload upload(object, saved_session(delivery), options_.upload, clock_.now());
  if (upload.session().empty() && !delivery.session.empty()) DL_CHECK(journal.record_session({}));
  while (upload.step() != UploadStep::ended) {
    if (journal.stop_requested()) {
      upload.end(OutcomeKind::stopped, "asked to stop");
      break;
    }
    DL_CHECK(take_step(upload, *file, journal));
  }
  return upload.outcome();
}

Result<void> GcsDestination::take_step(ResumableUpload& upload, SpoolFile& file, DeliveryJournal& journal) {
  const std::string session_before = upload.session();
  const std::uint64_t committed_before = upload.committed_bytes();
  switch (upload.step()) {
    case UploadStep::verify_file:
      verify_file(upload, file);
      break;
    case UploadStep::refresh_credentials:
      credentials_.invalidate();
      upload.on_credentials_refreshed();
      break;
    default:
      take_network_step(upload, file, journal);
  }
  if (upload.session() != session_before) {
    if (!session_usable(upload)) return {};
    // Before the first byte is sent: a session that the journal does not know is lost with us.
    DL_CHECK(journal.record_session(upload.session()));
  } else if (upload.committed_bytes() != committed_before && !upload.session().empty()) {
    DL_CHECK(journal.record_progress(upload.committed_bytes()));
  }
  return {};
}

void GcsDestination::take_network_step(ResumableUpload& upload, SpoolFile& file, DeliveryJournal& journal) {
  const UploadObject& object = upload.object();
  HttpRequest request;
  std::optional<SpoolFileRegion> region;
  switch (upload.step()) {
    case UploadStep::initiate:
      request = initiate_request(options_.endpoint, object);
      break;
    case UploadStep::query:
      request = query_request(upload.session(), object);
      break;
    case UploadStep::finish:
      request = finish_request(upload.session(), object);
      break;
    case UploadStep::fetch_metadata:
      request = metadata_request(options_.endpoint, object);
      break;
    default: {  // send
      const auto crc = file.crc_of_first(upload.offset());
      if (!crc) return upload.end(outcome_of_local(crc.error().kind), crc.error().message);
      region.emplace(file, upload.offset(), upload.size_bytes(), *crc);
      request.method = "PUT";
      request.url = upload.session();
      request.headers = {content_range(upload.offset(), upload.size_bytes(), object.size_bytes)};
      request.stream = &*region;
      request.bounded = false;
      request.purpose = fmt::format("sending '{}' to bucket '{}'", object.name, object.bucket);
    }
  }
  if (url_origin(request.url) == url_origin(options_.endpoint)) {
    auto authorization = credentials_.authorization();
    if (!authorization) return upload.on_no_response(authorization.error());
    if (!authorization->empty()) request.headers.push_back({"Authorization", *std::move(authorization)});
  }
  const auto response = transport_->perform(request, [&journal](std::uint64_t) { return !journal.abort_requested(); });
  if (!response) return upload.on_no_response(response.error());
  upload.on_response(*response, clock_.now());
}

void GcsDestination::verify_file(ResumableUpload& upload, SpoolFile& file) {
  const auto unchanged = file.unchanged();
  if (!unchanged && unchanged.error().kind != ErrorKind::corrupt) {
    return upload.end(OutcomeKind::retry_later, unchanged.error().message);
  }
  upload.on_file_verified(unchanged.value_or(false));
}

bool GcsDestination::session_usable(ResumableUpload& upload) const {
  if (upload.session().empty()) return true;
  const auto origin = url_origin(upload.session());
  const auto endpoint = url_origin(options_.endpoint);
  const bool downgraded = endpoint && endpoint->starts_with("https:") && origin && origin->starts_with("http:");
  if (origin && !downgraded) return true;
  upload.end(OutcomeKind::retry_later,
             fmt::format("upload of '{}' to bucket '{}': the server named a session that is not at an {} address",
                         upload.object().name, upload.object().bucket, downgraded ? "https" : "http(s)"));
  return false;
}

}  // namespace dl::uplink
