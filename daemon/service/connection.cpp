#include "daemon/service/connection.h"

#include <utility>

#include "uplink/azure/azure_signer.h"
#include "uplink/credentials/bearer_signer.h"
#include "uplink/credentials/key_file.h"
#include "uplink/credentials/token_credentials.h"
#include "uplink/s3/s3_signer.h"

namespace dl::daemon {
namespace {

// A signer with the credentials that it uses.
struct GoogleSigner {
  explicit GoogleSigner(std::shared_ptr<uplink::Credentials> used)
      : credentials(std::move(used)), signer(*credentials) {}
  std::shared_ptr<uplink::Credentials> credentials;
  uplink::BearerSigner signer;
};

}  // namespace

std::filesystem::path resolved(const std::filesystem::path& path) {
  return uplink::resolve_credential_path(path).value_or(path);
}
std::optional<std::filesystem::path> resolved(const std::optional<std::filesystem::path>& path) {
  return path ? std::optional(resolved(*path)) : std::nullopt;
}

std::unique_ptr<uplink::HttpTransport> make_transport(const config::Endpoint& endpoint, const std::string& url,
                                                      const UplinkShared& shared) {
  uplink::HttpOptions options;
  options.connect_timeout = endpoint.connect_timeout;
  options.stall_timeout = endpoint.stall_timeout;
  options.ca_file = resolved(endpoint.ca_file);
  options.proxy = endpoint.proxy;
  options.no_proxy = endpoint.no_proxy;
  options.proxy_login_file = resolved(endpoint.proxy_login_file);
  options.bandwidth = &shared.bandwidth;
  options.server_time = &shared.server_times.of(url);
  return std::make_unique<uplink::CurlTransport>(std::move(options));
}

std::shared_ptr<uplink::Credentials> google_credentials(const config::Endpoint& endpoint, const std::string& audience,
                                                        const UplinkShared& shared) {
  const auto key_file = resolved(endpoint.credentials_file.value_or(""));
  switch (endpoint.credentials) {
    case config::Credentials::none:
      break;
    case config::Credentials::service_account:
      return std::make_shared<uplink::ServiceAccountCredentials>(key_file, audience,
                                                                 shared.server_times.of(endpoint.url));
    case config::Credentials::service_account_token: {
      uplink::TokenGrantOptions options;
      options.key_file = key_file;
      return std::make_shared<uplink::TokenGrantCredentials>(
          std::move(options), make_transport(endpoint, endpoint.url, shared), shared.server_times.of(endpoint.url),
          uplink::system_random());
    }
    case config::Credentials::metadata:
      return std::make_shared<uplink::MetadataCredentials>(
          uplink::MetadataOptions{}, std::make_unique<uplink::CurlTransport>(uplink::metadata_http_options()),
          shared.clock, uplink::system_random());
  }
  return std::make_shared<uplink::NoCredentials>();
}

std::shared_ptr<uplink::RequestSigner> make_signer(const config::Destination& destination, const UplinkShared& shared) {
  const auto& endpoint = destination.endpoint;
  const auto key_file = resolved(endpoint.credentials_file.value_or(""));
  switch (destination.kind) {
    case config::DestinationKind::directory:
    case config::DestinationKind::sftp:
      break;
    case config::DestinationKind::gcs: {
      const auto google =
          std::make_shared<GoogleSigner>(google_credentials(endpoint, uplink::audience_of(endpoint.url), shared));
      return {google, &google->signer};
    }
    case config::DestinationKind::s3:
      return std::make_shared<uplink::S3Signer>(key_file, destination.profile, destination.region,
                                                shared.server_times.of(endpoint.url));
    case config::DestinationKind::azure:
      return std::make_shared<uplink::AzureSigner>(key_file, destination.account, shared.server_times.of(endpoint.url));
  }
  return nullptr;
}

}  // namespace dl::daemon
