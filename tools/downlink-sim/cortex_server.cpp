#include "tools/downlink-sim/cortex_server.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "tools/downlink-sim/tcp_sender.h"

namespace dl::sim {
namespace {

constexpr std::uint32_t kFirstWord = 0x499602D2;  // 1234567890
constexpr std::uint32_t kLastWord = 0xB669FD2E;   // -1234567890
constexpr std::size_t kWordBytes = 4;

Result<unsigned> number_of(const std::string& name, const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorKind::config, fmt::format("expected a number for '{}', found '{}'", name, text));
  }
  return value;
}

Result<void> set(CortexReplies& replies, const std::string& name, const std::string& text) {
  if (name == "time") {
    DL_TRY(replies.time, parse_utc(text));
    return {};
  }
  const std::map<std::string, unsigned CortexReplies::*> numbers = {{"crt", &CortexReplies::crt},
                                                                    {"channel", &CortexReplies::channel},
                                                                    {"flow", &CortexReplies::flow},
                                                                    {"blocks", &CortexReplies::blocks},
                                                                    {"preamble", &CortexReplies::preamble},
                                                                    {"postamble", &CortexReplies::postamble},
                                                                    {"padding", &CortexReplies::padding},
                                                                    {"time-tag", &CortexReplies::time_tag},
                                                                    {"status", &CortexReplies::status},
                                                                    {"spare", &CortexReplies::spare},
                                                                    {"bad-preambles", &CortexReplies::bad_preambles},
                                                                    {"bad-sync-words", &CortexReplies::bad_sync_words},
                                                                    {"interval", &CortexReplies::interval}};
  const auto found = numbers.find(name);
  if (found == numbers.end()) {
    std::string names = "time";
    for (const auto& [known, member] : numbers) names += ", " + known;
    return fail(ErrorKind::config, fmt::format("expected one of {}, found '{}'", names, name));
  }
  DL_TRY(replies.*found->second, number_of(name, text));
  return {};
}

// Word by word, as a demodulator that refuses what it does not understand.
Result<void> check_request(int socket, const SendOptions& options) {
  const CortexReplies& replies = options.cortex;
  const bool crt = replies.crt != 0;
  std::map<std::size_t, std::uint32_t> expected = {{0, kFirstWord}, {3, replies.channel}};
  const std::size_t words = crt ? 16 : 32;
  expected[1] = static_cast<std::uint32_t>(words * kWordBytes);
  expected[crt ? 5 : 4] = replies.flow;
  if (!crt) expected[8] = replies.blocks;
  expected[words - 1] = kLastWord;
  Bytes request(words * kWordBytes);
  DL_CHECK(receive_all(socket, request, options.close_timeout_ms));
  for (std::size_t word = 0; word < words; ++word) {
    const std::uint32_t found = read_u32(request, word * kWordBytes);
    if (found != expected[word]) {
      return fail(ErrorKind::transient,
                  fmt::format("the request's word {} is {:#x}, expected {:#x}", word, found, expected[word]));
    }
  }
  return {};
}

void append_preamble(Bytes& out, const CortexReplies& replies, bool bad) {
  Bytes preamble;
  append_u32(preamble, bad ? ~kFirstWord : kFirstWord);
  append_u32(preamble, replies.preamble);
  preamble.resize(replies.preamble);
  out.insert(out.end(), preamble.begin(), preamble.end());
}

void append_postamble(Bytes& out, const CortexReplies& replies) {
  if (replies.postamble < kWordBytes) {
    out.resize(out.size() + replies.postamble);
    return;
  }
  out.resize(out.size() + replies.postamble - kWordBytes);
  append_u32(out, kLastWord);
}

void append_time_tag(Bytes& out, UtcTime time) {
  using std::chrono::days, std::chrono::floor, std::chrono::January;
  const std::chrono::year_month_day date(floor<days>(time));
  const auto since = time - std::chrono::sys_days(date.year() / January / 1);
  append_u32(out, static_cast<std::uint32_t>(floor<Seconds>(since).count()));
  append_u32(out, static_cast<std::uint32_t>((since - floor<Seconds>(since)).count()));
}

void append_block(Bytes& out, ByteView unit, const SendOptions& options, std::uint64_t index) {
  const CortexReplies& replies = options.cortex;
  const std::size_t start = out.size();
  out.insert(out.end(), unit.begin(), unit.end());
  if (unit.size() < options.unit_bytes) return;  // a cut
  if (replies.bad_sync_words != 0 && (index + 1) % replies.bad_sync_words == 0) {
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(start), kWordBytes, Byte{0});
  }
  out.resize(out.size() + replies.padding, 0x5A);
  if (replies.time_tag != 0) {
    append_time_tag(out, replies.time + Microseconds(static_cast<std::int64_t>(index * replies.interval)));
  }
  if (replies.status != 0) out.resize(out.size() + 8, 0xC3);
  out.resize(out.size() + std::size_t{8} * replies.spare, 0xA5);
}

Result<void> reply(int socket, Feed& feed, const SendOptions& options, SendReport& report) {
  const CortexReplies& replies = options.cortex;
  DL_CHECK(check_request(socket, options));
  feed.align();
  for (std::uint64_t number = 1;; ++number) {
    Bytes out;
    unsigned blocks = 0;
    bool cut = false;
    append_preamble(out, replies, replies.bad_preambles != 0 && number % replies.bad_preambles == 0);
    while (blocks < std::max(replies.blocks, 1U)) {
      const ByteView unit = feed.next_unit();
      if (unit.empty()) break;
      append_block(out, unit, options, report.messages);
      ++blocks;
      ++report.messages;
      report.bytes_sent += unit.size();
      cut = unit.size() < options.unit_bytes;
      if (cut) break;
    }
    if (blocks == 0) return {};
    if (!cut) append_postamble(out, replies);
    DL_CHECK(send_all(socket, out));
  }
}

}  // namespace

Result<CortexReplies> parse_cortex(const std::string& text) {
  CortexReplies replies;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string entry = text.substr(at, end - at);
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorKind::config, fmt::format("expected NAME=VALUE, found '{}'", entry));
    }
    DL_CHECK(set(replies, entry.substr(0, equals), entry.substr(equals + 1)));
    at = end + 1;
  }
  return replies;
}

Result<SendReport> serve_cortex(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  return serve(bytes, endpoint, options, reply);
}

}  // namespace dl::sim
