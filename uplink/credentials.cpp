#include "uplink/credentials.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/file.h"

namespace dl::uplink {
namespace {

constexpr Seconds kTokenLifetime{3600};
constexpr Seconds kRenewBefore{225};

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

}  // namespace

Result<ServiceAccountKey> parse_service_account_key(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto member = [&json](const char* name) -> std::string {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
  };
  ServiceAccountKey key{member("client_email"), member("private_key_id"), member("private_key")};
  if (member("type") != "service_account" || key.client_email.empty() || key.private_key_id.empty() ||
      key.private_key_pem.empty()) {
    return fail(ErrorKind::config,
                "not a service-account key: expected a JSON object with type 'service_account', client_email, "
                "private_key_id and private_key");
  }
  return key;
}

Result<std::string> sign_jwt(const ServiceAccountKey& key, const std::string& audience, UtcTime issued_at) {
  const auto issued_s = std::chrono::floor<Seconds>(issued_at).time_since_epoch().count();
  const nlohmann::json header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key.private_key_id}};
  const nlohmann::json claims{{"iss", key.client_email},
                              {"sub", key.client_email},
                              {"aud", audience},
                              {"iat", issued_s},
                              {"exp", issued_s + kTokenLifetime.count()}};
  const std::string text = base64url_encode(as_bytes(header.dump())) + "." + base64url_encode(as_bytes(claims.dump()));
  DL_TRY(const Bytes signature, sign_rs256(key, text));
  return text + "." + base64url_encode(signature);
}

std::string audience_of(const std::string& endpoint) {
  return endpoint.ends_with('/') ? endpoint : endpoint + "/";
}

ServiceAccountCredentials::ServiceAccountCredentials(std::filesystem::path key_file, std::string audience,
                                                     const Clock& clock)
    : key_file_(std::move(key_file)), audience_(std::move(audience)), clock_(clock) {}

Result<std::string> ServiceAccountCredentials::authorization() {
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  const FileVersion version{std::filesystem::last_write_time(key_file_, ignored),
                            std::filesystem::file_size(key_file_, ignored)};
  const UtcTime now = clock_.now();
  // A token from the future was made before the clock was set right.
  const bool fresh =
      !token_.empty() && version == version_ && issued_at_ <= now && now < issued_at_ + kTokenLifetime - kRenewBefore;
  if (fresh) return "Bearer " + token_;
  const auto context = fmt::format("credentials file '{}'", key_file_.string());
  constexpr std::uint64_t kLimitBytes = std::uint64_t{64} * 1024;
  auto text = read_text_file(key_file_, kLimitBytes);
  if (!text) return fail(ErrorKind::config, text.error().in(context).message);
  auto key = parse_service_account_key(*text);
  if (!key) return Failure(key.error().in(context));
  auto token = sign_jwt(*key, audience_, now);
  if (!token) return Failure(token.error().in(context));
  token_ = *std::move(token);
  issued_at_ = now;
  version_ = version;
  return "Bearer " + token_;
}

void ServiceAccountCredentials::invalidate() {
  const std::lock_guard lock(mutex_);
  token_.clear();
}

}  // namespace dl::uplink
