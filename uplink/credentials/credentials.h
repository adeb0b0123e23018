// How we prove who we are to Google's services.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/error.h"
#include "uplink/credentials/key_file.h"

namespace dl::uplink {

// May be used by several threads.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // The value of the Authorization header; empty when there is none to send. Kind config when the key cannot be used.
  virtual Result<std::string> authorization() = 0;
  // The server did not accept the last one: make a new one at the next call.
  virtual void invalidate() = 0;
  // What an operator should know though there still is something to send: KeyFile::trouble(). Never a secret.
  [[nodiscard]] virtual std::optional<std::string> trouble() const { return std::nullopt; }
};

// For emulators.
class NoCredentials final : public Credentials {
 public:
  Result<std::string> authorization() override { return std::string{}; }
  void invalidate() override {}
};

// A new token is made when less than this is left. Source: google-auth, REFRESH_THRESHOLD.
inline constexpr Seconds kTokenRenewBefore{225};

// What we use of a service-account key file as Google hands it out.
struct ServiceAccountKey {
  std::string client_email;
  std::string private_key_id;
  std::string private_key_pem;
  std::string token_uri;  // where a token grant asks; may be empty
};

// Kind config when it is not one; the message never quotes the key.
Result<ServiceAccountKey> parse_service_account_key(const std::string& text);

// A self-signed JSON web token (AIP-4111): RS256, iss = sub = client_email, exp = iat + 3600 s. No token server is
// asked, so a station whose network reaches the storage endpoint only can still upload.
Result<std::string> sign_jwt(const ServiceAccountKey& key, const std::string& audience, UtcTime issued_at);

// What a token grant (RFC 7523) hands to `token_uri`: the same with iss = client_email, aud = token_uri and the scope,
// a list with blanks.
Result<std::string> sign_grant_assertion(const ServiceAccountKey& key, const std::string& token_uri,
                                         const std::string& scope, UtcTime issued_at);

// "https://storage.googleapis.com" -> "https://storage.googleapis.com/", as AIP-4111 wants the audience.
std::string audience_of(const std::string& endpoint);

// Tokens of one key file for one audience, kept until little time is left. The file is read again when it has changed,
// so a key can be rotated without a restart; one that turned unusable leaves the old key in use (KeyFile).
class ServiceAccountCredentials final : public Credentials {
 public:
  // The clock outlives this; a ServerTime signs right on a station whose clock is wrong.
  ServiceAccountCredentials(std::filesystem::path key_file, std::string audience, const Clock& clock);
  Result<std::string> authorization() override;
  void invalidate() override;
  [[nodiscard]] std::optional<std::string> trouble() const override { return key_file_.trouble(); }

 private:
  KeyFile<ServiceAccountKey> key_file_;
  std::string audience_;
  const Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const ServiceAccountKey> key_;  // that token_ was signed with
  std::string token_;
  UtcTime issued_at_{};
};

}  // namespace dl::uplink
