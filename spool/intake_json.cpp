#include "spool/intake_json.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace dl::spool {
namespace {

using Json = nlohmann::ordered_json;
using Counter = std::pair<const char*, std::uint64_t IntakeCounters::*>;

constexpr std::array<Counter, 10> kCounters = {{
    {"messages", &IntakeCounters::messages},
    {"wrong_size_messages", &IntakeCounters::wrong_size_messages},
    {"wrong_size_bytes", &IntakeCounters::wrong_size_bytes},
    {"dropped_by_kernel", &IntakeCounters::dropped_by_kernel},
    {"dropped_no_room_messages", &IntakeCounters::dropped_no_room_messages},
    {"dropped_no_room_bytes", &IntakeCounters::dropped_no_room_bytes},
    {"reconnects", &IntakeCounters::reconnects},
    {"protocol_errors", &IntakeCounters::protocol_errors},
    {"gaps_told", &IntakeCounters::gaps_told},
    {"times_refused", &IntakeCounters::times_refused},
}};
static_assert(sizeof(IntakeCounters) == kCounters.size() * sizeof(std::uint64_t), "a counter is missing above");

}  // namespace

std::string intake_to_json(const IntakeCounters& counters) {
  Json document = Json::object();
  for (const auto& [name, member] : kCounters) {
    if (counters.*member != 0) document[name] = counters.*member;
  }
  return document.dump();
}

IntakeCounters intake_of(std::string_view document) {
  IntakeCounters counters;
  const Json parsed = Json::parse(document, nullptr, false);
  if (!parsed.is_object()) return counters;
  const auto intake = parsed.find("intake");
  if (intake == parsed.end() || !intake->is_object()) return counters;
  for (const auto& [name, member] : kCounters) {
    const auto found = intake->find(name);
    if (found != intake->end() && found->is_number_unsigned()) counters.*member = found->get<std::uint64_t>();
  }
  return counters;
}

std::string with_intake(std::string report, const IntakeCounters& counters) {
  if (counters == IntakeCounters{} || !report.starts_with('{')) return report;
  const bool is_empty = report.find_first_not_of(" \t\r\n", 1) == report.find('}');
  return report.insert(1, "\"intake\":" + intake_to_json(counters) + (is_empty ? "" : ","));
}

}  // namespace dl::spool
