// The control socket's language: one request line, one answer line, both JSON (docs/formats/control.md).
//   {"command":"passes","arguments":{"id":"…"}}  ->  {"ok":true,"report":{…}}  |
//   {"ok":false,"error":{"kind":…,"message":…}}
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.h"
#include "daemon/control/report.h"
#include "daemon/control/request.h"

namespace dl::control {

// A longer answer is refused by the client.
inline constexpr std::size_t kAnswerSizeLimitBytes = 64U << 20;

// With the line feed.
std::string format_answer(const Result<Report>& answer);
// What downlinkd answered: a report, or the error with which it refused, as it was sent.
using Answer = Result<Report>;

// Reads the answer to a request of that command; kind corrupt when the line is no answer to it.
Result<Answer> parse_answer(Command command, std::string_view line);

}  // namespace dl::control
