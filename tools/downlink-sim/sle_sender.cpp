#include "tools/downlink-sim/sle_sender.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <thread>

#include <fmt/format.h>

namespace dl::sim {
namespace {

namespace sle = link::sle;

constexpr std::chrono::milliseconds kLookInterval{20};

Bytes password_of(const std::string& text) {
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

template <class Number>
Result<void> set_number(Number& out, const std::string& name, const std::string& value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error == std::errc{} && end == value.data() + value.size()) return {};
  return fail(ErrorKind::config, fmt::format("expected a number for '{}', found '{}'", name, value));
}

// "3;17": indices of frames.
Result<void> set_indices(std::set<std::size_t>& out, const std::string& name, const std::string& value) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find(';', at), value.size());
    std::size_t index = 0;
    DL_CHECK(set_number(index, name, value.substr(at, end - at)));
    out.insert(index);
    at = end + 1;
  }
  return {};
}

Result<void> set_code(std::optional<std::uint8_t>& out, const std::string& name, const std::string& value) {
  std::uint8_t code = 0;
  DL_CHECK(set_number(code, name, value));
  out = code;
  return {};
}

Result<void> set_fault(SleFaults& faults, const std::string& name, const std::string& value) {
  const std::map<std::string, std::uint64_t*> after = {{"abort", &faults.abort_after_frames},
                                                       {"cut", &faults.cut_after_frames},
                                                       {"garbage", &faults.garbage_after_frames},
                                                       {"silence", &faults.silence_after_frames},
                                                       {"loss-of-sync", &faults.loss_of_sync_after_frames},
                                                       {"resend", &faults.resend_frames}};
  if (const auto found = after.find(name); found != after.end()) return set_number(*found->second, name, value);
  if (name == "erred") return set_indices(faults.erred_frames, name, value);
  if (name == "lost") return set_indices(faults.lost_online, name, value);
  if (name == "refuse-bind") return set_code(faults.refuse_bind, name, value);
  if (name == "refuse-start") return set_code(faults.refuse_start, name, value);
  unsigned yes = 0;
  if (name == "wrong-credentials" || name == "silent-bind") {
    DL_CHECK(set_number(yes, name, value));
    (name == "silent-bind" ? faults.silent_on_bind : faults.wrong_credentials) = yes != 0;
    return {};
  }
  return fail(ErrorKind::config, fmt::format("an SLE provider has no '{}'", name));
}

Result<void> set_authentication(SleProviderOptions& provider, const std::string& value) {
  const std::map<std::string, sle::Authentication> words = {
      {"none", sle::Authentication::none}, {"bind", sle::Authentication::bind}, {"all", sle::Authentication::all}};
  const auto found = words.find(value);
  if (found == words.end())
    return fail(ErrorKind::config, fmt::format("expected none, bind or all, found '{}'", value));
  provider.authentication = found->second;
  return {};
}

Result<void> set_hash(SleProviderOptions& provider, const std::string& value) {
  if (value != "sha1" && value != "sha256") {
    return fail(ErrorKind::config, fmt::format("expected sha1 or sha256, found '{}'", value));
  }
  provider.hash = value == "sha1" ? sle::Hash::sha1 : sle::Hash::sha256;
  return {};
}

Result<void> set(SleDelivery& delivery, const std::string& name, const std::string& value) {
  SleProviderOptions& provider = delivery.provider;
  const std::map<std::string, std::string*> texts = {
      {"name", &provider.name}, {"user", &provider.user}, {"instance", &provider.service_instance}};
  if (const auto found = texts.find(name); found != texts.end()) {
    *found->second = value;
    return {};
  }
  if (name == "password") {
    provider.password = password_of(value);
    return {};
  }
  if (name == "user-password") {
    provider.user_password = password_of(value);
    return {};
  }
  if (name == "authentication") return set_authentication(provider, value);
  if (name == "hash") return set_hash(provider, value);
  if (name == "frames-per-buffer") return set_number(provider.frames_per_buffer, name, value);
  if (name == "timely-buffer") return set_number(provider.timely_buffer_bytes, name, value);
  if (name == "interval") return set_number(delivery.interval_us, name, value);
  if (name == "users") return set_number(delivery.users, name, value);
  if (name == "time") {
    DL_TRY(delivery.time, parse_utc(value));
    return {};
  }
  return set_fault(provider.faults, name, value);
}

std::vector<SleFrame> frames_of(ByteView bytes, const SendOptions& options) {
  std::vector<SleFrame> frames;
  const std::size_t unit = options.unit_bytes;
  const std::size_t skip = std::min(options.skip_bytes, unit - 1);
  for (std::size_t at = 0; at + unit <= bytes.size(); at += unit) {
    const ByteView frame = bytes.subspan(at + skip, unit - skip);
    const auto time =
        options.sle.time + Microseconds(options.sle.interval_us) * static_cast<std::int64_t>(frames.size());
    frames.push_back({Bytes(frame.begin(), frame.end()), time});
  }
  return frames;
}

}  // namespace

Result<SleDelivery> parse_sle(const std::string& text) {
  SleDelivery delivery;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string entry = text.substr(at, end - at);
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorKind::config, fmt::format("expected NAME=VALUE, found '{}'", entry));
    }
    DL_CHECK(set(delivery, entry.substr(0, equals), entry.substr(equals + 1)));
    at = end + 1;
  }
  return delivery;
}

Result<SendReport> serve_sle(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  SleProviderOptions provider_options = options.sle.provider;
  provider_options.host = endpoint.host;
  DL_CHECK(set_number(provider_options.port, "port", endpoint.port));
  provider_options.frames_per_s = options.rate_bits_per_s / (8.0 * static_cast<double>(options.unit_bytes));
  SleProvider provider(frames_of(bytes, options), std::move(provider_options));
  DL_CHECK(provider.start());
  const auto patience = std::chrono::milliseconds(options.close_timeout_ms);
  auto last_seen = std::chrono::steady_clock::now();
  for (SleCounts seen; seen.completed < options.sle.users;) {
    std::this_thread::sleep_for(kLookInterval);
    const SleCounts counts = provider.counts();
    if (counts.frames != seen.frames || counts.connections != seen.connections || counts.unbinds != seen.unbinds) {
      last_seen = std::chrono::steady_clock::now();
    }
    seen = counts;
    if (std::chrono::steady_clock::now() - last_seen > patience) {
      return fail(ErrorKind::transient, fmt::format("no user asked for anything within {} s", patience.count() / 1000));
    }
  }
  const SleCounts counts = provider.counts();
  return SendReport{counts.frames * (options.unit_bytes - std::min(options.skip_bytes, options.unit_bytes - 1)),
                    static_cast<std::uint32_t>(counts.connections), counts.frames};
}

}  // namespace dl::sim
