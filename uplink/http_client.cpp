#include "uplink/http_client.h"

#include <algorithm>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

namespace dl::uplink {
namespace {

// What the C callbacks of one request share.
struct Exchange {
  const HttpRequest& request;
  const ProgressFn& progress;
  std::uint64_t response_limit_bytes;
  HttpResponse response;
  std::optional<Error> error;  // of a callback; tells more than curl's own code
  std::size_t body_position = 0;
};

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

void initialise_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::size_t read_body(char* out, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t room = size * count;
  if (exchange.request.stream != nullptr) {
    auto taken = exchange.request.stream->read({reinterpret_cast<Byte*>(out), room});
    if (taken) return *taken;
    exchange.error = std::move(taken).error();
    return CURL_READFUNC_ABORT;
  }
  const std::size_t taken = std::min(room, exchange.request.body.size() - exchange.body_position);
  std::copy_n(exchange.request.body.data() + exchange.body_position, taken, out);
  exchange.body_position += taken;
  return taken;
}

// Called when a kept connection turned out to be closed and the request goes out on a new one.
int seek_body(void* user, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.request.stream != nullptr || offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_FAIL;
  exchange.body_position = 0;
  return CURL_SEEKFUNC_OK;
}

std::size_t write_response(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t length = size * count;
  if (exchange.response.body.size() + length > exchange.response_limit_bytes) {
    exchange.error = Error{ErrorKind::exhausted, fmt::format("{}: the answer is longer than {} bytes",
                                                             exchange.request.purpose, exchange.response_limit_bytes)};
    return 0;
  }
  exchange.response.body.append(data, length);
  return length;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t length = size * count;
  std::string_view line(data, length);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  // A status line begins a response: after "100 Continue" comes another one, and only the last counts.
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return length;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  constexpr std::size_t kMostHeaders = 200;
  if (exchange.response.headers.size() < kMostHeaders) {
    exchange.response.headers.push_back({std::move(name), std::string(value)});
  }
  return length;
}

int report_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  const auto& exchange = *static_cast<const Exchange*>(user);
  return exchange.progress && !exchange.progress(static_cast<std::uint64_t>(sent)) ? 1 : 0;
}

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::config;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorKind::cancelled;
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::exhausted;
    default:
      return ErrorKind::transient;
  }
}

}  // namespace

struct CurlTransport::Handle {
  Handle() : easy(curl_easy_init()) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(easy); }
  CURL* easy;
};

CurlTransport::CurlTransport(HttpOptions options) : options_(std::move(options)) {
  initialise_once();
  handle_ = std::make_unique<Handle>();
}

CurlTransport::~CurlTransport() = default;

namespace {

void set_connection_options(CURL* easy, const HttpOptions& options, const HttpRequest& request) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (options.ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file->c_str());
  // One request at a time: HTTP/2 would add its flow-control window to a long path and nothing else.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  // Less than one byte a second, averaged over the whole time: nothing moved.
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  const auto stall = std::max(Seconds{1}, std::chrono::ceil<Seconds>(options.stall_timeout));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall.count()));
  if (request.bounded) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.request_timeout.count()));
  }
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
}

void set_method(CURL* easy, const HttpRequest& request) {
  const std::uint64_t size = request.stream != nullptr ? request.stream->size_bytes() : request.body.size();
  if (request.method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

Result<HttpResponse> CurlTransport::perform(const HttpRequest& request, const ProgressFn& progress) {
  CURL* easy = handle_->easy;
  if (easy == nullptr) return fail(ErrorKind::exhausted, "no memory for an HTTP client");
  curl_easy_reset(easy);  // keeps connections, TLS sessions and the DNS cache
  Exchange exchange{request, progress, options_.response_limit_bytes, {}, std::nullopt, 0};
  char details[CURL_ERROR_SIZE] = "";

  HeaderList headers;
  for (const HttpHeader& header : request.headers) headers.add(header.name + ": " + header.value);
  headers.add("Expect:");             // a server that does not know 100-continue would cost a second per chunk
  headers.add("Transfer-Encoding:");  // the length is always known
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  set_connection_options(easy, options_, request);
  set_method(easy, request);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_response);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, report_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);

  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  if (exchange.error) return Failure(*std::move(exchange.error));
  if (code != CURLE_OK) {
    return fail(kind_of(code),
                fmt::format("{}: {}", request.purpose, details[0] != '\0' ? details : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

}  // namespace dl::uplink
