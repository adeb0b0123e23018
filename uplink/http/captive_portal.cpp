#include "uplink/http/captive_portal.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

constexpr std::size_t kTitleBytes = 80;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

// Where `lower_case` stands in the text, in any case.
std::size_t find_any_case(std::string_view text, std::string_view lower_case, std::size_t from = 0) {
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
                                 lower_case.begin(), lower_case.end(), [](char a, char b) { return lower(a) == b; });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

// By its body: Google's upload endpoint calls empty and plain answers text/html too.
bool is_web_page(const HttpResponse& response) {
  std::string_view body = response.body;
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  static constexpr std::array<std::string_view, 6> kBeginnings = {"<!doctype html", "<html",   "<head",
                                                                  "<body",          "<script", "<meta"};
  const auto begins = [body](std::string_view beginning) { return begins_with(body, beginning); };
  if (std::any_of(kBeginnings.begin(), kBeginnings.end(), begins)) return true;
  const std::string_view type = response.header("content-type").value_or("");
  const bool html_type = begins_with(type, "text/html") || begins_with(type, "application/xhtml+xml");
  return html_type && body.starts_with('<') && !begins_with(body, "<?xml version") && !begins_with(body, "<error");
}

bool leads_away(const HttpResponse& response, std::string_view url) {
  const bool is_redirect = response.status == 301 || response.status == 302 || response.status == 303 ||
                           response.status == 307 || response.status == 308;
  const auto location = response.header("location");
  if (!is_redirect || !location) return false;
  if (begins_with(response.body, "<?xml") || begins_with(response.body, "<error")) return false;
  const auto target = url_origin(*location);
  return target && (url.empty() || target != url_origin(url));
}

// What stands between <title> and </title>, in one line of plain characters.
std::string title_of(std::string_view body) {
  const auto begin = find_any_case(body, "<title>");
  if (begin == std::string_view::npos) return {};
  std::string_view title = body.substr(begin + 7);
  title = title.substr(0, std::min(find_any_case(title, "</"), kTitleBytes));
  std::string plain;
  for (const char c : title) {
    const bool is_blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (is_blank && (plain.empty() || plain.back() == ' ')) continue;
    plain += is_blank ? ' ' : (c > ' ' && c <= '~') ? c : '?';
  }
  return plain;
}

}  // namespace

bool is_captive_portal(const HttpResponse& response, std::string_view url) {
  if (response.status == 511) return true;
  if (response.status >= 500) return false;
  return is_web_page(response) || leads_away(response, url);
}

Error captive_portal_error(std::string_view purpose, const HttpResponse& response) {
  const std::string title = title_of(response.body);
  return {ErrorKind::transient,
          fmt::format("{}: somebody on the way answered in place of the service, with status {} and {}: a {} or a "
                      "proxy; log in at it, or have the station's address let through",
                      purpose, response.status,
                      !title.empty()               ? fmt::format("a web page '{}'", title)
                      : response.status / 100 == 3 ? "a redirect to another host"
                                                   : "a web page",
                      kCaptivePortal)};
}

}  // namespace dl::uplink
