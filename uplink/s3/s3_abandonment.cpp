#include <fmt/format.h>

#include "uplink/s3/s3_errors.h"
#include "uplink/s3/s3_multipart.h"

namespace dl::uplink {

S3Abandonment::S3Abandonment(UploadObject object, S3Location location, const SavedSession& saved)
    : object_(std::move(object)), location_(std::move(location)), session_(saved.session) {
  if (session_.find(' ') != std::string::npos) return;
  session_.clear();
  end(OutcomeKind::confirmed, {});
}

UploadAction S3Abandonment::next() const {
  UploadAction action;
  if (ended_) return action;
  if (refresh_) {
    action.kind = UploadAction::Kind::refresh_credentials;
    return action;
  }
  action.kind = UploadAction::Kind::request;
  action.request = s3_abort_request(location_, object_, session_.substr(session_.find(' ') + 1));
  return action;
}

void S3Abandonment::on_response(const HttpResponse& response, UtcTime now) {
  const int status = response.status;
  const S3Error error = parse_s3_error(response.body);
  if ((status >= 200 && status < 300) || error.code == "NoSuchUpload") {
    session_.clear();
    return end(OutcomeKind::confirmed, {});
  }
  const S3Reaction reaction = s3_reaction(status, error);
  if (reaction == S3Reaction::refresh && !refreshed_) {
    refresh_ = refreshed_ = true;
    return;
  }
  const bool refused = reaction == S3Reaction::refresh || reaction == S3Reaction::refuse;
  end(refused ? OutcomeKind::refused : OutcomeKind::retry_later,
      fmt::format("giving up an upload of '{}' to bucket '{}': {}", object_.name, location_.bucket,
                  describe(status, error)));
  outcome_.retry_after = retry_after(response, now);
}

void S3Abandonment::on_no_response(const Error& error) {
  end(error.kind == ErrorKind::cancelled ? OutcomeKind::stopped : OutcomeKind::retry_later, error.message);
}

void S3Abandonment::end(OutcomeKind kind, std::string message) {
  ended_ = true;
  outcome_ = Outcome{kind, std::move(message), {}, false, std::nullopt};
}

}  // namespace dl::uplink
