// The pieces of a URL that signatures cover, and of the answers that several protocols read alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dl::uplink {

struct Url {
  std::string host_and_port;  // as the Host header has it: no default port, lower case
  std::string path;           // with its slash, still encoded; "/" when the URL has none
  std::string query;          // without '?', still encoded
};

// Of an absolute http(s) URL; empty parts for anything else.
Url split_url(std::string_view url);

struct QueryParameter {
  std::string name;
  std::string value;
};
// Decoded, in order. A name without '=' has an empty value. '+' is itself.
std::vector<QueryParameter> query_parameters(std::string_view query);

// Every segment percent-encoded, the slashes between them kept.
std::string encode_path(std::string_view path);
std::string percent_decode(std::string_view text);

std::string lower_case(std::string_view text);
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// For messages: control characters as blanks, at most 300 characters.
std::string one_line(std::string_view text);

}  // namespace dl::uplink
