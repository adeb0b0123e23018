#include "uplink/azure/shared_key.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "core/base64.h"
#include "core/sha256.h"
#include "uplink/http/http_url.h"

namespace dl::uplink {
namespace {

// RFC 9110, IMF-fixdate: "Fri, 26 Jun 2015 23:39:12 GMT".
std::string http_date(UtcTime at) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(at - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

// By lower-case name.
std::map<std::string, std::string> headers_of(const HttpRequest& request) {
  std::map<std::string, std::string> headers;
  for (const HttpHeader& header : request.headers) headers[lower_case(header.name)] = header.value;
  return headers;
}

// "/account/path", then one line "name:values" per query parameter, names in lower case and sorted.
std::string canonical_resource(const std::string& url, const std::string& account) {
  const Url parts = split_url(url);
  std::map<std::string, std::vector<std::string>> values;
  for (QueryParameter& parameter : query_parameters(parts.query)) {
    values[lower_case(parameter.name)].push_back(std::move(parameter.value));
  }
  std::string text = "/" + account + parts.path;
  for (auto& [name, of_name] : values) {
    std::sort(of_name.begin(), of_name.end());
    text.append("\n").append(name).append(":");
    for (std::size_t i = 0; i < of_name.size(); ++i) text.append(i == 0 ? "" : ",").append(of_name[i]);
  }
  return text;
}

void set_header(HttpRequest& request, const std::string& name, std::string value) {
  std::erase_if(request.headers, [&](const HttpHeader& header) { return lower_case(header.name) == lower_case(name); });
  request.headers.push_back({name, std::move(value)});
}

}  // namespace

std::string shared_key_string_to_sign(const HttpRequest& request, const std::string& account) {
  auto headers = headers_of(request);
  const std::uint64_t size = request.stream != nullptr ? request.stream->size_bytes() : request.body.size();
  // Since version 2015-02-21 a length of 0 is an empty line.
  headers["content-length"] = size == 0 ? "" : std::to_string(size);
  std::string text = request.method + "\n";
  for (const char* name : {"content-encoding", "content-language", "content-length", "content-md5", "content-type",
                           "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"}) {
    text += headers[name] + "\n";
  }
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-ms-")) text.append(name).append(":").append(value).append("\n");
  }
  return text + canonical_resource(request.url, account);
}

void sign_shared_key(HttpRequest& request, const std::string& account, ByteView key, UtcTime at) {
  set_header(request, "x-ms-date", http_date(at));
  const std::string signature = base64_encode(hmac_sha256(key, as_bytes(shared_key_string_to_sign(request, account))));
  set_header(request, "Authorization", fmt::format("SharedKey {}:{}", account, signature));
}

}  // namespace dl::uplink
