// What goes wrong in a simulated world, how often, and a record of what happened in it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/chance.h"
#include "tests/simulation/scheduler.h"

namespace dl::simulation {

// Numbers in brackets: the fault of the "uplink" facts, section 7.
enum class Fault {
  request_lost,        // no answer, nothing was done (1, 2, 6)
  body_cut,            // no answer, a part of the body has arrived (5)
  answer_lost,         // no answer, all was done (4, 21, 49)
  answer_cut,          // a part of the answer's body (22)
  slow,                // minutes for one request (8, 9)
  passing_error,       // 408, 429, 5xx, rate limit, before anything is done (11 to 14)
  error_after,         // the same, when it is done (16)
  retry_after,         // with one of those, up to an hour (11)
  portal,              // a page for people (3)
  unauthorised,        // 401 (32)
  partly_committed,    // a part of the chunk was kept (17)
  no_range,            // 308 without Range (18)
  late_commit,         // more is there than is told (19)
  taken_back,          // bytes were lost (20)
  session_lost,        // 404, 410, 499 (23)
  early_completion,    // a question ends the upload whose bytes are all there
  damaged_on_the_way,  // a bit (28)
  damaged_at_rest,     // a bit, behind the server's own check; its answer says so (29)
  foreign_object,      // somebody else's object has the name (27)
  twin_object,         // another station has delivered the same (26)
  killed_in_request,   // SIGKILL (37)
  killed_in_journal,   // the same, in the middle of a transaction
  power_cut,           // one of those takes what was not synced along (38)
  restarted,           // SIGTERM (46)
  disk_error,          // a write or sync of the journal fails (40)
  disk_full,           // for minutes, the journal's reserve included (39)
  rotten_file,         // a bit of a spool file, while it waits (43)
  clock_stepped,       // the wall clock, by up to a year (34)
  hold,                // an operator holds something, and releases it later
  hurry,               // an operator gives something another priority
  pass,                // nothing but urgent ones while a pass is received
  spell_no_network,    // for minutes or half a day (7)
  spell_unavailable,   // 503
  spell_refused,       // 403 (25, 50)
  spell_missing,       // no bucket, no topic: 404 (25, 50)
  spell_portal,        // (3)
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::spell_portal) + 1;
std::string_view to_string(Fault fault);

class Faults {
 public:
  // Every world has its own mixture: about half of the faults do not occur at all, others often.
  Faults(const SimulatedClock& clock, Chance& chance);

  // When the last of the spells is over.
  [[nodiscard]] Microseconds last_spell_ends() const { return spells_.empty() ? Microseconds{0} : spells_.back().ends; }
  // From now on nothing goes wrong.
  void end() { over_ = true; }
  [[nodiscard]] bool over() const { return over_; }
  // Whether it happens now.
  bool strikes(Fault fault);
  // At most one of the spells is on.
  [[nodiscard]] bool during(Fault spell);
  [[nodiscard]] std::uint64_t count(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }

 private:
  struct Spell {
    Fault kind = Fault::spell_no_network;
    Microseconds begins{};
    Microseconds ends{};
  };

  const SimulatedClock& clock_;
  Chance& chance_;
  bool over_ = false;
  std::array<double, kFaults> rates_{};
  std::array<std::uint64_t, kFaults> counts_{};
  std::vector<Spell> spells_;
};

// What happened, as text to read and as a number to compare.
class Trace {
 public:
  Trace(const SimulatedClock& clock, bool keep_lines) : clock_(clock), keep_lines_(keep_lines) {}
  void add(const std::string& what);
  // What must not be: the seed has failed.
  void violation(const std::string& what);
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

 private:
  const SimulatedClock& clock_;
  bool keep_lines_;
  std::uint64_t hash_ = 14695981039346656037ULL;
  std::vector<std::string> lines_;
  std::vector<std::string> violations_;
};

}  // namespace dl::simulation
