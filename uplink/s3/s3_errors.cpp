#include "uplink/s3/s3_errors.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

using Codes = std::span<const std::string_view>;

constexpr std::array<std::string_view, 8> kTransient = {"InternalError",     "ServiceUnavailable", "SlowDown",
                                                        "RequestTimeout",    "IncompleteBody",     "OperationAborted",
                                                        "TemporaryRedirect", "ServerBusy"};
// RequestTimeTooSkewed: the driver has seen the Date of this answer, and signatures are made with the servers' time.
constexpr std::array<std::string_view, 8> kRefresh = {
    "ExpiredToken",          "InvalidToken",         "TokenRefreshRequired", "InvalidAccessKeyId",
    "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired",       "Unauthorized"};
// NotImplemented: Swift's answer to If-None-Match.
constexpr std::array<std::string_view, 10> kRefuse = {
    "NoSuchBucket",     "PermanentRedirect", "AuthorizationHeaderMalformed",       "AccessDenied",
    "AccountProblem",   "AllAccessDisabled", "IllegalLocationConstraintException", "QuotaExceeded",
    "MethodNotAllowed", "NotImplemented"};
constexpr std::array<std::string_view, 3> kVerify = {"BadDigest", "XAmzContentSHA256Mismatch",
                                                     "XAmzContentChecksumMismatch"};

bool is_one_of(Codes codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

S3Reaction s3_reaction(int status, const S3Error& error) {
  if (is_one_of(kTransient, error.code)) return S3Reaction::retry_later;
  if (is_one_of(kRefresh, error.code)) return S3Reaction::refresh;
  if (is_one_of(kRefuse, error.code)) return S3Reaction::refuse;
  if (is_one_of(kVerify, error.code)) return S3Reaction::verify;
  if (status == 412 || error.code == "PreconditionFailed") return S3Reaction::by_the_object;
  if (status == 408 || status == 429 || status >= 500) return S3Reaction::retry_later;
  // A refusal without a word of S3 comes from something on the way: a proxy, a portal.
  if (error.code.empty()) return S3Reaction::retry_later;
  if (status == 401) return S3Reaction::refresh;
  if (status == 403) return S3Reaction::refuse;
  return S3Reaction::by_the_object;
}

std::string describe(int status, const S3Error& error) {
  if (error.code.empty()) return fmt::format("the server answered {} without an error of S3", status);
  const std::string hint =
      error.code == "NotImplemented" ? " (a server without If-None-Match needs create_only = false)" : "";
  return fmt::format("the server answered {} {}: {}{}", status, error.code, error.message, hint);
}

}  // namespace dl::uplink
