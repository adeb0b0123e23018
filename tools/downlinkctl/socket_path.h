// Which control socket to talk to.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/error.h"

namespace dl::downlinkctl {

struct SocketChoice {
  std::optional<std::filesystem::path> socket;       // --socket
  std::optional<std::filesystem::path> config_file;  // --config
  std::optional<std::filesystem::path> environment;  // DOWNLINKD_SOCKET
  std::vector<std::filesystem::path> usual = {"/run/downlinkd/control.sock", "/var/lib/downlinkd/control.sock"};
};

// The first that is given; of the usual ones the first that exists, or the first, so that the message about it names a
// place. Kind config when the configuration file cannot be read.
Result<std::filesystem::path> choose_socket(const SocketChoice& choice);

}  // namespace dl::downlinkctl
