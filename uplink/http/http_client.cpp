#include "uplink/http/http_client.h"

#include <algorithm>
#include <array>

#include <curl/curl.h>
#include <fmt/format.h>

#include "uplink/credentials/key_file.h"
#include "uplink/credentials/secret_files.h"
#include "uplink/http/captive_portal.h"
#include "uplink/http/curl_transfer.h"
#include "uplink/http/server_time.h"

namespace dl::uplink {
namespace {

// Ten times what services send.
constexpr std::size_t kMostHeaders = 200;
constexpr std::size_t kMostHeaderBytes = std::size_t{128} * 1024;
// libcurl keeps the parsed authorities of a CA file; a replaced one is to be seen before long.
constexpr long kCaCacheSeconds = 300;

// What the C callbacks of one request share.
struct Exchange {
  const HttpRequest& request;
  const HttpOptions& options;
  CurlTransfer& transfer;
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::uint64_t body_position = 0;
};

std::uint64_t body_size(const HttpRequest& request) {
  return request.stream != nullptr ? request.stream->size_bytes() : request.body.size();
}

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList(const HttpRequest& request, CurlTexts& texts) {
    for (const HttpHeader& header : request.headers) {
      // libcurl takes "Name:" for a wish not to send it, and "Name;" for one without a value.
      texts.append(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    texts.append(list, "Expect:");             // a server that does not know 100-continue would cost a second per chunk
    texts.append(list, "Transfer-Encoding:");  // the length is always known
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
};

// The body of a scene: it waits for the bandwidth.
std::size_t read_stream(Exchange& exchange, std::span<Byte> out) {
  BodySource& stream = *exchange.request.stream;
  const std::uint64_t left = stream.size_bytes() - exchange.body_position;
  const auto allowed = exchange.transfer.allow(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  if (!allowed) return CURL_READFUNC_ABORT;
  if (*allowed == 0) return left == 0 ? 0 : CURL_READFUNC_PAUSE;
  auto taken = stream.read(out.first(*allowed));
  exchange.transfer.give_back(*allowed - taken.value_or(0));
  if (!taken) {
    exchange.transfer.failed(std::move(taken).error());
    return CURL_READFUNC_ABORT;
  }
  exchange.body_position += *taken;
  return *taken;
}

std::size_t read_body(char* out, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t room = size * count;
  if (exchange.request.stream != nullptr) return read_stream(exchange, {reinterpret_cast<Byte*>(out), room});
  const auto position = static_cast<std::size_t>(exchange.body_position);
  const std::size_t taken = std::min(room, exchange.request.body.size() - position);
  std::copy_n(exchange.request.body.data() + position, taken, out);
  exchange.body_position += taken;
  if (exchange.options.bandwidth != nullptr) exchange.options.bandwidth->spend(taken);
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
  if (exchange.response.body.size() + length > exchange.options.response_limit_bytes) {
    exchange.transfer.failed(
        {ErrorKind::exhausted, fmt::format("{}: the answer is longer than {} bytes", exchange.request.purpose,
                                           exchange.options.response_limit_bytes)});
    return 0;
  }
  exchange.response.body.append(data, length);
  return length;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t length = size * count;
  std::string_view line(data, length);
  exchange.header_bytes += length;
  if (exchange.header_bytes > kMostHeaderBytes) {
    exchange.transfer.failed(
        {ErrorKind::exhausted, fmt::format("{}: the headers of the answer are longer than {} bytes",
                                           exchange.request.purpose, kMostHeaderBytes)});
    return 0;
  }
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
  if (exchange.response.headers.size() < kMostHeaders) {
    exchange.response.headers.push_back({std::move(name), std::string(value)});
  }
  return length;
}

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// A handshake that failed over what the two sides are, not over the line between them.
bool is_tls_disagreement(std::string_view details) {
  return !holds_any(details, {"SYSCALL", "unexpected eof", "reset", "timed out", "timeout"});
}

ErrorKind kind_of(CURLcode code, std::string_view details, long proxy_status) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
      return ErrorKind::config;
    case CURLE_SSL_CONNECT_ERROR:
      return is_tls_disagreement(details) ? ErrorKind::config : ErrorKind::transient;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorKind::cancelled;
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::exhausted;
    default:
      return proxy_status == 407 || proxy_status == 403 ? ErrorKind::config : ErrorKind::transient;
  }
}

// What an operator may do about it; empty when the details say it all.
std::string_view advice(CURLcode code, std::string_view details, long proxy_status) {
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    if (holds_any(details, {"expired", "not yet valid"})) return "renew it, or set the station's clock";
    if (holds_any(details, {"self-signed", "self signed", "local issuer"})) {
      return "name its authority in ca_file if it is yours; otherwise somebody on the way, such as a captive portal, "
             "answers in the service's place";
    }
    return "the certificate is another host's: check the address";
  }
  if (code == CURLE_SSL_CONNECT_ERROR && holds_any(details, {"wrong version number"})) {
    return "the other side does not speak TLS: check the port, or a captive portal is in the way";
  }
  if (code == CURLE_SSL_CONNECT_ERROR && holds_any(details, {"unsupported protocol", "protocol version"})) {
    return "the server must speak TLS 1.2 or newer";
  }
  if (code == CURLE_SSL_CACERT_BADFILE) return "check ca_file";
  if (code == CURLE_PARTIAL_FILE) return "the answer broke off";
  if (proxy_status == 407) return "check proxy_login_file";
  if (proxy_status == 403) return "the proxy does not let this host through";
  return {};
}

Error error_of(CURLcode code, const std::string& details, CURL* easy, const HttpRequest& request) {
  long proxy_status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  const std::string what = details.empty() ? curl_easy_strerror(code) : details;
  const std::string_view also = advice(code, what, proxy_status);
  return {kind_of(code, what, proxy_status),
          fmt::format("{}: {}{}{}", request.purpose, what, also.empty() ? "" : "; ", also)};
}

}  // namespace

struct CurlTransport::Handle {
  explicit Handle(const HttpOptions& options) : easy(curl_easy_init()) {
    if (options.proxy_login_file) proxy_login.emplace(*options.proxy_login_file, parse_login);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(easy); }
  CURL* easy;
  std::optional<KeyFile<Login>> proxy_login;
};

CurlTransport::CurlTransport(HttpOptions options) : options_(std::move(options)) {
  initialise_curl();
  handle_ = std::make_unique<Handle>(options_);
}

CurlTransport::~CurlTransport() = default;

namespace {

void set_tls_options(CURL* easy, CurlTexts& texts, const HttpOptions& options) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
  if (!options.ca_file) return;
  texts.set(CURLOPT_CAINFO, *options.ca_file);
  texts.set(CURLOPT_PROXY_CAINFO, *options.ca_file);
}

void set_proxy_options(CURL* easy, CurlTexts& texts, const HttpOptions& options, const Login* login) {
  // Set also when empty: libcurl would ask the environment otherwise.
  texts.set(CURLOPT_PROXY, options.proxy);
  texts.set(CURLOPT_NOPROXY, options.no_proxy);
  // The proxy is not to see what only the service may: our headers go through the tunnel.
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (login == nullptr) return;
  texts.set(CURLOPT_PROXYUSERNAME, login->user);
  texts.set(CURLOPT_PROXYPASSWORD, login->password);
}

void set_connection_options(CURL* easy, CurlTexts& texts, const HttpOptions& options, const HttpRequest& request) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  texts.set(CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  // One request at a time: HTTP/2 would add its flow-control window to a long path and nothing else.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  if (request.bounded) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.request_timeout.count()));
  }
  texts.set(CURLOPT_USERAGENT, options.user_agent);
}

