#include "daemon/service/uplink_parts.h"

#include <utility>

#include "daemon/service/connection.h"
#include "uplink/azure/azure_destination.h"
#include "uplink/directory/directory_destination.h"
#include "uplink/events/event_journal_publisher.h"
#include "uplink/events/pubsub_publisher.h"
#include "uplink/events/webhook_publisher.h"
#include "uplink/gcs/gcs_destination.h"
#include "uplink/sftp/sftp_destination.h"

namespace dl::daemon {
namespace {

using config::DestinationKind;
using uplink::DestinationFactory;

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
  const auto signer = make_signer(destination, shared);
  return [options, endpoint, signer, shared] {
    return uplink::make_gcs_destination(options, make_transport(endpoint, endpoint.url, shared), *signer, shared.clock);
  };
}

DestinationFactory s3_factory(const config::Destination& destination, const UplinkShared& shared) {
  const auto signer = make_signer(destination, shared);
  return [options = s3_options(destination), endpoint = destination.endpoint, signer, shared] {
    return uplink::make_s3_destination(options, make_transport(endpoint, endpoint.url, shared), *signer, shared.clock);
  };
}

DestinationFactory azure_factory(const config::Destination& destination, const UplinkShared& shared) {
  const auto& endpoint = destination.endpoint;
  uplink::AzureOptions options;
  options.name = destination.name;
  options.location = {endpoint.url, destination.container};
  options.object_prefix = destination.object_prefix;
  options.upload.block_bytes = destination.part_size_bytes;
  const auto signer = make_signer(destination, shared);
  return [options, endpoint, signer, shared] {
    return uplink::make_azure_destination(options, make_transport(endpoint, endpoint.url, shared), *signer,
                                          shared.clock);
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

uplink::S3Options s3_options(const config::Destination& destination) {
  uplink::S3Options options;
  options.name = destination.name;
  options.location = {destination.endpoint.url, destination.bucket,
                      destination.addressing == config::Addressing::path ? uplink::S3Addressing::path
                                                                         : uplink::S3Addressing::virtual_hosted};
  options.object_prefix = destination.object_prefix;
  options.upload.part_bytes = destination.part_size_bytes;
  options.upload.create_only =
      destination.create_only ? uplink::CreateOnly::if_none_match : uplink::CreateOnly::head_first;
  return options;
}

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
          std::move(options), make_transport(publisher.endpoint, publisher.endpoint.url, shared), *parts.credentials,
          shared.clock);
      return parts;
    }
    case config::PublisherKind::webhook: {
      uplink::WebhookOptions options{publisher.name, publisher.url, resolved(publisher.secret_file)};
      return {nullptr, std::make_unique<uplink::WebhookPublisher>(
                           std::move(options), make_transport(publisher.endpoint, publisher.url, shared),
                           shared.server_times.of(publisher.url))};
    }
  }
  return {nullptr, std::make_unique<uplink::EventJournalPublisher>(publisher.name, events)};
}

}  // namespace dl::daemon
