#include "uplink/credentials/secret_files.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "core/base64.h"

namespace dl::uplink {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next line, without blanks around it; nullopt at the end.
std::optional<std::string_view> next_line(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return trimmed(line);
}

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

using Values = std::map<std::string, std::string, std::less<>>;

// Adds "name = value"; false when it is none.
bool add_value(std::string_view line, Values& values) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  values[std::string(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
  return true;
}

std::string value_of(const Values& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

}  // namespace

Result<AwsKeys> parse_aws_keys(const std::string& text, const std::string& profile) {
  std::string_view rest = text;
  Values values;
  bool in_profile = false;
  bool found = false;
  while (const auto line = next_line(rest)) {
    if (is_comment(*line)) continue;
    if (line->front() == '[' && line->back() == ']') {
      in_profile = trimmed(line->substr(1, line->size() - 2)) == profile;
      found = found || in_profile;
    } else if (in_profile) {
      add_value(*line, values);  // nested settings of other programs may stand here
    }
  }
  if (!found) return fail(ErrorKind::config, fmt::format("there is no profile '[{}]' in it", profile));
  AwsKeys keys{value_of(values, "aws_access_key_id"), value_of(values, "aws_secret_access_key"),
               value_of(values, "aws_session_token")};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
    return fail(ErrorKind::config,
                fmt::format("profile '[{}]' lacks aws_access_key_id or aws_secret_access_key", profile));
  }
  return keys;
}

Result<AzureKeys> parse_azure_keys(const std::string& text) {
  // A connection string is the same with semicolons for newlines; neither form has a use for them within a value.
  std::string lines = text;
  std::replace(lines.begin(), lines.end(), ';', '\n');
  std::string_view rest = lines;
  Values values;
  while (const auto line = next_line(rest)) {
    if (is_comment(*line)) continue;
    if (!add_value(*line, values)) {
      return fail(ErrorKind::config, "expected lines 'name=value' or a connection string, found something else");
    }
  }
  const auto either = [&values](std::string_view name, std::string_view portal_name) {
    std::string value = value_of(values, name);
    return value.empty() ? value_of(values, portal_name) : value;
  };
  AzureKeys keys{either("account", "AccountName"), either("key", "AccountKey"), either("sas", "SharedAccessSignature")};
  if (keys.account_key.empty() == keys.sas_token.empty()) {
    return fail(ErrorKind::config, "expected either 'key=' (the account key) or 'sas=' (a shared access signature)");
  }
  if (!base64_decode(keys.account_key)) return fail(ErrorKind::config, "the account key is not base64");
  if (keys.sas_token.starts_with('?')) keys.sas_token.erase(0, 1);
  return keys;
}

Result<Login> parse_login(const std::string& text) {
  std::string_view rest = text;
  const std::string_view line = next_line(rest).value_or("");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return fail(ErrorKind::config, "expected one line 'user:password'");
  }
  return Login{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
}

Result<std::string> parse_password(const std::string& text) {
  std::string_view rest = text;
  const std::string_view line = next_line(rest).value_or("");
  if (line.empty()) return fail(ErrorKind::config, "expected a secret in the first line");
  return std::string(line);
}

}  // namespace dl::uplink
