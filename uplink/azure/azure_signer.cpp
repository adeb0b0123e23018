#include "uplink/azure/azure_signer.h"

#include <fmt/format.h>

#include "core/base64.h"
#include "uplink/azure/shared_key.h"

namespace dl::uplink {

AzureSigner::AzureSigner(const std::filesystem::path& credentials_file, std::string account, const Clock& time)
    : keys_(credentials_file, parse_azure_keys), account_(std::move(account)), time_(time) {}

Result<void> AzureSigner::sign(HttpRequest& request) {
  DL_TRY(const auto keys, keys_.current());
  if (!keys->account.empty() && keys->account != account_) {
    return fail(ErrorKind::config, fmt::format("key file '{}': expected the key of account '{}', found that of '{}'",
                                               keys_.path().string(), account_, keys->account));
  }
  if (!keys->sas_token.empty()) {
    request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + keys->sas_token;
    return {};
  }
  const auto key = base64_decode(keys->account_key);
  if (!key) {
    return fail(ErrorKind::config, fmt::format("key file '{}': the key is not base64", keys_.path().string()));
  }
  sign_shared_key(request, account_, *key, time_.now());
  return {};
}

}  // namespace dl::uplink
