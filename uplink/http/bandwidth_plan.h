// How fast to send when: a weekly timetable, the operator's word, and what holds during a pass. Pure: asked with a
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace dl::uplink {

// Bytes per second as Bandwidth::set_limit() takes them. nullopt: no limit. 0: nothing is sent.
using RateLimit = std::optional<std::uint64_t>;

// "off" (no limit), "pause" or "0", or a number with its unit: "512kbit/s", "1.5 Mbit/s", "200kB/s", "64 KiB/s". Bits
// and bytes are told apart by "bit" and "B"; k, M, G are powers of 1000, Ki, Mi, Gi of 1024. Kind config otherwise.
Result<RateLimit> parse_rate(std::string_view text);
// "off", "pause", "20 Mbit/s": the largest unit of bits that needs no more than three decimals.
std::string format_rate(RateLimit limit);

// From `minute` of the week on (0: Monday 00:00 UTC), until the next entry.
struct TimetableEntry {
  std::uint32_t minute = 0;
  RateLimit limit;
  std::string text;  // as written, for answers to "why"
};

// By minute, each minute once.
using Timetable = std::vector<TimetableEntry>;

// Entries "[days] HH:MM rate" in UTC, days as "Mon", "Mon-Fri", "Sat,Sun", "Fri-Mon" (over the weekend), every day
// when there are none: "Mon-Fri 08:00 2Mbit/s", "18:00 off". Kind config, naming the entry, when one is malformed or
// two are for the same minute.
Result<Timetable> parse_timetable(const std::vector<std::string>& entries);

// What an operator has ordered.
struct BandwidthOverride {
  RateLimit limit;
  std::optional<UtcTime> until;  // nullopt: until it is taken back
};

struct BandwidthPlan {
  Timetable timetable;                          // empty: no limit
  std::optional<RateLimit> during_pass;         // nullopt: a pass changes nothing
  std::optional<BandwidthOverride> overridden;  // in place of the timetable
};

// What holds at `now`: the operator's word, else the last entry of the timetable before now (over the end of the week);
// during a pass no more than during_pass allows, whoever says otherwise: what is received now comes only once.
struct BandwidthDecision {
  RateLimit limit;
  std::string reason;                  // "timetable entry 'Mon-Fri 08:00 2Mbit/s'"
  std::optional<UtcTime> next_change;  // when the clock alone changes the answer; nullopt: never
};
BandwidthDecision decide(const BandwidthPlan& plan, UtcTime now, bool pass_active);

}  // namespace dl::uplink
