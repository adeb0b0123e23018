// What users and providers of the SLE services Return All Frames (CCSDS 911.1-B) and Return Channel Frames (911.2-B)
// say to each other, versions 1 to 5. Names as in the ASN.1 modules of the standards (annex A).
//
// PDUs that were decoded hold views into the bytes that they were decoded from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "link/sle/ber.h"

namespace dl::link::sle {

// As ApplicationIdentifier counts.
enum class Service : std::uint8_t { raf = 0, rcf = 2 };

inline constexpr unsigned kNewestVersion = 5;

// Of what is being said: which of the alternatives of a PDU are meant.
struct Dialect {
  Service service = Service::raf;
  unsigned version = kNewestVersion;
};

// The octets of ISP1Credentials (link/sle/credentials.h); empty: unused.
using CredentialsView = ByteView;

// The number of a diagnostic that a return carries, with its meaning in words.
struct Diagnostic {
  bool specific = false;  // to the operation; otherwise one of those that are common to all
  std::uint8_t code = 127;
};

// A global virtual channel: a master channel when `vcid` is empty.
struct ChannelId {
  std::uint16_t spacecraft_id = 0;   // 10 bits; 16 of USLP
  std::uint8_t frame_version = 0;    // 0: TM; 1: AOS; 12: USLP
  std::optional<std::uint8_t> vcid;  // 6 bits

  friend bool operator==(const ChannelId&, const ChannelId&) = default;
};

// ---- Association (BIND, UNBIND, PEER-ABORT)

struct BindInvocation {
  CredentialsView credentials;
  std::string initiator;
  std::string responder_port;
  std::uint8_t service_type = 0;  // of any service, so that a provider can refuse it
  std::uint16_t version = 0;
  std::string service_instance;
};
struct BindReturn {
  CredentialsView credentials;
  std::string responder;
  std::uint16_t version = 0;  // when it is positive
  std::optional<std::uint8_t> diagnostic;
};

enum class UnbindReason : std::uint8_t { end = 0, suspend = 1, version_not_supported = 2, other = 127 };
struct UnbindInvocation {
  CredentialsView credentials;
  std::uint8_t reason = 0;
};
struct UnbindReturn {
  CredentialsView credentials;
};

enum class AbortDiagnostic : std::uint8_t {
  access_denied = 0,
  unexpected_responder_id = 1,
  operational_requirement = 2,
  protocol_error = 3,
  communications_failure = 4,
  encoding_error = 5,
  return_timeout = 6,
  end_of_service_provision_period = 7,
  unsolicited_invoke_id = 8,
  other_reason = 127,
};
struct PeerAbort {
  std::uint8_t diagnostic = 127;
};

// ---- Operations that have a return

enum class RequestedQuality : std::uint8_t { good_frames_only = 0, erred_frames_only = 1, all_frames = 2 };

// Times of earth receive; empty: as the service provision period says.
struct StartInvocation {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  std::optional<UtcTime> start;
  std::optional<UtcTime> stop;
  RequestedQuality quality = RequestedQuality::all_frames;  // RAF
  ChannelId channel;                                        // RCF
};
struct StartReturn {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  std::optional<Diagnostic> diagnostic;
};

struct StopInvocation {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
};
struct StopReturn {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  std::optional<std::uint8_t> diagnostic;  // a common one
};

enum class ReportRequest : std::uint8_t { immediately = 0, periodically = 1, stop = 2 };
struct ScheduleStatusReportInvocation {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  ReportRequest request = ReportRequest::immediately;
  std::uint16_t cycle_s = 0;  // 2 to 600, when periodically
};
struct ScheduleStatusReportReturn {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  std::optional<Diagnostic> diagnostic;
};

enum class ParameterName : std::uint16_t {
  buffer_size = 4,
  delivery_mode = 6,
  latency_limit = 15,
  permitted_gvcid_set = 24,
  reporting_cycle = 26,
  requested_frame_quality = 27,
  requested_gvcid = 28,
  return_timeout_period = 29,
  min_reporting_cycle = 301,
  permitted_frame_quality = 302,
};
struct GetParameterInvocation {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  ParameterName parameter = ParameterName::delivery_mode;
};

// Channels of one spacecraft that may be asked for; no list: the whole master channel.
struct PermittedChannels {
  std::uint16_t spacecraft_id = 0;
  std::uint8_t frame_version = 0;
  std::optional<std::vector<std::uint8_t>> vcids;

