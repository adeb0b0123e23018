// Answers that are not the service's: hotel and harbour networks, and proxies, that put a web page in its place.
#pragma once

#include <string>
#include <string_view>

#include "uplink/http/http_client.h"

namespace dl::uplink {

// Whether somebody on the way answered in place of a service that speaks JSON, XML or nothing: 511 (RFC 6585), a web
// page with any status but 5xx (the services' own front ends send pages with those), or a redirect to another host than
// that of `url`, the request's (to any absolute address when `url` is empty). 308 without Location is a word of the
// upload protocol, and S3 redirects with an XML body.
bool is_captive_portal(const HttpResponse& response, std::string_view url = {});

// Of kind transient, for such an answer to `purpose`. Its message holds kCaptivePortal, the status and the page's
// title, which is what an operator recognises, and never an address: a portal's may repeat ours.
Error captive_portal_error(std::string_view purpose, const HttpResponse& response);

// In every message of a captive portal; the kind of its incident is "captive_portal".
inline constexpr std::string_view kCaptivePortal = "captive portal";
inline bool names_captive_portal(std::string_view message) {
  return message.find(kCaptivePortal) != std::string_view::npos;
}

}  // namespace dl::uplink
