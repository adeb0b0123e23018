// The parts of http_client.h that are text, not transport.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "uplink/http/http_client.h"

namespace dl::uplink {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (header.name == name) return header.value;
  }
  return std::nullopt;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::string> url_origin(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  // User information could make one host look like another.
  if (rest.empty() || rest.find('@') != std::string_view::npos) return std::nullopt;
  const auto bracket = rest.rfind(']');
  const auto colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string host = lower(has_port ? rest.substr(0, colon) : rest);
  std::string port = scheme == "https" ? "443" : "80";
  if (has_port) {
    const auto number = parse_number<std::uint16_t>(rest.substr(colon + 1));
    if (!number) return std::nullopt;
    port = std::to_string(*number);
  }
  if (host.empty()) return std::nullopt;
  return scheme + "://" + host + ":" + port;
}

std::optional<UtcTime> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto number = static_cast<unsigned>(month - kMonths.begin()) + 1;
  const auto parsed =
      parse_utc(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), number, text.substr(5, 2), text.substr(17, 8)));
  if (!parsed) return std::nullopt;
  return *parsed;
}

std::optional<Seconds> retry_after(const HttpResponse& response, UtcTime now) {
  const auto value = response.header("retry-after");
  if (!value) return std::nullopt;
  if (const auto seconds = parse_number<std::int32_t>(*value); seconds && *seconds >= 0) return Seconds{*seconds};
  const auto date = parse_http_date(*value);
  if (!date) return std::nullopt;
  return std::max(Seconds{0}, std::chrono::ceil<Seconds>(*date - now));
}

}  // namespace dl::uplink
