#include "uplink/credentials/credentials.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/bytes.h"

namespace dl::uplink {
namespace {

constexpr Seconds kTokenLifetime{3600};

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

Failure unusable_key(const std::string& client_email) {
  return fail(ErrorKind::config, fmt::format("the private key of '{}' is not an RSA key in PEM form", client_email));
}

// Never asks the terminal for a pass phrase: nobody sits there.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Result<Bytes> sign_rs256(const ServiceAccountKey& key, std::string_view text) {
  const Bio bio(BIO_new_mem_buf(key.private_key_pem.data(), static_cast<int>(key.private_key_pem.size())));
  const Key parsed(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!parsed || EVP_PKEY_base_id(parsed.get()) != EVP_PKEY_RSA) return unusable_key(key.client_email);
  const Context context(EVP_MD_CTX_new());
  const ByteView bytes = as_bytes(text);
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, parsed.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) != 1) {
    return unusable_key(key.client_email);
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1) {
    return unusable_key(key.client_email);
  }
  signature.resize(size);
  return signature;
}

// The claims with their times, as a token.
Result<std::string> sign_claims(const ServiceAccountKey& key, nlohmann::json claims, UtcTime issued_at) {
  const auto issued_s = std::chrono::floor<Seconds>(issued_at).time_since_epoch().count();
  claims["iat"] = issued_s;
  claims["exp"] = issued_s + kTokenLifetime.count();
  const nlohmann::json header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key.private_key_id}};
  const std::string text = base64url_encode(as_bytes(header.dump())) + "." + base64url_encode(as_bytes(claims.dump()));
  DL_TRY(const Bytes signature, sign_rs256(key, text));
  return text + "." + base64url_encode(signature);
}

}  // namespace

Result<ServiceAccountKey> parse_service_account_key(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto member = [&json](const char* name) -> std::string {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
  };
  ServiceAccountKey key{member("client_email"), member("private_key_id"), member("private_key"), member("token_uri")};
  if (member("type") != "service_account" || key.client_email.empty() || key.private_key_id.empty() ||
      key.private_key_pem.empty()) {
    return fail(ErrorKind::config,
                "not a service-account key: expected a JSON object with type 'service_account', client_email, "
                "private_key_id and private_key");
  }
  return key;
}

Result<std::string> sign_jwt(const ServiceAccountKey& key, const std::string& audience, UtcTime issued_at) {
  return sign_claims(key, {{"iss", key.client_email}, {"sub", key.client_email}, {"aud", audience}}, issued_at);
}

Result<std::string> sign_grant_assertion(const ServiceAccountKey& key, const std::string& token_uri,
                                         const std::string& scope, UtcTime issued_at) {
  return sign_claims(key, {{"iss", key.client_email}, {"aud", token_uri}, {"scope", scope}}, issued_at);
}

std::string audience_of(const std::string& endpoint) {
  return endpoint.ends_with('/') ? endpoint : endpoint + "/";
}

ServiceAccountCredentials::ServiceAccountCredentials(std::filesystem::path key_file, std::string audience,
                                                     const Clock& clock)
    : key_file_(std::move(key_file), parse_service_account_key), audience_(std::move(audience)), clock_(clock) {}

Result<std::string> ServiceAccountCredentials::authorization() {
  const std::lock_guard lock(mutex_);
  DL_TRY(const auto key, key_file_.current());
  const UtcTime now = clock_.now();
  // A token from the future was made before the clock was set right.
  const bool fresh =
      !token_.empty() && key == key_ && issued_at_ <= now && now < issued_at_ + kTokenLifetime - kTokenRenewBefore;
  if (fresh) return "Bearer " + token_;
  auto token = sign_jwt(*key, audience_, now);
  if (!token) {
    return Failure(token.error().in(fmt::format("key file '{}'", key_file_.path().string())));
  }
  token_ = *std::move(token);
  issued_at_ = now;
  key_ = key;
  return "Bearer " + token_;
}

void ServiceAccountCredentials::invalidate() {
  const std::lock_guard lock(mutex_);
  token_.clear();
  key_file_.refused();
}

}  // namespace dl::uplink
