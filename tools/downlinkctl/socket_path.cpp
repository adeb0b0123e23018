#include "tools/downlinkctl/socket_path.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/load.h"

namespace dl::downlinkctl {

Result<std::filesystem::path> choose_socket(const SocketChoice& choice) {
  if (choice.socket) return *choice.socket;
  if (choice.config_file) {
    const auto general = config::load_general(*choice.config_file);
    // One line is what a user of this program can use; downlinkd --check-config shows them all.
    if (!general) return fail(ErrorKind::config, general.error().errors.front().text());
    return general->control_socket;
  }
  if (choice.environment) return *choice.environment;
  const auto exists = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
  };
  const auto found = std::find_if(choice.usual.begin(), choice.usual.end(), exists);
  return found == choice.usual.end() ? choice.usual.front() : *found;
}

}  // namespace dl::downlinkctl
