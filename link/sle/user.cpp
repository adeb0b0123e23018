#include "link/sle/user.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "link/sle/user_codec.h"
#include "link/sle/words.h"

namespace dl::link::sle {
namespace {

constexpr Byte code(AbortDiagnostic diagnostic) {
  return static_cast<Byte>(diagnostic);
}

std::string_view operation_of(UserState pending) {
  switch (pending) {
    case UserState::bind_pending:
      return "BIND";
    case UserState::start_pending:
      return "START";
    case UserState::stop_pending:
      return "STOP";
    default:
      return "UNBIND";
  }
}

bool is_pending(UserState state) {
  return state != UserState::unbound && state != UserState::active;
}

Ended protocol_error(AbortDiagnostic diagnostic, const std::string& what) {
  return {EndKind::protocol_error, fmt::format("the provider broke the protocol: {}", what),
          "tell the provider; tried again by itself", code(diagnostic)};
}

}  // namespace

User::User(UserOptions options, std::function<std::uint32_t()> random)
    : options_(std::move(options)), random_(std::move(random)) {}

void User::connected(const TimeRange& range, const Now& now, UserOutput& out) {
  reader_ = MessageReader();
  range_ = range;
  finishing_.reset();
  refusal_.reset();
  pending_report_id_.reset();
  next_invoke_id_ = 0;
  last_received_ = now.steady;
  append_context_message(options_.transport, out.send);
  wait_in(UserState::bind_pending, now);
  send(BindInvocation{credentials(true, now), options_.initiator, options_.responder_port,
                      static_cast<std::uint8_t>(options_.dialect.service),
                      static_cast<std::uint16_t>(options_.dialect.version), options_.service_instance},
       now, out);
}

void User::receive(ByteView bytes, const Now& now, UserOutput& out) {
  if (state_ == UserState::unbound) return;
  last_received_ = now.steady;
  reader_.push(bytes);
  while (state_ != UserState::unbound) {
    const auto message = reader_.next();
    if (!message) return end(protocol_error(AbortDiagnostic::communications_failure, message.error().message), out);
    if (!*message) return;
    switch ((*message)->type) {
      case MessageType::pdu:
        receive_pdu((*message)->body, now, out);
        break;
      case MessageType::context:
        return end(protocol_error(AbortDiagnostic::protocol_error, "it sent a context message, which is ours to send"),
                   out);
      case MessageType::heartbeat:
        break;
    }
  }
}

void User::connection_lost(const std::string& how, std::optional<Byte> abort, UserOutput& out) {
  if (state_ == UserState::unbound) return;
  if (abort) {
    PeerAbort pdu{*abort};
    return take(pdu, {}, out);
  }
  end({EndKind::connection_lost, fmt::format("the connection is gone: {}", how), "tried again by itself", {}}, out);
}

void User::tick(const Now& now, bool reading, UserOutput& out) {
  if (state_ == UserState::unbound) return;
  if (!reading) {
    last_received_ = now.steady;
    pending_since_ = now.steady;
  }
  const Seconds heartbeat(options_.transport.heartbeat_s);
  if (heartbeat > Seconds(0) && now.steady >= last_received_ + heartbeat * options_.transport.dead_factor) {
    return end({EndKind::no_heartbeat,
                fmt::format("the provider was silent for {} s, though it has to send a heartbeat every {} s",
                            heartbeat.count() * options_.transport.dead_factor, heartbeat.count()),
                "look whether the provider and the way to it are up; tried again by itself",
                code(AbortDiagnostic::communications_failure)},
               out);
  }
  if (is_pending(state_) && now.steady >= pending_since_ + options_.return_timeout) {
    return end({EndKind::no_return,
                fmt::format("the provider did not answer {} within {} s", operation_of(state_),
                            static_cast<double>(options_.return_timeout.count()) / 1000),
                "look whether the provider is up; raise 'return_timeout' if it is slow",
                code(AbortDiagnostic::return_timeout)},
               out);
  }
  if (heartbeat > Seconds(0) && now.steady >= last_sent_ + heartbeat) {
    append_heartbeat_message(out.send);
    last_sent_ = now.steady;
  }
}

std::optional<SteadyTime> User::next_deadline() const {
  if (state_ == UserState::unbound) return {};
  std::optional<SteadyTime> deadline;
  const auto consider = [&deadline](SteadyTime time) { deadline = deadline ? std::min(*deadline, time) : time; };
  const Seconds heartbeat(options_.transport.heartbeat_s);
  if (heartbeat > Seconds(0)) {
    consider(last_sent_ + heartbeat);
    consider(last_received_ + heartbeat * options_.transport.dead_factor);
  }
  if (is_pending(state_)) consider(pending_since_ + options_.return_timeout);
  return deadline;
}

void User::finish(UnbindReason reason, const Now& now, UserOutput& out) {
  if (state_ == UserState::unbound || finishing_) return;
  finishing_ = reason;
  if (state_ == UserState::active) send_stop(now, out);
}

void User::abort(AbortDiagnostic diagnostic, const std::string& message, UserOutput& out) {
  if (state_ == UserState::unbound) return;
  end({EndKind::protocol_error, message, "", code(diagnostic)}, out);
}

void User::receive_pdu(ByteView bytes, const Now& now, UserOutput& out) {
  const auto pdu = decode_provider_pdu(bytes, options_.dialect);
  if (!pdu) return end(protocol_error(AbortDiagnostic::encoding_error, pdu.error().message), out);
  std::visit([&](const auto& each) { take(each, now, out); }, *pdu);
}

void User::take(const BindReturn& answer, const Now& now, UserOutput& out) {
  if (state_ != UserState::bind_pending) {
    return end(protocol_error(AbortDiagnostic::protocol_error, "it answers a BIND that is not pending"), out);
  }
  if (!options_.responder.empty() && answer.responder != options_.responder) {
    return end({EndKind::not_authentic,
                fmt::format("the provider calls itself '{}', expected '{}'", answer.responder, options_.responder),
                "compare 'connect' and 'responder' with what was agreed with the provider",
                code(AbortDiagnostic::unexpected_responder_id)},
               out);
  }
  // A refusal is not authenticated: whoever does not know us cannot prove itself to us (911.1-B 3.2.2.1).
  if (answer.diagnostic) {
    Ended refused{EndKind::refused, fmt::format("BIND of '{}' was refused: {}", options_.service_instance,
                                                bind_diagnostic_text(*answer.diagnostic))};
    refused.action = bind_refusal_action(*answer.diagnostic);
    refused.bind_diagnostic = answer.diagnostic;
    return end(std::move(refused), out);
  }
  if (options_.authentication != Authentication::none && !authentic(answer.credentials, now, out)) return;
  if (answer.version != options_.dialect.version) {
    refusal_ = Ended{EndKind::refused,
                     fmt::format("the provider speaks version {} of the service, expected {}", answer.version,
                                 options_.dialect.version),
                     "set 'version' to what the provider speaks",
                     {}};
    return send_unbind(UnbindReason::version_not_supported, now, out);
  }
  out.events.emplace_back(Bound{});
  if (finishing_) return send_unbind(*finishing_, now, out);
  send_start(now, out);
}

void User::take(const UnbindReturn& answer, const Now& now, UserOutput& out) {
  if (state_ != UserState::unbind_pending) {
    return end(protocol_error(AbortDiagnostic::protocol_error, "it answers an UNBIND that is not pending"), out);
  }
  if (options_.authentication == Authentication::all && !authentic(answer.credentials, now, out)) return;
  end(refusal_.value_or(Ended{EndKind::unbound, "unbound", "", {}}), out);
}

void User::take(const StartReturn& answer, const Now& now, UserOutput& out) {
  if (!answers(answer.invoke_id, UserState::start_pending, "START", out)) return;
  if (options_.authentication == Authentication::all && !authentic(answer.credentials, now, out)) return;
  if (answer.diagnostic) {
    refusal_ = Ended{EndKind::refused,
                     fmt::format("START of '{}' was refused: {}", options_.service_instance,
                                 start_diagnostic_text(*answer.diagnostic)),
                     std::string(start_refusal_action(*answer.diagnostic))};
    refusal_->start_diagnostic = answer.diagnostic;
    return send_unbind(UnbindReason::suspend, now, out);
  }
  state_ = UserState::active;
  out.events.emplace_back(Started{});
  if (finishing_) return send_stop(now, out);
  if (options_.report_cycle_s != 0) request_reports(now, out);
}

void User::take(const StopReturn& answer, const Now& now, UserOutput& out) {
  if (!answers(answer.invoke_id, UserState::stop_pending, "STOP", out)) return;
  if (options_.authentication == Authentication::all && !authentic(answer.credentials, now, out)) return;
  // A STOP that is refused leaves nothing but to go: frames that come after it are as good as those before.
  send_unbind(finishing_.value_or(UnbindReason::end), now, out);
}

void User::take(const TransferBuffer& buffer, const Now& now, UserOutput& out) {
  // What a provider still had when it answered STOP is taken too.
  if (state_ == UserState::bind_pending || state_ == UserState::start_pending) {
    return end(protocol_error(AbortDiagnostic::protocol_error, "it sends frames though nothing is started"), out);
  }
  TransferBufferReader reader(buffer, options_.dialect);
  for (;;) {
    auto item = reader.next();
    if (!item) return end(protocol_error(AbortDiagnostic::encoding_error, item.error().message), out);
    if (!*item) return;
    const CredentialsView proof = std::visit([](const auto& each) { return each.credentials; }, **item);
    if (options_.authentication == Authentication::all && !authentic(proof, now, out)) return;
    std::visit([&out](const auto& each) { out.events.emplace_back(each); }, **item);
  }
}

void User::take(const ScheduleStatusReportReturn& answer, const Now& now, UserOutput& out) {
  if (pending_report_id_ != answer.invoke_id) {
    return end(
        protocol_error(AbortDiagnostic::unsolicited_invoke_id, "it answers a request for reports that is not ours"),
        out);
  }
  if (options_.authentication == Authentication::all && !authentic(answer.credentials, now, out)) return;
  // Refused or not: frames come all the same, and reports are for people.
  pending_report_id_.reset();
}

void User::take(const StatusReport& report, const Now& now, UserOutput& out) {
  if (state_ == UserState::bind_pending) {
    return end(protocol_error(AbortDiagnostic::protocol_error, "it reports before it has answered BIND"), out);
  }
  if (options_.authentication == Authentication::all && !authentic(report.credentials, now, out)) return;
  out.events.emplace_back(report);
}

void User::take(const GetParameterReturn&, const Now&, UserOutput& out) {
  end(protocol_error(AbortDiagnostic::unsolicited_invoke_id, "it returns a parameter that nobody asked for"), out);
}

void User::take(const PeerAbort& abort, const Now&, UserOutput& out) {
  end({EndKind::aborted,
       fmt::format("the provider aborted: {}", abort_diagnostic_text(abort.diagnostic)),
       "ask the provider why, if it happens again; tried again by itself",
       {}},
      out);
}

bool User::authentic(CredentialsView credentials, const Now& now, UserOutput& out) {
  if (!options_.responder_password) return true;
  const Identity identity{options_.responder, *options_.responder_password};
  const auto checked = check_credentials(credentials, identity, options_.hash, now.utc, options_.acceptable_delay);
  if (checked) return true;
  end({EndKind::not_authentic, checked.error().message,
       "compare 'responder', 'responder_password_file', 'hash' and 'authentication' with what was agreed with the "
       "provider, and the clock with UTC",
       code(AbortDiagnostic::access_denied)},
      out);
  return false;
}

bool User::answers(std::uint16_t invoke_id, UserState pending, std::string_view operation, UserOutput& out) {
  if (state_ != pending) {
    end(protocol_error(AbortDiagnostic::protocol_error, fmt::format("it answers a {} that is not pending", operation)),
        out);
    return false;
  }
  if (invoke_id == pending_invoke_id_) return true;
  end(protocol_error(
          AbortDiagnostic::unsolicited_invoke_id,
          fmt::format("its answer to {} has the invoke id {}, expected {}", operation, invoke_id, pending_invoke_id_)),
      out);
  return false;
}

void User::send_start(const Now& now, UserOutput& out) {
  wait_in(UserState::start_pending, now);
  pending_invoke_id_ = next_invoke_id_++;
  send(StartInvocation{credentials(false, now), pending_invoke_id_, range_.from, range_.to, options_.quality,
                       options_.channel},
       now, out);
}

void User::send_stop(const Now& now, UserOutput& out) {
  wait_in(UserState::stop_pending, now);
  pending_invoke_id_ = next_invoke_id_++;
  send(StopInvocation{credentials(false, now), pending_invoke_id_}, now, out);
}

void User::send_unbind(UnbindReason reason, const Now& now, UserOutput& out) {
  wait_in(UserState::unbind_pending, now);
  send(UnbindInvocation{credentials(false, now), static_cast<std::uint8_t>(reason)}, now, out);
}

void User::request_reports(const Now& now, UserOutput& out) {
  pending_report_id_ = next_invoke_id_++;
  send(ScheduleStatusReportInvocation{credentials(false, now), *pending_report_id_, ReportRequest::periodically,
                                      options_.report_cycle_s},
       now, out);
}

void User::send(const UserPdu& pdu, const Now& now, UserOutput& out) {
  append_pdu_message(encode(pdu, options_.dialect), out.send);
  last_sent_ = now.steady;
}

void User::wait_in(UserState pending, const Now& now) {
  state_ = pending;
  pending_since_ = now.steady;
}

CredentialsView User::credentials(bool bind, const Now& now) {
  if (options_.authentication == Authentication::none) return {};
  if (options_.authentication == Authentication::bind && !bind) return {};
  credentials_ =
      make_credentials(now.utc, random_() & kMostRandom, {options_.initiator, options_.password}, options_.hash);
  return credentials_;
}

void User::end(Ended ended, UserOutput& out) {
  state_ = UserState::unbound;
  out.events.emplace_back(std::move(ended));
}

}  // namespace dl::link::sle
