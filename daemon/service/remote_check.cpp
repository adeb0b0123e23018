#include "daemon/service/remote_check.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/service/connection.h"
#include "uplink/azure/azure_protocol.h"
#include "uplink/delivery/http_destination.h"
#include "uplink/delivery/spool_file.h"
#include "uplink/gcs/gcs_protocol.h"
#include "uplink/s3/s3_protocol.h"

namespace dl::daemon {
namespace {

using config::DestinationKind;

// nullopt: the answer is not the service's.
using ReadAnswer = std::function<std::optional<bool>(const uplink::HttpResponse&, const uplink::UploadObject&)>;

template <class Stored>
std::optional<bool> is_same(const std::optional<Stored>& stored, const uplink::UploadObject& object) {
  return stored ? std::optional(uplink::same_content(*stored, object)) : std::nullopt;
}

struct Question {
  std::function<uplink::HttpRequest(const uplink::UploadObject&)> request;
  ReadAnswer is_ours;
};

Question question_of(const config::Destination& destination) {
  const std::string endpoint = destination.endpoint.url;
  if (destination.kind == DestinationKind::gcs) {
    return {[endpoint](const auto& object) { return uplink::metadata_request(endpoint, object); },
            [](const auto& answer, const auto& object) {
              return is_same(uplink::parse_object_resource(answer.body), object);
            }};
  }
  if (destination.kind == DestinationKind::s3) {
    return {[location = s3_options(destination).location](const auto& object) {
              return uplink::s3_head_request(location, object);
            },
            [](const auto& answer, const auto& object) { return is_same(uplink::s3_object_of(answer), object); }};
  }
  const uplink::AzureLocation location{endpoint, destination.container};
  return {[location](const auto& object) { return uplink::azure_head_request(location, object); },
          [](const auto& answer, const auto& object) { return is_same(uplink::azure_blob_of(answer), object); }};
}

RemoteFinding ask(uplink::HttpTransport& transport, uplink::RequestSigner& signer, const Question& question,
                  const uplink::UploadObject& object) {
  auto request = question.request(object);
  if (!signer.sign(request)) return {};
  const auto answer = transport.perform(request, [](std::uint64_t) { return true; });
  if (!answer) return {};
  if (answer->status == 404) return {true, "the object is not there"};
  if (answer->status != 200) return {};
  const auto same = question.is_ours(*answer, object);
  if (!same) return {};
  return {true, *same ? "" : "the object has another size or checksum than was confirmed"};
}

RemoteFinding read_folder(const config::Destination& destination, const spool::Delivery& delivery) {
  const auto path = destination.path / uplink::prefixed_object_name(destination.object_prefix, delivery.object_name);
  auto file = uplink::SpoolFile::open(path, delivery.size_bytes, delivery.crc32c);
  if (!file) return {file.error().kind == ErrorKind::corrupt, file.error().message};
  const auto unchanged = file->unchanged();
  if (!unchanged) return {};
  return {true, *unchanged ? "" : fmt::format("'{}' has another checksum than was confirmed", path.native())};
}

}  // namespace

RemoteCheck make_remote_check(const config::Destination& destination, const UplinkShared& shared) {
  if (destination.kind == DestinationKind::directory) {
    return [destination](const spool::Delivery& delivery) { return read_folder(destination, delivery); };
  }
  const auto signer = make_signer(destination, shared);
  // SFTP says nothing of checksums.
  if (!signer) return [](const spool::Delivery&) { return RemoteFinding{}; };
  const std::shared_ptr<uplink::HttpTransport> transport =
      make_transport(destination.endpoint, destination.endpoint.url, shared);
  const std::string bucket = destination.kind == DestinationKind::azure ? destination.container : destination.bucket;
  return [=, question = question_of(destination), prefix = destination.object_prefix](const spool::Delivery& delivery) {
    return ask(*transport, *signer, question, uplink::upload_object(delivery, bucket, prefix));
  };
}

}  // namespace dl::daemon
