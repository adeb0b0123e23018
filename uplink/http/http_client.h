// HTTP/1.1 over libcurl, blocking: the only place that knows libcurl. The seam for tests is HttpTransport.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::uplink {

class Bandwidth;
class ServerTime;

struct HttpHeader {
  std::string name;
  std::string value;
};

// A request body that is read while it is sent, once: libcurl's own second try after a lost answer would send a chunk
// again that the server may have, where a question costs nothing.
class BodySource {
 public:
  virtual ~BodySource() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  // Fills `out` or less; 0 only after size_bytes() bytes. An error ends the request with that error.
  virtual Result<std::size_t> read(std::span<Byte> out) = 0;
};

struct HttpRequest {
  std::string method;  // "GET", "HEAD", "POST", "PUT", "DELETE"
  std::string url;     // may be a bearer capability (an upload session): never in a message
  std::vector<HttpHeader> headers;
  std::string body;              // for POST and PUT, unless `stream` is there
  BodySource* stream = nullptr;  // outlives the call
  std::string purpose;           // for messages: "status query for 'a/b.tif'"
  bool bounded = true;           // ends after HttpOptions::request_timeout; otherwise only stalling ends it
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case, in order; of the final response only
  std::string body;

  // The first value of a header (name in lower case); nullopt when it is not there.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// Called now and then while a request runs, at least once a second; false ends it with kind cancelled.
using ProgressFn = std::function<bool(std::uint64_t sent_bytes)>;

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // Any status is a response; redirects are not followed, for 308 is a word of the upload protocol.
  // Kinds: transient (no connection, broken connection, time-out), config (certificate or TLS version refused, CA file
  // unreadable, malformed URL, login of the proxy refused), exhausted (answer over the limit), cancelled, and whatever
  // the BodySource failed with. Messages say what went wrong in words for an operator, without the URL.
  virtual Result<HttpResponse> perform(const HttpRequest& request, const ProgressFn& progress) = 0;
};

// A daemon takes its settings from its configuration: the environment (http_proxy, no_proxy, SSL_CERT_FILE, netrc) has
// no say. Certificates are always verified, against the host's name too, and TLS is 1.2 or newer.
struct HttpOptions {
  Milliseconds connect_timeout{30'000};  // name, connection, proxy and TLS together
  Milliseconds stall_timeout{60'000};    // no byte in either direction for this long
  // Of a bounded request, from first to last byte; of any other from the last byte of its body to the last one of the
  // answer.
  Milliseconds request_timeout{120'000};
  std::uint64_t response_limit_bytes = 1U << 20;
  std::optional<std::filesystem::path> ca_file;  // default: the system's certificate authorities
  std::string proxy;                             // "http://host:port", https too; empty: none
  std::string no_proxy;                          // hosts and domains that are reached without, with commas between
  std::optional<std::filesystem::path> proxy_login_file;  // one line "user:password"
  std::string user_agent = "downlinkd/" DL_VERSION;
  // Both outlive the transport; nullptr: none. Only streamed bodies wait for the bandwidth, others are charged to it.
  Bandwidth* bandwidth = nullptr;
  ServerTime* server_time = nullptr;  // is told every Date that a service, and nobody on the way, has sent
};

// One connection pool; owned by one thread.
class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(HttpOptions options);
  ~CurlTransport() override;
  Result<HttpResponse> perform(const HttpRequest& request, const ProgressFn& progress) override;

 private:
  struct Handle;
  HttpOptions options_;
  std::unique_ptr<Handle> handle_;
};

// RFC 3986: everything but unreserved characters becomes %XX, the slash too.
std::string percent_encode(std::string_view text);

// "https://host:port" of an absolute http(s) URL, lower case, default port made explicit; nullopt for anything else.
std::optional<std::string> url_origin(std::string_view url);

// Retry-After in seconds, or as an HTTP date seen from `now`; nullopt when it is missing or neither.
std::optional<Seconds> retry_after(const HttpResponse& response, UtcTime now);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate).
std::optional<UtcTime> parse_http_date(std::string_view text);

}  // namespace dl::uplink
