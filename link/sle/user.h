// The user of one service instance: its protocol machine (CCSDS 911.1-B, 911.2-B section 4; 913.1-B), without sockets
// and clocks. Whoever owns the connection hands in what comes off it and what time it is, and does what comes out.
//
//   unbound -connected-> bind_pending -> start_pending -> active -finish-> stop_pending -> unbind_pending -> unbound
//
// From every state an abort, a refusal, a lost connection or a time-out leads back to unbound.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "link/sle/credentials.h"
#include "link/sle/isp1.h"
#include "link/sle/pdu.h"

namespace dl::link::sle {

enum class Authentication { none, bind, all };

struct UserOptions {
  Dialect dialect;
  std::string service_instance;  // has passed check_service_instance()
  std::string initiator;
  std::string responder;  // empty: whoever answers
  std::string responder_port;
  Authentication authentication = Authentication::none;  // of both sides
  Hash hash = Hash::sha256;
  Bytes password;
  std::optional<Bytes> responder_password;  // nothing: what the provider proves is not looked at
  TransportContext transport;
  Milliseconds return_timeout{15'000};
  Milliseconds acceptable_delay{180'000};  // how old credentials may be
  RequestedQuality quality = RequestedQuality::all_frames;
  ChannelId channel;
  std::uint16_t report_cycle_s = 0;  // of status reports; 0: none
};

// What START asks for: times of earth receive.
struct TimeRange {
  std::optional<UtcTime> from;
  std::optional<UtcTime> to;
};

struct Now {
  UtcTime utc;
  SteadyTime steady;
};

enum class UserState { unbound, bind_pending, start_pending, active, stop_pending, unbind_pending };

enum class EndKind {
  unbound,         // orderly, as asked for by finish()
  refused,         // BIND or START
  not_authentic,   // the provider did not prove itself
  protocol_error,  // the provider says what it must not; aborted by us
  aborted,         // by the provider
  no_return,       // an operation was not answered in time; aborted by us
  no_heartbeat,    // the provider is silent
  connection_lost,
};

struct Bound {};
struct Started {};
// The last event of a connection, which is to be closed: with `abort` as its urgent byte where there is one (913.1-B
// 3.3.4.2.7).
struct Ended {
  EndKind kind = EndKind::connection_lost;
  std::string message;
  std::string action = {};  // what an operator can do; empty where nothing needs doing
  std::optional<Byte> abort = {};
  // Of a refused operation.
  std::optional<std::uint8_t> bind_diagnostic = {};
  std::optional<Diagnostic> start_diagnostic = {};
};
using UserEvent = std::variant<Bound, Started, AnnotatedFrame, SyncNotification, StatusReport, Ended>;

// Views in the events are valid until the next call of receive().
struct UserOutput {
  Bytes send;
  std::vector<UserEvent> events;

  void clear() {
    send.clear();
    events.clear();
  }
};

// Every call appends to `out`.
class User {
 public:
  // `random` gives numbers that nobody can guess, of 32 bits.
  User(UserOptions options, std::function<std::uint32_t()> random);

  // A connection is open: BIND, then START of the range.
  void connected(const TimeRange& range, const Now& now, UserOutput& out);
  void receive(ByteView bytes, const Now& now, UserOutput& out);
  // The connection is gone, `how` in words. `abort` is the urgent byte that came on it.
  void connection_lost(const std::string& how, std::optional<Byte> abort, UserOutput& out);
  // Time-outs and heartbeats that are due. `reading`: false while the owner takes nothing off the connection, so that
  // silence is its own doing.
  void tick(const Now& now, bool reading, UserOutput& out);
  // STOP and UNBIND, as soon as what is pending is answered. Frames may still come.
  void finish(UnbindReason reason, const Now& now, UserOutput& out);
  // Ends at once.
  void abort(AbortDiagnostic diagnostic, const std::string& message, UserOutput& out);

  [[nodiscard]] UserState state() const { return state_; }
  // When tick() should be called next; nothing while unbound.
  [[nodiscard]] std::optional<SteadyTime> next_deadline() const;

 private:
  void receive_pdu(ByteView bytes, const Now& now, UserOutput& out);
  void take(const BindReturn& answer, const Now& now, UserOutput& out);
  void take(const UnbindReturn& answer, const Now& now, UserOutput& out);
  void take(const StartReturn& answer, const Now& now, UserOutput& out);
  void take(const StopReturn& answer, const Now& now, UserOutput& out);
  void take(const TransferBuffer& buffer, const Now& now, UserOutput& out);
  void take(const ScheduleStatusReportReturn& answer, const Now& now, UserOutput& out);
  void take(const StatusReport& report, const Now& now, UserOutput& out);
  void take(const GetParameterReturn& answer, const Now& now, UserOutput& out);
  void take(const PeerAbort& abort, const Now& now, UserOutput& out);

  // False when it has ended the association.
  bool authentic(CredentialsView credentials, const Now& now, UserOutput& out);
  bool answers(std::uint16_t invoke_id, UserState pending, std::string_view operation, UserOutput& out);

  void send_start(const Now& now, UserOutput& out);
  void send_stop(const Now& now, UserOutput& out);
  void send_unbind(UnbindReason reason, const Now& now, UserOutput& out);
  void request_reports(const Now& now, UserOutput& out);
  void send(const UserPdu& pdu, const Now& now, UserOutput& out);
  void wait_in(UserState pending, const Now& now);
  // Ours, valid until the next call; empty where none are wanted.
  CredentialsView credentials(bool bind, const Now& now);
  void end(Ended ended, UserOutput& out);

  UserOptions options_;
  std::function<std::uint32_t()> random_;
  MessageReader reader_;
  UserState state_ = UserState::unbound;
  TimeRange range_;
  std::optional<UnbindReason> finishing_;  // why finish() was called
  std::optional<Ended> refusal_;           // what to end with when UNBIND is answered
  Bytes credentials_;
  std::uint16_t next_invoke_id_ = 0;
  std::uint16_t pending_invoke_id_ = 0;             // of START or STOP
  std::optional<std::uint16_t> pending_report_id_;  // of SCHEDULE-STATUS-REPORT
  SteadyTime pending_since_{};
  SteadyTime last_received_{};
  SteadyTime last_sent_{};
};

}  // namespace dl::link::sle
