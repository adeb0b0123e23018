#include "uplink/http/http_url.h"

#include <algorithm>
#include <charconv>

#include "uplink/http/http_client.h"

namespace dl::uplink {

Url split_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string scheme = lower_case(url.substr(0, scheme_end));
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto host_end = std::min(rest.find_first_of("/?"), rest.size());
  Url out;
  out.host_and_port = lower_case(rest.substr(0, host_end));
  const std::string default_port = scheme == "https" ? ":443" : ":80";
  if (out.host_and_port.ends_with(default_port)) {
    out.host_and_port.resize(out.host_and_port.size() - default_port.size());
  }
  rest.remove_prefix(host_end);
  const auto question = std::min(rest.find('?'), rest.size());
  out.path = rest.substr(0, question);
  if (out.path.empty()) out.path = "/";
  if (question < rest.size()) out.query = rest.substr(question + 1);
  return out;
}

std::vector<QueryParameter> query_parameters(std::string_view query) {
  std::vector<QueryParameter> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    parameters.push_back({percent_decode(pair.substr(0, equals)),
                          equals < pair.size() ? percent_decode(pair.substr(equals + 1)) : std::string{}});
  }
  return parameters;
}

std::string encode_path(std::string_view path) {
  std::string out;
  while (true) {
    const auto slash = path.find('/');
    out += percent_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* first = text.data() + i + 1;
      const auto [end, error] = std::from_chars(first, first + 2, value, 16);
      if (error == std::errc{} && end == first + 2) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  std::string out(text.substr(0, kLongest));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() > kLongest) out += "...";
  return out;
}

}  // namespace dl::uplink
