#include "daemon/ingest/sle/sle_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "link/sle/service_instance.h"
#include "uplink/credentials/key_file.h"

namespace dl::daemon {
namespace {

namespace sle = link::sle;

constexpr std::string_view kHexPrefix = "hex:";
// How often the provider tells what it has delivered and what is in lock.
constexpr std::uint16_t kReportCycleS = 60;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<Bytes> parse_hex(std::string_view digits) {
  Bytes bytes;
  if (digits.empty() || digits.size() % 2 != 0) {
    return fail(ErrorKind::config, fmt::format("expected pairs of hexadecimal digits behind '{}'", kHexPrefix));
  }
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) {
      return fail(ErrorKind::config, fmt::format("expected hexadecimal digits only behind '{}'", kHexPrefix));
    }
    bytes.push_back(static_cast<Byte>(high << 4 | low));
  }
  return bytes;
}

Result<Bytes> read_password(const std::filesystem::path& path) {
  DL_TRY(const uplink::SecretText secret, uplink::read_secret_file(path));
  auto password = parse_sle_password(secret.text);
  if (!password) return Failure(password.error().in("'" + path.string() + "'"));
  return password;
}

sle::Authentication authentication_of(config::SleAuthentication authentication) {
  switch (authentication) {
    case config::SleAuthentication::none:
      return sle::Authentication::none;
    case config::SleAuthentication::bind:
      return sle::Authentication::bind;
    case config::SleAuthentication::all:
      break;
  }
  return sle::Authentication::all;
}

// ISP1 counts whole seconds, and 0 is none.
std::uint16_t heartbeat_s(Milliseconds heartbeat) {
  const auto seconds = std::chrono::ceil<Seconds>(heartbeat).count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(seconds, 0, 0xFFFF));
}

}  // namespace

Result<Bytes> parse_sle_password(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.starts_with(kHexPrefix)) return parse_hex(text.substr(kHexPrefix.size()));
  if (text.empty()) return fail(ErrorKind::config, "expected a password, found nothing");
  const ByteView bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

Result<sle::UserOptions> sle_user_options(const config::Sle& config) {
  DL_CHECK(sle::check_service_instance(config.service_instance));
  sle::UserOptions options;
  options.dialect = {config.service == config::SleService::raf ? sle::Service::raf : sle::Service::rcf, config.version};
  options.service_instance = config.service_instance;
  options.initiator = config.initiator;
  options.responder = config.responder;
  options.responder_port = config.responder_port;
  options.authentication = authentication_of(config.authentication);
  options.hash = config.hash == config::SleHash::sha1 ? sle::Hash::sha1 : sle::Hash::sha256;
  if (config.password_file && options.authentication != sle::Authentication::none) {
    DL_TRY(options.password, read_password(*config.password_file));
  }
  if (config.responder_password_file && options.authentication != sle::Authentication::none) {
    DL_TRY(options.responder_password, read_password(*config.responder_password_file));
  }
  options.transport = {heartbeat_s(config.heartbeat), static_cast<std::uint16_t>(config.dead_factor)};
  options.return_timeout = config.return_timeout;
  if (config.good_frames_only) options.quality = sle::RequestedQuality::good_frames_only;
  options.channel = {
      static_cast<std::uint16_t>(config.spacecraft_id), static_cast<std::uint8_t>(config.frame_version), {}};
  if (config.virtual_channel) options.channel.vcid = static_cast<std::uint8_t>(*config.virtual_channel);
  options.report_cycle_s = kReportCycleS;
  return options;
}

}  // namespace dl::daemon
