#include "tests/simulation/faults.h"

#include <fmt/format.h>

namespace dl::simulation {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {"request_lost",
                                                          "body_cut",
                                                          "answer_lost",
                                                          "answer_cut",
                                                          "slow",
                                                          "passing_error",
                                                          "error_after",
                                                          "retry_after",
                                                          "portal",
                                                          "unauthorised",
                                                          "partly_committed",
                                                          "no_range",
                                                          "late_commit",
                                                          "taken_back",
                                                          "session_lost",
                                                          "early_completion",
                                                          "damaged_on_the_way",
                                                          "damaged_at_rest",
                                                          "foreign_object",
                                                          "twin_object",
                                                          "killed_in_request",
                                                          "killed_in_journal",
                                                          "power_cut",
                                                          "restarted",
                                                          "disk_error",
                                                          "disk_full",
                                                          "rotten_file",
                                                          "clock_stepped",
                                                          "hold",
                                                          "hurry",
                                                          "pass",
                                                          "spell_no_network",
                                                          "spell_unavailable",
                                                          "spell_refused",
                                                          "spell_missing",
                                                          "spell_portal"};

bool is_rare(Fault fault) {
  switch (fault) {
    case Fault::damaged_at_rest:
    case Fault::killed_in_request:
    case Fault::killed_in_journal:
    case Fault::restarted:
    case Fault::disk_error:
    case Fault::clock_stepped:
    case Fault::disk_full:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(Fault fault) {
  return kNames[static_cast<std::size_t>(fault)];
}

Faults::Faults(const SimulatedClock& clock, Chance& chance) : clock_(clock), chance_(chance) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    const double most = is_rare(static_cast<Fault>(i)) ? 0.02 : 0.2;
    rates_[i] = chance_.happens(0.5) ? 0 : chance_.magnitude(0.001, most);
  }
  const auto set = [this](Fault fault, double rate) { rates_[static_cast<std::size_t>(fault)] = rate; };
  // Of the kills, of the errors, and of the questions after a late commit.
  set(Fault::power_cut, 0.5);
  set(Fault::retry_after, 0.3);
  set(Fault::early_completion, 0.5);
  constexpr Fault kSpells[] = {Fault::spell_no_network, Fault::spell_unavailable, Fault::spell_refused,
                               Fault::spell_missing, Fault::spell_portal};
  Microseconds at{0};
  const std::uint64_t spells = chance_.below(4);
  for (std::uint64_t i = 0; i < spells; ++i) {
    constexpr double kMinuteUs = 60e6;
    // Now and then longer than an upload session lives.
    const double longest = chance_.happens(0.1) ? 8 * 1440 : 720;
    at += Microseconds(static_cast<std::int64_t>(chance_.magnitude(1, 600) * kMinuteUs));
    const Microseconds length(static_cast<std::int64_t>(chance_.magnitude(1, longest) * kMinuteUs));
    spells_.push_back({kSpells[chance_.below(std::size(kSpells))], at, at + length});
    at += length;
  }
}

bool Faults::strikes(Fault fault) {
  const auto index = static_cast<std::size_t>(fault);
  if (over_ || rates_[index] <= 0 || !chance_.happens(rates_[index])) return false;
  ++counts_[index];
  return true;
}

bool Faults::during(Fault spell) {
  if (over_) return false;
  for (const Spell& each : spells_) {
    if (each.kind != spell || clock_.since_start() < each.begins || clock_.since_start() >= each.ends) continue;
    ++counts_[static_cast<std::size_t>(spell)];
    return true;
  }
  return false;
}

void Trace::add(const std::string& what) {
  const std::string line = fmt::format("{:12.3f} {}", static_cast<double>(clock_.since_start().count()) / 1e6, what);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  if (keep_lines_) lines_.push_back(line);
}

void Trace::violation(const std::string& what) {
  add("VIOLATION: " + what);
  if (violations_.size() < 20) violations_.push_back(what);
}

}  // namespace dl::simulation