void set_method(CURL* easy, CurlTexts& texts, const HttpRequest& request) {
  if (request.method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_size(request)));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024L);
  }
  texts.set(CURLOPT_CUSTOMREQUEST, request.method);
}

void set_callbacks(CURL* easy, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_response);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
}

CurlTransferOptions transfer_options(const HttpOptions& options, const HttpRequest& request) {
  CurlTransferOptions made{request.purpose, options.connect_timeout, options.stall_timeout,
                           std::nullopt,    body_size(request),      options.bandwidth};
  if (!request.bounded) made.answer_timeout = options.request_timeout;
  return made;
}

// The service's own clock, or nothing: a page, a redirect or a cache on the way is not the service.
std::optional<UtcTime> service_date(const HttpResponse& response, std::string_view url) {
  const auto date = response.header("date");
  const bool from_elsewhere = response.header("age") || is_captive_portal(response, url) ||
                              (response.status / 100 == 3 && response.header("location"));
  if (!date || from_elsewhere) return std::nullopt;
  return parse_http_date(*date);
}

}  // namespace

Result<HttpResponse> CurlTransport::perform(const HttpRequest& request, const ProgressFn& progress) {
  CURL* easy = handle_->easy;
  if (easy == nullptr) return fail(ErrorKind::exhausted, "no memory for an HTTP client");
  if (!url_origin(request.url)) {
    return fail(ErrorKind::config, fmt::format("{}: its address is not an http or https URL", request.purpose));
  }
  std::shared_ptr<const Login> login;
  if (handle_->proxy_login) {
    auto current = handle_->proxy_login->current();
    if (!current) return Failure(current.error().in(request.purpose));
    login = *std::move(current);
  }
  curl_easy_reset(easy);  // keeps connections, TLS sessions and the DNS cache
  CurlTransfer transfer(easy, transfer_options(options_, request), progress);
  Exchange exchange{request, options_, transfer, {}, 0, 0};
  char details[CURL_ERROR_SIZE] = "";

  CurlTexts texts(easy);
  const HeaderList headers(request, texts);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  texts.set(CURLOPT_URL, request.url);
  set_connection_options(easy, texts, options_, request);
  set_tls_options(easy, texts, options_);
  set_proxy_options(easy, texts, options_, login.get());
  set_method(easy, texts, request);
  DL_CHECK(texts.complete(request.purpose));
  set_callbacks(easy, exchange);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details);

  const UtcTime sent_at = options_.server_time != nullptr ? options_.server_time->station_now() : UtcTime{};
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  if (transfer.error()) return Failure(*transfer.error());
  if (code != CURLE_OK) return Failure(error_of(code, details, easy, request));
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 407) {
    return fail(ErrorKind::config, fmt::format("{}: the proxy wants a login; check proxy_login_file", request.purpose));
  }
  exchange.response.status = static_cast<int>(status);
  if (options_.server_time != nullptr) {
    const auto date = service_date(exchange.response, request.url);
    if (date) options_.server_time->observe(*date, sent_at, options_.server_time->station_now());
  }
  return std::move(exchange.response);
}

}  // namespace dl::uplink
