#include "daemon/ingest/sle/sle_incidents.h"

#include <fmt/format.h>

namespace dl::daemon {
namespace {

namespace sle = link::sle;

constexpr const char* kRefusedKind = "sle_refused";
constexpr const char* kNotAuthenticKind = "sle_not_authentic";
constexpr const char* kAbortedKind = "sle_aborted";
constexpr const char* kSilentKind = "sle_silent";
constexpr const char* kProtocolKind = "protocol_error";

// BindDiagnostic
constexpr std::uint8_t kInvalidTime = 7;
constexpr std::uint8_t kOutOfService = 8;

const char* incident_kind(sle::EndKind kind) {
  switch (kind) {
    case sle::EndKind::refused:
      return kRefusedKind;
    case sle::EndKind::not_authentic:
      return kNotAuthenticKind;
    case sle::EndKind::aborted:
      return kAbortedKind;
    case sle::EndKind::no_return:
    case sle::EndKind::no_heartbeat:
      return kSilentKind;
    case sle::EndKind::protocol_error:
      return kProtocolKind;
    case sle::EndKind::unbound:
    case sle::EndKind::connection_lost:
      break;
  }
  return nullptr;
}

}  // namespace

void open_sle_incident(Incidents& incidents, const config::Source& source, const sle::Ended& ended) {
  const char* kind = incident_kind(ended.kind);
  if (kind == nullptr || ended.bind_diagnostic == kInvalidTime || ended.bind_diagnostic == kOutOfService) return;
  incidents.open(kind, source.name, fmt::format("{}: {}", source.connect, ended.message), ended.action);
}

void close_sle_incidents(Incidents& incidents, const std::string& source) {
  for (const char* kind : {kRefusedKind, kNotAuthenticKind, kAbortedKind, kSilentKind, kProtocolKind}) {
    incidents.close(kind, source);
  }
}

recording::Verdict sle_verdict(sle::FrameQuality quality) {
  switch (quality) {
    case sle::FrameQuality::good:
      return recording::Verdict::good;
    case sle::FrameQuality::erred:
      return recording::Verdict::erred;
    case sle::FrameQuality::undetermined:
      break;
  }
  return recording::Verdict::none;
}

}  // namespace dl::daemon
