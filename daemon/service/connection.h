// How a configured service is reached, and how our requests prove who sends them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/service/uplink_parts.h"
#include "uplink/credentials/credentials.h"
#include "uplink/credentials/request_signer.h"
#include "uplink/http/http_client.h"

namespace dl::daemon {

// A credential that systemd did not pass on stays as it was written: whoever opens it says so.
std::filesystem::path resolved(const std::filesystem::path& path);
std::optional<std::filesystem::path> resolved(const std::optional<std::filesystem::path>& path);

// To the server that `url` leads to, with the settings of `endpoint`.
std::unique_ptr<uplink::HttpTransport> make_transport(const config::Endpoint& endpoint, const std::string& url,
                                                      const UplinkShared& shared);

std::shared_ptr<uplink::Credentials> google_credentials(const config::Endpoint& endpoint, const std::string& audience,
                                                        const UplinkShared& shared);

// Null for kinds that speak no HTTP.
std::shared_ptr<uplink::RequestSigner> make_signer(const config::Destination& destination, const UplinkShared& shared);

}  // namespace dl::daemon
