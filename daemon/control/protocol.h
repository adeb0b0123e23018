// The control socket's language: one request line, one answer line, both JSON (docs/formats/control.md).
//   {"command":"passes","arguments":{"id":"…"}}  ->  {"ok":true,"report":{…}}  |
//   {"ok":false,"error":{"kind":…,"message":…}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"
#include "daemon/control/report.h"

namespace dl::control {

// A longer request line is refused and the connection closed; a longer answer is refused by the client.
inline constexpr std::size_t kRequestSizeLimitBytes = 16U << 10;
inline constexpr std::size_t kAnswerSizeLimitBytes = 64U << 20;

inline constexpr std::uint32_t kRowLimitDefault = 50;
inline constexpr std::uint32_t kRowLimitMax = 10'000;
inline constexpr Milliseconds kWaitTimeoutMax{24 * 3600 * 1000};

enum class Command { status, passes, pass, scenes, deliveries, events, incidents, release, close, wait };

// idle: nothing is received or decoded. drained: idle, and every delivery confirmed or parked, every announcement sent
// or parked.
enum class WaitCondition { idle, drained };

std::string_view to_string(Command command);
std::string_view to_string(WaitCondition condition);

struct Request {
  Command command = Command::status;
  std::string pass_id;                            // pass; optional filter of scenes
  std::uint32_t limit = kRowLimitDefault;         // passes, scenes, deliveries, events, incidents: newest rows
  bool all = false;                               // deliveries: confirmed ones too; incidents: closed ones too
  std::int64_t delivery_id = 0;                   // release
  std::int64_t incident_id = 0;                   // close
  WaitCondition condition = WaitCondition::idle;  // wait
  Milliseconds timeout{};                         // wait
};

// `line` without the line feed. Kind config on anything that is not a request: what was expected stands in the message.
Result<Request> parse_request(std::string_view line);
// With the line feed.
std::string format_request(const Request& request);

// With the line feed.
std::string format_answer(const Result<Report>& answer);
// What downlinkd answered: a report, or the error with which it refused, as it was sent.
using Answer = Result<Report>;

// Reads the answer to a request of that command; kind corrupt when the line is no answer to it.
Result<Answer> parse_answer(Command command, std::string_view line);

}  // namespace dl::control
