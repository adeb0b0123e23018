// A folder on an SSH server as a destination, laid out like a bucket.
//
// An object is written as "NAME.part" and renamed when it is whole. An attempt that broke off goes on at the size that
// the server has, if the journal says that it was this very file that we were sending there. SFTP has no checksums and
// no fsync: what the server has taken is known by reading it back, and that its disk has it is the server's affair.
#pragma once

#include <string>

#include "uplink/delivery/destination.h"
#include "uplink/sftp/sftp_client.h"

namespace dl::uplink {

// How an uploaded file is compared with ours before it gets its name.
enum class SftpVerify {
  size,       // by its size: costs nothing, and misses whatever damaged the file on its way to the server's disk
  read_back,  // by its CRC-32C: costs the way down as much as the way up
};

struct SftpOptions {
  std::string name;  // of the configured destination
  SftpServer server;
  std::string folder;         // on the server; "" or ".": the user's home; without a slash in front: below it
  std::string object_prefix;  // no slash at either end; may be empty
  SftpVerify verify = SftpVerify::read_back;
};

class SftpDestination final : public Destination {
 public:
  explicit SftpDestination(SftpOptions options);
  [[nodiscard]] const std::string& name() const override { return options_.name; }
  [[nodiscard]] const std::string& location() const override { return location_; }
  // Whatever has the object's name is read and compared, whatever `verify` says: equal is confirmed, else a conflict.
  // Stops and makes way in the middle of a transfer, for that loses nothing. The generation is the CRC-32C in hex.
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override;

 private:
  class Attempt;
  SftpOptions options_;
  std::string location_;
  SftpClient client_;
};

}  // namespace dl::uplink
