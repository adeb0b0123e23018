// The driver of every UploadProtocol: what a protocol asks for is done with a transport, a signer and the spool file,
// and what it has learned is in the journal before the next action begins.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "uplink/credentials/request_signer.h"
#include "uplink/delivery/destination.h"
#include "uplink/delivery/spool_file.h"
#include "uplink/delivery/upload_protocol.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// Makes the protocol of one attempt. A protocol that will not have the saved session (too old, unreadable) begins with
// an empty one, and the driver has the journal forget it.
using MakeUploadProtocol = std::function<std::unique_ptr<UploadProtocol>(
    const spool::Delivery& delivery, std::optional<SavedSession> saved, UtcTime now)>;

// What `delivery` is to become in `bucket`, its name behind `object_prefix`.
UploadObject upload_object(const spool::Delivery& delivery, const std::string& bucket,
                           const std::string& object_prefix);

struct HttpDestinationOptions {
  std::string name;      // of the configured destination
  std::string location;  // bucket or container
  MakeUploadProtocol make_protocol;
};

class HttpDestination final : public Destination {
 public:
  // Signer and clock outlive this.
  HttpDestination(HttpDestinationOptions options, std::unique_ptr<HttpTransport> transport, RequestSigner& signer,
                  const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] const std::string& location() const override { return options_.location; }
  // Stops and makes way between two actions only; an abort also ends a request or a hash in the middle. A web page that
  // claims success is no response: whatever the protocol would make of it, it is not the service's.
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override;

 private:
  void take(const UploadAction& action, UploadProtocol& protocol, SpoolFile& file, const DeliveryJournal& journal);
  void perform(const UploadAction& action, UploadProtocol& protocol, SpoolFile& file, const DeliveryJournal& journal);

  HttpDestinationOptions options_;
  std::unique_ptr<HttpTransport> transport_;
  RequestSigner& signer_;
  const Clock& clock_;
};

}  // namespace dl::uplink
