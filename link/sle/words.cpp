#include "link/sle/words.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

namespace dl::link::sle {
namespace {

struct Meaning {
  std::uint8_t code;
  std::string_view text;
  std::string_view action;
};

constexpr std::string_view kAskTheProvider = "ask the provider what is wrong; tried again by itself";

// BindDiagnostic
constexpr std::array<Meaning, 10> kBind = {{
    {0, "access denied",
     "compare 'initiator', 'password_file', 'hash' and 'authentication' with what was agreed with the "
     "provider, and the clock with UTC"},
    {1, "service type not supported", "the provider has no such service: compare 'service' with what was agreed"},
    {2, "version not supported", "set 'version' to one that the provider speaks"},
    {3, "no such service instance", "compare 'service_instance' with the schedule of the provider, letter by letter"},
    {4, "already bound",
     "end the other user of the service instance; after a cut the provider frees it when it sees that "
     "the old connection is dead"},
    {5, "service instance not accessible to this initiator",
     "compare 'initiator' and 'service_instance' with what was agreed with the provider"},
    {6, "inconsistent service type", "'service' does not fit 'service_instance'"},
    {7, "invalid time", "the service instance is scheduled for another time; tried again by itself until then"},
    {8, "out of service", "the service instance is out of service at the provider; tried again by itself"},
    {127, "other reason", kAskTheProvider},
}};

// DiagnosticRafStart and DiagnosticRcfStart, the specific ones
constexpr std::array<Meaning, 6> kStart = {{
    {0, "out of service", "the service instance is out of service at the provider; tried again by itself"},
    {1, "unable to comply", kAskTheProvider},
    {2, "invalid start time", "compare 'from' with the time that the provider holds data of"},
    {3, "invalid stop time", "compare 'to' with the time that the provider holds data of"},
    {4, "missing time value", "offline delivery wants both 'from' and 'to'"},
    {5, "invalid channel",
     "compare 'spacecraft_id', 'frame_version' and 'virtual_channel' with what the provider permits"},
}};

constexpr std::array<Meaning, 2> kCommon = {{
    {100, "duplicate invoke id", kAskTheProvider},
    {127, "other reason", kAskTheProvider},
}};

// PeerAbortDiagnostic
constexpr std::array<Meaning, 10> kAbort = {{
    {0, "access denied", ""},
    {1, "unexpected responder id", ""},
    {2, "operational requirement", ""},
    {3, "protocol error", ""},
    {4, "communications failure", ""},
    {5, "encoding error", ""},
    {6, "return timeout", ""},
    {7, "end of service provision period", ""},
    {8, "unsolicited invoke id", ""},
    {127, "other reason", ""},
}};

const Meaning* find(std::span<const Meaning> meanings, std::uint8_t code) {
  const auto found =
      std::find_if(meanings.begin(), meanings.end(), [code](const Meaning& meaning) { return meaning.code == code; });
  return found == meanings.end() ? nullptr : &*found;
}

std::string text_of(std::span<const Meaning> meanings, std::uint8_t code) {
  const Meaning* meaning = find(meanings, code);
  return meaning != nullptr ? std::string(meaning->text) : fmt::format("diagnostic {}", code);
}

std::string_view action_of(std::span<const Meaning> meanings, std::uint8_t code) {
  const Meaning* meaning = find(meanings, code);
  return meaning != nullptr ? meaning->action : kAskTheProvider;
}

}  // namespace

std::string bind_diagnostic_text(std::uint8_t code) {
  return text_of(kBind, code);
}
std::string common_diagnostic_text(std::uint8_t code) {
  return text_of(kCommon, code);
}
std::string abort_diagnostic_text(std::uint8_t code) {
  return text_of(kAbort, code);
}
std::string start_diagnostic_text(const Diagnostic& diagnostic) {
  return diagnostic.specific ? text_of(kStart, diagnostic.code) : text_of(kCommon, diagnostic.code);
}

std::string_view bind_refusal_action(std::uint8_t code) {
  return action_of(kBind, code);
}
std::string_view start_refusal_action(const Diagnostic& diagnostic) {
  return diagnostic.specific ? action_of(kStart, diagnostic.code) : action_of(kCommon, diagnostic.code);
}

std::string_view to_string(LockStatus status) {
  constexpr std::array<std::string_view, 4> kTexts = {"in lock", "out of lock", "not in use", "unknown"};
  return kTexts[static_cast<std::size_t>(status)];
}

std::string_view to_string(ProductionStatus status) {
  constexpr std::array<std::string_view, 3> kTexts = {"running", "interrupted", "halted"};
  return kTexts[static_cast<std::size_t>(status)];
}

}  // namespace dl::link::sle
