#include "daemon/service/uplink_parts.h"

#include <utility>

#include "uplink/azure_destination.h"
#include "uplink/azure_signer.h"
#include "uplink/bearer_signer.h"
#include "uplink/credentials.h"
#include "uplink/directory_destination.h"
#include "uplink/event_journal_publisher.h"
#include "uplink/gcs_destination.h"
#include "uplink/http_client.h"
#include "uplink/key_file.h"
#include "uplink/pubsub_publisher.h"
#include "uplink/s3_destination.h"
#include "uplink/s3_signer.h"
#include "uplink/sftp_destination.h"
#include "uplink/token_credentials.h"
#include "uplink/webhook_publisher.h"

namespace dl::daemon {
namespace {

using config::DestinationKind;
using uplink::DestinationFactory;

// A credential that systemd did not pass on stays as it was written: whoever opens it says so.
std::filesystem::path resolved(const std::filesystem::path& path) {
  return uplink::resolve_credential_path(path).value_or(path);
}
std::optional<std::filesystem::path> resolved(const std::optional<std::filesystem::path>& path) {
  return path ? std::optional(resolved(*path)) : std::nullopt;
}

std::unique_ptr<uplink::HttpTransport> make_transport(const config::Endpoint& endpoint, const UplinkShared& shared) {
  uplink::HttpOptions options;
  options.connect_timeout = endpoint.connect_timeout;
  options.stall_timeout = endpoint.stall_timeout;
  options.ca_file = resolved(endpoint.ca_file);
  options.proxy = endpoint.proxy;
  options.no_proxy = endpoint.no_proxy;
  options.proxy_login_file = resolved(endpoint.proxy_login_file);
  options.bandwidth = &shared.bandwidth;
  options.server_time = &shared.server_time;
  return std::make_unique<uplink::CurlTransport>(std::move(options));
}

std::shared_ptr<uplink::Credentials> google_credentials(const config::Endpoint& endpoint, const std::string& audience,
                                                        const UplinkShared& shared) {
  const auto key_file = resolved(endpoint.credentials_file.value_or(""));
  switch (endpoint.credentials) {
    case config::Credentials::none:
      break;
    case config::Credentials::service_account:
      return std::make_shared<uplink::ServiceAccountCredentials>(key_file, audience, shared.server_time);
    case config::Credentials::service_account_token: {
      uplink::TokenGrantOptions options;
      options.key_file = key_file;
      return std::make_shared<uplink::TokenGrantCredentials>(std::move(options), make_transport(endpoint, shared),
                                                             shared.server_time, uplink::system_random());
    }
    case config::Credentials::metadata:
      return std::make_shared<uplink::MetadataCredentials>(
          uplink::MetadataOptions{}, std::make_unique<uplink::CurlTransport>(uplink::metadata_http_options()),
          shared.clock, uplink::system_random());
  }
  return std::make_shared<uplink::NoCredentials>();
}

// A signer with the credentials that it uses.
struct GoogleSigner {
  explicit GoogleSigner(std::shared_ptr<uplink::Credentials> used)
      : credentials(std::move(used)), signer(*credentials) {}
  std::shared_ptr<uplink::Credentials> credentials;
  uplink::BearerSigner signer;
};

DestinationFactory directory_factory(const config::Destination& destination, const UplinkShared& shared) {
  uplink::DirectoryOptions options;
  options.name = destination.name;
  options.path = destination.path;
  options.object_prefix = destination.object_prefix;
  options.require_mount = destination.require_mount;
  // A disk of our own is filled as fast as it goes.
  if (destination.require_mount) options.bandwidth = &shared.bandwidth;
  return [options] { return std::make_unique<uplink::DirectoryDestination>(options); };
}

DestinationFactory gcs_factory(const config::Destination& destination, const UplinkShared& shared) {
  const auto& endpoint = destination.endpoint;
  uplink::GcsOptions options;
  options.name = destination.name;
  options.endpoint = endpoint.url;
  options.bucket = destination.bucket;
  options.object_prefix = destination.object_prefix;
  options.upload.chunk_bytes = destination.chunk_size_bytes;
  const auto google =
      std::make_shared<GoogleSigner>(google_credentials(endpoint, uplink::audience_of(endpoint.url), shared));
  return [options, endpoint, google, shared] {
    return uplink::make_gcs_destination(options, make_transport(endpoint, shared), google->signer, shared.clock);
  };
}

DestinationFactory s3_factory(const config::Destination& destination, const UplinkShared& shared) {
  const auto& endpoint = destination.endpoint;
  uplink::S3Options options;
  options.name = destination.name;
  options.location = {endpoint.url, destination.bucket,
                      destination.addressing == config::Addressing::path ? uplink::S3Addressing::path
                                                                         : uplink::S3Addressing::virtual_hosted};
  options.object_prefix = destination.object_prefix;
  options.upload.part_bytes = destination.part_size_bytes;
  options.upload.create_only =
      destination.create_only ? uplink::CreateOnly::if_none_match : uplink::CreateOnly::head_first;
  const auto signer = std::make_shared<uplink::S3Signer>(resolved(endpoint.credentials_file.value_or("")),
                                                         destination.profile, destination.region, shared.server_time);
  return [options, endpoint, signer, shared] {
    return uplink::make_s3_destination(options, make_transport(endpoint, shared), *signer, shared.clock);
  };
}

DestinationFactory azure_factory(const config::Destination& destination, const UplinkShared& shared) {
  const auto& endpoint = destination.endpoint;
  uplink::AzureOptions options;
  options.name = destination.name;
  options.location = {endpoint.url, destination.container};
  options.object_prefix = destination.object_prefix;
  options.upload.block_bytes = destination.part_size_bytes;
  const auto signer = std::make_shared<uplink::AzureSigner>(resolved(endpoint.credentials_file.value_or("")),
                                                            destination.account, shared.server_time);
  return [options, endpoint, signer, shared] {
    return uplink::make_azure_destination(options, make_transport(endpoint, shared), *signer, shared.clock);
  };
}

DestinationFactory sftp_factory(const config::Destination& destination, const UplinkShared& shared) {
  uplink::SftpOptions options;
  options.name = destination.name;
  options.server.host = destination.host;
  options.server.port = static_cast<std::uint16_t>(destination.port);
  options.server.user = destination.user;
  options.server.known_hosts = resolved(destination.known_hosts);
  options.server.key_file = resolved(destination.key_file);
  options.server.password_file = resolved(destination.password_file);
  options.server.connect_timeout = destination.endpoint.connect_timeout;
  options.server.stall_timeout = destination.endpoint.stall_timeout;
  options.server.bandwidth = &shared.bandwidth;
  options.folder = destination.folder;
  options.object_prefix = destination.object_prefix;
  options.verify =
      destination.verify == config::Verify::size ? uplink::SftpVerify::size : uplink::SftpVerify::read_back;
  return [options] { return std::make_unique<uplink::SftpDestination>(options); };
}

}  // namespace

DestinationFactory destination_factory(const config::Destination& destination, const UplinkShared& shared) {
  switch (destination.kind) {
    case DestinationKind::directory:
      return directory_factory(destination, shared);
    case DestinationKind::gcs:
      return gcs_factory(destination, shared);
    case DestinationKind::s3:
      return s3_factory(destination, shared);
    case DestinationKind::azure:
      return azure_factory(destination, shared);
    case DestinationKind::sftp:
      return sftp_factory(destination, shared);
  }
  return directory_factory(destination, shared);
}

PublisherParts make_publisher(const config::Publisher& publisher, const std::filesystem::path& events,
                              const UplinkShared& shared) {
  switch (publisher.kind) {
    case config::PublisherKind::journal:
      break;
    case config::PublisherKind::pubsub: {
      uplink::PubsubOptions options{publisher.name, publisher.endpoint.url, publisher.project, publisher.topic};
      PublisherParts parts;
      parts.credentials = google_credentials(publisher.endpoint, uplink::kPubsubAudience, shared);
      parts.publisher = std::make_unique<uplink::PubsubPublisher>(
          std::move(options), make_transport(publisher.endpoint, shared), *parts.credentials, shared.clock);
      return parts;
    }
    case config::PublisherKind::webhook: {
      uplink::WebhookOptions options{publisher.name, publisher.url, resolved(publisher.secret_file)};
      return {nullptr, std::make_unique<uplink::WebhookPublisher>(
                           std::move(options), make_transport(publisher.endpoint, shared), shared.server_time)};
    }
  }
  return {nullptr, std::make_unique<uplink::EventJournalPublisher>(publisher.name, events)};
}

}  // namespace dl::daemon
