// Google Cloud Storage as a destination: the driver of ResumableUpload.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "uplink/credentials.h"
#include "uplink/destination.h"
#include "uplink/http_client.h"
#include "uplink/resumable_upload.h"
#include "uplink/spool_file.h"

namespace dl::uplink {

struct GcsOptions {
  std::string name;      // of the configured destination
  std::string endpoint;  // "https://storage.googleapis.com", no slash at the end
  std::string bucket;
  std::string object_prefix;  // no slash at either end; may be empty
  ResumableOptions upload;
};

class GcsDestination final : public Destination {
 public:
  // Clock and credentials outlive this.
  GcsDestination(GcsOptions options, std::unique_ptr<HttpTransport> transport, Credentials& credentials,
                 const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] const std::string& location() const override { return options_.bucket; }
  // Credentials go to the endpoint only: a session at another host is used without, and one that leaves https is not.
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override;

 private:
  // Takes one step and writes down what changed by it.
  Result<void> take_step(ResumableUpload& upload, SpoolFile& file, DeliveryJournal& journal);
  void take_network_step(ResumableUpload& upload, SpoolFile& file, DeliveryJournal& journal);
  void verify_file(ResumableUpload& upload, SpoolFile& file);
  // Ends the attempt when the session that the server named is none that we would use.
  bool session_usable(ResumableUpload& upload) const;

  GcsOptions options_;
  std::unique_ptr<HttpTransport> transport_;
  Credentials& credentials_;
  const Clock& clock_;
};

}  // namespace dl::uplink
