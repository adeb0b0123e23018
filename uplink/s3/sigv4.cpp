#include "uplink/s3/sigv4.h"

#include <algorithm>
#include <cassert>
#include <map>

#include <fmt/format.h>

#include "core/sha256.h"
#include "uplink/http/http_url.h"

namespace dl::uplink {
namespace {

// "20150830T123600Z"; format_utc_compact() has this form.
std::string amz_date(UtcTime at) {
  return format_utc_compact(at);
}

std::string scope_text(const SigV4Scope& scope, UtcTime at) {
  return fmt::format("{}/{}/{}/aws4_request", amz_date(at).substr(0, 8), scope.region, scope.service);
}

// White space at both ends removed, sequences of blanks made one.
std::string folded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// By lower-case name; several of one name are one value with commas, in their order.
std::map<std::string, std::string> canonical_headers(const HttpRequest& request, const Url& url) {
  std::map<std::string, std::string> headers{{"host", url.host_and_port}};
  for (const HttpHeader& header : request.headers) {
    const std::string name = lower_case(header.name);
    if (name == "authorization") continue;
    const auto [place, is_new] = headers.emplace(name, folded(header.value));
    if (name == "host") {
      place->second = folded(header.value);
    } else if (!is_new) {
      place->second += "," + folded(header.value);
    }
  }
  return headers;
}

std::string signed_names(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += names.empty() ? name : ";" + name;
  return names;
}

std::string canonical_query(std::string_view query) {
  std::vector<QueryParameter> parameters = query_parameters(query);
  for (QueryParameter& parameter : parameters) {
    parameter.name = percent_encode(parameter.name);
    parameter.value = percent_encode(parameter.value);
  }
  std::sort(parameters.begin(), parameters.end(), [](const QueryParameter& a, const QueryParameter& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  });
  std::string text;
  for (const QueryParameter& parameter : parameters) {
    if (!text.empty()) text += '&';
    text += parameter.name + "=" + parameter.value;
  }
  return text;
}

std::string normalised_path(std::string_view path) {
  std::vector<std::string_view> kept;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, slash - at);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    at = slash + 1;
  }
  std::string out;
  for (const std::string_view segment : kept) out += "/" + percent_encode(segment);
  if (out.empty() || path.ends_with('/')) out += "/";
  return out;
}

std::string canonical_path(std::string_view path, bool as_it_is) {
  if (path.empty()) return "/";
  return as_it_is ? std::string(path) : normalised_path(path);
}

std::optional<std::string> header_value(const HttpRequest& request, std::string_view lower_name) {
  for (const HttpHeader& header : request.headers) {
    if (lower_case(header.name) == lower_name) return header.value;
  }
  return std::nullopt;
}

void set_header(HttpRequest& request, const std::string& name, const std::string& value) {
  std::erase_if(request.headers, [&](const HttpHeader& header) { return lower_case(header.name) == lower_case(name); });
  request.headers.push_back({name, value});
}

}  // namespace

std::string canonical_request(const HttpRequest& request, const SigV4Scope& scope, std::string_view payload_sha256) {
  const Url url = split_url(request.url);
  const auto headers = canonical_headers(request, url);
  std::string text =
      request.method + "\n" + canonical_path(url.path, scope.path_as_it_is) + "\n" + canonical_query(url.query) + "\n";
  for (const auto& [name, value] : headers) text.append(name).append(":").append(value).append("\n");
  return text + "\n" + signed_names(headers) + "\n" + std::string(payload_sha256);
}

std::string string_to_sign(std::string_view canonical, const SigV4Scope& scope, UtcTime at) {
  return fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", amz_date(at), scope_text(scope, at),
                     sha256_hex(as_bytes(canonical)));
}

void sign_v4(HttpRequest& request, const AwsKeys& keys, const SigV4Scope& scope, UtcTime at) {
  const auto stated = header_value(request, "x-amz-content-sha256");
  assert(stated || request.stream == nullptr);
  const std::string payload = stated ? *stated : sha256_hex(as_bytes(request.body));
  set_header(request, "x-amz-date", amz_date(at));
  if (!keys.session_token.empty()) set_header(request, "x-amz-security-token", keys.session_token);

  const std::string to_sign = string_to_sign(canonical_request(request, scope, payload), scope, at);
  Sha256Digest key = hmac_sha256(as_bytes("AWS4" + keys.secret_access_key), as_bytes(amz_date(at).substr(0, 8)));
  for (const std::string& step : {scope.region, scope.service, std::string("aws4_request")}) {
    key = hmac_sha256(key, as_bytes(step));
  }
  const std::string signature = to_hex(hmac_sha256(key, as_bytes(to_sign)));
  const auto headers = canonical_headers(request, split_url(request.url));
  set_header(request, "Authorization",
             fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", keys.access_key_id,
                         scope_text(scope, at), signed_names(headers), signature));
}

}  // namespace dl::uplink
