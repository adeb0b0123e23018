#include "uplink/events/webhook_signature.h"

#include <chrono>

#include <fmt/format.h>

#include "core/base64.h"
#include "core/file.h"
#include "core/sha256.h"

namespace dl::uplink {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kShortestSecretBytes = 24;
constexpr std::size_t kLongestSecretBytes = 64;
// A current one, an old one, and room for a change of mind.
constexpr std::size_t kMostSecrets = 4;

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

Result<std::vector<Bytes>> parse_webhook_secrets(std::string_view text) {
  std::vector<Bytes> secrets;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (line.empty()) continue;
    if (!line.starts_with(kPrefix)) {
      return fail(ErrorKind::config, fmt::format("line {} does not begin with '{}'", number, kPrefix));
    }
    auto secret = base64_decode(line.substr(kPrefix.size()));
    if (!secret) return fail(ErrorKind::config, fmt::format("line {} is not base64 after '{}'", number, kPrefix));
    if (secret->size() < kShortestSecretBytes || secret->size() > kLongestSecretBytes) {
      return fail(ErrorKind::config, fmt::format("the secret on line {} has {} bytes, {} to {} are allowed", number,
                                                 secret->size(), kShortestSecretBytes, kLongestSecretBytes));
    }
    secrets.push_back(*std::move(secret));
  }
  if (secrets.empty()) return fail(ErrorKind::config, "there is no secret in it");
  if (secrets.size() > kMostSecrets) {
    return fail(ErrorKind::config, fmt::format("it has {} secrets, at most {}", secrets.size(), kMostSecrets));
  }
  return secrets;
}

Result<std::vector<Bytes>> read_webhook_secrets(const std::filesystem::path& file) {
  constexpr std::uint64_t kLargestFileBytes = 4096;
  const auto text = read_text_file(file, kLargestFileBytes);
  if (!text) return fail(ErrorKind::config, text.error().message);
  auto secrets = parse_webhook_secrets(*text);
  if (secrets) return secrets;
  return fail(ErrorKind::config,
              fmt::format("the webhook's secret file '{}': {}", file.string(), secrets.error().message));
}

std::string webhook_timestamp(UtcTime at) {
  return std::to_string(std::chrono::floor<Seconds>(at.time_since_epoch()).count());
}

std::string webhook_signature(const std::vector<Bytes>& secrets, std::string_view id, UtcTime at,
                              std::string_view body) {
  const std::string text = fmt::format("{}.{}.{}", id, webhook_timestamp(at), body);
  std::string value;
  for (const Bytes& secret : secrets) {
    if (!value.empty()) value += ' ';
    value += "v1," + base64_encode(hmac_sha256(secret, as_bytes(text)));
  }
  return value;
}

}  // namespace dl::uplink
