#include "core/error.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

namespace dl {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::config:
      return "config";
    case ErrorKind::transient:
      return "transient";
    case ErrorKind::permanent:
      return "permanent";
    case ErrorKind::exhausted:
      return "exhausted";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::io:
      return "io";
  }
  return "unknown";
}

Error Error::in(std::string_view context) const {
  return {kind, fmt::format("{}: {}", context, message)};
}

Failure fail_errno(std::string_view tried, int errno_value) {
  const bool no_room = errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EMFILE || errno_value == ENFILE;
  return fail(no_room ? ErrorKind::exhausted : ErrorKind::io,
              fmt::format("{}: {}", tried, std::generic_category().message(errno_value)));
}

}  // namespace dl