  friend bool operator==(const PermittedChannels&, const PermittedChannels&) = default;
};
struct Parameter {
  ParameterName name = ParameterName::delivery_mode;
  // Nothing where there is no value: the latency limit of offline delivery, the cycle of reports that are off, the
  // channel while nothing is started.
  std::variant<std::monostate, std::uint32_t, std::vector<std::uint32_t>, ChannelId, std::vector<PermittedChannels>>
      value;

  friend bool operator==(const Parameter&, const Parameter&) = default;
};
struct GetParameterReturn {
  CredentialsView credentials;
  std::uint16_t invoke_id = 0;
  std::variant<Parameter, Diagnostic> result;
};

// ---- What a provider sends of itself

enum class LockStatus : std::uint8_t { in_lock = 0, out_of_lock = 1, not_in_use = 2, unknown = 3 };
enum class ProductionStatus : std::uint8_t { running = 0, interrupted = 1, halted = 2 };

struct StatusReport {
  CredentialsView credentials;
  std::uint32_t error_free_frames = 0;  // RAF
  std::uint32_t delivered_frames = 0;
  LockStatus frame_sync = LockStatus::unknown;
  LockStatus symbol_sync = LockStatus::unknown;
  LockStatus subcarrier = LockStatus::unknown;
  LockStatus carrier = LockStatus::unknown;
  ProductionStatus production = ProductionStatus::running;
};

enum class FrameQuality : std::uint8_t { good = 0, erred = 1, undetermined = 2 };

inline constexpr std::int32_t kFirstFrame = -1;

struct AnnotatedFrame {
  CredentialsView credentials;
  UtcTime earth_receive_time{};
  // An object identifier as it is encoded, or a name of 1 to 16 bytes.
  ByteView antenna;
  bool antenna_is_global = false;
  // Frames missing in front of this one; kFirstFrame for the first one after START.
  std::int32_t data_link_continuity = 0;
  FrameQuality quality = FrameQuality::undetermined;  // RAF; what RCF delivers is good
  ByteView private_annotation;                        // 1 to 128 bytes, or none
  ByteView data;
};

struct LossOfFrameSync {
  UtcTime time{};
  LockStatus carrier = LockStatus::unknown;
  LockStatus subcarrier = LockStatus::unknown;
  LockStatus symbol_sync = LockStatus::unknown;
};
struct ProductionStatusChange {
  ProductionStatus status = ProductionStatus::running;
};
struct ExcessiveDataBacklog {};
struct EndOfData {};
struct SyncNotification {
  CredentialsView credentials;
  std::variant<LossOfFrameSync, ProductionStatusChange, ExcessiveDataBacklog, EndOfData> notification;
};

using BufferItem = std::variant<AnnotatedFrame, SyncNotification>;

// What the provider has gathered. Decoded, it is read item by item (link/sle/user_codec.h), so that what stands in
// front of a damaged item is not lost with it.
struct TransferBuffer {
  ByteView items;
};

// ---- Either direction

using UserPdu = std::variant<BindInvocation, UnbindInvocation, StartInvocation, StopInvocation,
                             ScheduleStatusReportInvocation, GetParameterInvocation, PeerAbort>;
using ProviderPdu = std::variant<BindReturn, UnbindReturn, StartReturn, StopReturn, TransferBuffer,
                                 ScheduleStatusReportReturn, StatusReport, GetParameterReturn, PeerAbort>;

// Tags of the alternatives of RafUserToProviderPdu, RafProviderToUserPdu and those of RCF, which are the same.
namespace pdu_tag {
inline constexpr std::uint32_t kStart = 0;
inline constexpr std::uint32_t kStartReturn = 1;
inline constexpr std::uint32_t kStop = 2;
inline constexpr std::uint32_t kStopReturn = 3;
inline constexpr std::uint32_t kScheduleStatusReport = 4;
inline constexpr std::uint32_t kScheduleStatusReportReturn = 5;
inline constexpr std::uint32_t kGetParameter = 6;
inline constexpr std::uint32_t kGetParameterReturn = 7;
inline constexpr std::uint32_t kTransferBuffer = 8;
inline constexpr std::uint32_t kStatusReport = 9;
inline constexpr std::uint32_t kBind = 100;
inline constexpr std::uint32_t kBindReturn = 101;
inline constexpr std::uint32_t kUnbind = 102;
inline constexpr std::uint32_t kUnbindReturn = 103;
inline constexpr std::uint32_t kPeerAbort = 104;
}  // namespace pdu_tag

}  // namespace dl::link::sle
