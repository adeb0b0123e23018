// Asks a destination what it says of an object that it has confirmed.
#pragma once

#include <functional>
#include <string>

#include "config/config.h"
#include "daemon/service/uplink_parts.h"
#include "spool/journal.h"

namespace dl::daemon {

struct RemoteFinding {
  bool answered = false;
  std::string problem;  // empty: size and checksum are ours, or it did not answer
};

// Blocks: one request for each object, by its metadata; a folder is read. For use by one thread.
using RemoteCheck = std::function<RemoteFinding(const spool::Delivery& delivery)>;
RemoteCheck make_remote_check(const config::Destination& destination, const UplinkShared& shared);

}  // namespace dl::daemon
