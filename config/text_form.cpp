#include "config/text_form.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "config/config.h"

namespace dl::config {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

bool all_of(std::string_view text, bool (*allowed)(char)) {
  return std::all_of(text.begin(), text.end(), allowed);
}
bool within(std::string_view text, std::size_t shortest, std::size_t longest) {
  return text.size() >= shortest && text.size() <= longest;
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c);
}

bool is_name(std::string_view text) {
  return within(text, 1, 40) && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_object_prefix(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > 256 || text.front() == '/' || text.back() == '/') return false;
  if (!all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '/'; }))
    return false;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return true;
}

// Google Cloud Storage, "Bucket names": 3 to 63 characters (222 with dots), lower case, digits, dashes, underscores,
// dots; begins and ends with a letter or digit.
bool is_bucket(std::string_view text) {
  return within(text, 3, text.find('.') == std::string_view::npos ? 63 : 222) && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

// Azure Storage, "Naming and referencing containers": 3 to 63 lower-case letters, digits and single dashes; begins and
// ends with a letter or digit.
bool is_container(std::string_view text) {
  return within(text, 3, 63) && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         text.find("--") == std::string_view::npos &&
         all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// Azure Storage, "Storage account overview": 3 to 24 lower-case letters and digits.
bool is_account(std::string_view text) {
  return within(text, 3, 24) && all_of(text, is_alphanumeric);
}

// Resource Manager, "projectId": 6 to 30 characters, begins with a letter, no dash at the end. Emulators take any name,
// so only the characters and the upper bound are required.
bool is_project(std::string_view text) {
  return within(text, 1, 30) && is_lower(text.front()) && text.back() != '-' &&
         all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// Cloud Pub/Sub, "Guidelines to name a topic": 3 to 255 characters, begins with a letter, not with "goog".
bool is_topic(std::string_view text) {
  return within(text, 3, 255) && is_letter(text.front()) && !text.starts_with("goog") && all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || std::string_view("-_.~+%").find(c) != std::string_view::npos;
         });
}

bool is_url(std::string_view text) {
  const bool is_http = text.starts_with("http://");
  if (!is_http && !text.starts_with("https://")) return false;
  const auto rest = text.substr(is_http ? 7 : 8);
  // User names, queries and fragments have no place in a base address; blanks have none in any.
  return !rest.empty() && rest.front() != '/' && rest.back() != '/' && text.size() <= 512 &&
         all_of(rest, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '@' && c != '\\'; });
}

// An address that somebody gave us whole: query allowed.
bool is_hook_url(std::string_view text) {
  const auto query = text.find('?');
  const auto base = text.substr(0, query);
  if (!is_url(base.ends_with('/') ? base.substr(0, base.size() - 1) : base)) return false;
  return text.size() <= 2048 && all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '#' && c != '\\'; });
}

// A scheme that we can speak with a proxy, a host, and perhaps a port; no user: a password does not belong here.
bool is_proxy(std::string_view text) {
  return text.empty() || (is_url(text) && text.find('/', text.find("//") + 2) == std::string_view::npos);
}

bool is_host_name(std::string_view text) {
  return within(text, 1, 253) && all_of(text, [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == ':' || c == '_';
         });
}

bool is_word(std::string_view text) {
  return within(text, 1, 256) && all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(colon + 1);
  auto host = text.substr(0, colon);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  unsigned port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size() || port == 0 || port > 0xFFFF) return std::nullopt;
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (!is_host_name(host) || has_colon != is_bracketed) return std::nullopt;
  return HostPort{std::string(host), static_cast<std::uint16_t>(port)};
}

bool matches(Form form, std::string_view text) {
  switch (form) {
    case Form::name:
      return is_name(text);
    case Form::name_or_nothing:
      return text.empty() || is_name(text);
    case Form::spacecraft:
      return text.ends_with(".toml") || is_name(text);
    case Form::object_prefix:
      return is_object_prefix(text);
    case Form::bucket:
      return is_bucket(text);
    case Form::project:
      return is_project(text);
    case Form::topic:
      return is_topic(text);
    case Form::url:
      return is_url(text);
    case Form::container:
      return is_container(text);
    case Form::account:
      return is_account(text);
    case Form::hook_url:
      return is_hook_url(text);
    case Form::proxy:
      return is_proxy(text);
    case Form::host_name:
      return is_host_name(text);
    case Form::host_port:
      return parse_host_port(text).has_value();
    case Form::word:
      return is_word(text);
    case Form::word_or_nothing:
      return text.empty() || is_word(text);
    case Form::word_or_rate:
    case Form::secret:
    case Form::any:
    case Form::host_path:
    case Form::file:
    case Form::directory:
    case Form::program:
      return true;
  }
  return false;
}

std::string_view form_text(Form form) {
  switch (form) {
    case Form::any:
      return "a text";
    case Form::name:
      return "a name of lower-case letters, digits and dashes, at most 40 characters";
    case Form::name_or_nothing:
      return form_text(Form::name);
    case Form::spacecraft:
      return "the name of a link profile, or the path of its .toml file";
    case Form::object_prefix:
      return "names separated by single slashes, at most 256 characters";
    case Form::bucket:
      return "the name of a bucket, without gs:// and slashes";
    case Form::project:
      return "the id of a project, such as \"my-project\"";
    case Form::topic:
      return "the name of a topic, without projects/ in front";
    case Form::url:
      return "an http:// or https:// address without a slash at its end";
    case Form::container:
      return "the name of a container: 3 to 63 lower-case letters, digits and single dashes";
    case Form::account:
      return "the name of a storage account: 3 to 24 lower-case letters and digits";
    case Form::hook_url:
      return "an http:// or https:// address";
    case Form::proxy:
      return "the http:// or https:// address of a proxy, without path, user and password";
    case Form::host_name:
      return "the name or address of a host";
    case Form::host_port:
      return "a host and a port, such as \"192.0.2.7:3070\" or \"[2001:db8::7]:3070\"";
    case Form::word:
      return "a text without blanks";
    case Form::word_or_nothing:
      return form_text(Form::word);
    case Form::word_or_rate:
      return "\"send\", \"pause\", or a rate such as \"1 Mbit/s\"";
    case Form::secret:
      return "the path of a file, or \"credential:NAME\" for a credential that systemd passes on";
    case Form::host_path:
      return "a path";
    case Form::file:
      return "the path of a file that exists";
    case Form::directory:
      return "the path of a folder that exists";
    case Form::program:
      return "the path of a program";
  }
  return "a text";
}

}  // namespace dl::config
