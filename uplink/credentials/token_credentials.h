// Access tokens that somebody hands out: Google's token server for a key, or the metadata server for the machine.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "uplink/credentials/credentials.h"
#include "uplink/credentials/key_file.h"
#include "uplink/delivery/retry.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// "https://www.googleapis.com/auth/cloud-platform": what a token may be used for is then the account's roles' affair.
inline constexpr std::string_view kCloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform";

// Keeps a token until little time is left, and asks no more often than a back-off allows: in between everybody gets the
// last failure at once, so ten workers do not hammer a token server that is down. While a new token cannot be had, the
// old one is used to its end.
class FetchedCredentials : public Credentials {
 public:
  // Blocks for a request at most. Kinds: transient (nobody answers, 408, 429, 5xx, no sense in the answer), config (the
  // key was refused).
  Result<std::string> authorization() final;
  void invalidate() final;

 protected:
  struct Token {
    std::string text;
    Seconds lifetime{};
  };
  // A failure, and what the server asked for.
  struct Refusal {
    Error error;
    std::optional<Seconds> retry_after;
  };
  using Answer = tl::expected<Token, Refusal>;

  FetchedCredentials(const Clock& clock, Random random);
  // Called by one thread at a time.
  virtual Answer fetch() = 0;
  // The service did not accept the last token.
  virtual void refused() {}
  // Of a token endpoint's response to `purpose`, which asked `url`.
  Answer read_answer(const HttpResponse& response, const std::string& purpose, const std::string& url) const;

  const Clock& clock_;

 private:
  std::mutex mutex_;
  Backoff backoff_;
  std::string token_;
  SteadyTime expires_at_{};  // of token_; lifetimes are durations, and no matter of the station's clock
  std::optional<Error> last_error_;
  SteadyTime ask_again_at_{};
};

struct TokenGrantOptions {
  std::filesystem::path key_file;
  std::string scope{kCloudPlatformScope};
  std::string token_uri;  // empty: the key file's, which must be https
};

// The key signs an assertion, the token server gives a token for it (RFC 7523): for organisations that do not allow
// self-signed tokens.
class TokenGrantCredentials final : public FetchedCredentials {
 public:
  // The clock outlives this; a ServerTime signs right on a station whose clock is wrong.
  TokenGrantCredentials(TokenGrantOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock,
                        Random random);
  [[nodiscard]] std::optional<std::string> trouble() const override { return key_file_.trouble(); }

 private:
  Answer fetch() override;
  void refused() override { key_file_.refused(); }

  TokenGrantOptions options_;
  KeyFile<ServiceAccountKey> key_file_;
  std::unique_ptr<HttpTransport> transport_;
};

struct MetadataOptions {
  std::string host = "metadata.google.internal";  // as GCE_METADATA_HOST names it, with a port if need be
  std::string account = "default";
  std::string scope;  // a list with commas; empty: the machine's own scopes
};

// Of a machine, or of a workload identity, in Google's cloud.
class MetadataCredentials final : public FetchedCredentials {
 public:
  // The clock outlives this. The transport is to be made with metadata_http_options().
  MetadataCredentials(MetadataOptions options, std::unique_ptr<HttpTransport> transport, const Clock& clock,
                      Random random);

 private:
  Answer fetch() override;

  MetadataOptions options_;
  std::unique_ptr<HttpTransport> transport_;
};

// No proxy, and three seconds for everything (google-auth, METADATA_TIMEOUT): it is next door or not at all.
HttpOptions metadata_http_options();

}  // namespace dl::uplink
