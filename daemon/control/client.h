// The side of the control socket that asks. Blocking, with a time-out; no threads.
#pragma once

#include <filesystem>

#include <tl/expected.hpp>

#include "core/time.h"
#include "daemon/control/protocol.h"

namespace dl::control {

struct ClientError {
  enum class What {
    unreachable,  // nobody answered: not running, another socket, no permission, too slow
    refused,      // downlinkd answered with an error
  };
  What what = What::unreachable;
  Error error;  // the message names the socket and what to do
};

// One question, one answer, one connection. `timeout` bounds the whole exchange; for `wait` it must be longer than the
// request's own.
tl::expected<Report, ClientError> ask(const std::filesystem::path& socket, const Request& request,
                                      Milliseconds timeout);

}  // namespace dl::control
