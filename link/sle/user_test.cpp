#include "link/sle/user.h"

#include <gtest/gtest.h>

#include "link/sle/provider_codec.h"
#include "link/sle/user_codec.h"

namespace dl::link::sle {
namespace {

constexpr UtcTime kStart = std::chrono::sys_days(std::chrono::year{2026} / 5 / 12);
const std::string kInstance = "sagr=1.spack=PASS1.rsl-fg=1.raf=onlc1";

UserOptions agreed(Authentication authentication = Authentication::none) {
  UserOptions options;
  options.dialect = {Service::raf, 4};
  options.service_instance = kInstance;
  options.initiator = "DOWNLINKD";
  options.responder = "STATION";
  options.responder_port = "PORT1";
  options.authentication = authentication;
  options.password = {1, 2, 3};
  options.responder_password = Bytes{4, 5, 6};
  options.transport = {30, 3};
  return options;
}

// A user, and what a provider says to it, by hand.
struct Association {
  explicit Association(UserOptions chosen = agreed())
      : options(chosen), user(std::move(chosen), [this] { return ++random; }) {}

  Now now() const { return {clock.now(), clock.steady_now()}; }

  // What the user has sent since the last call.
  std::vector<UserPdu> sent() {
    MessageReader reader;
    reader.push(out.send);
    said = out.send;
    out.send.clear();
    std::vector<UserPdu> pdus;
    for (;;) {
      const auto message = reader.next();
      EXPECT_TRUE(message);
      if (!message || !*message) break;
      if ((*message)->type == MessageType::context) context = parse_context((*message)->body).value();
      if ((*message)->type == MessageType::heartbeat) ++heartbeats;
      if ((*message)->type != MessageType::pdu) continue;
      auto pdu = decode_user_pdu((*message)->body, options.dialect.service);
      EXPECT_TRUE(pdu);
      // The credentials point into the reader's buffer: only the variant is looked at.
      if (pdu) pdus.push_back(std::move(*pdu));
    }
    kept.push_back(std::move(reader));
    return pdus;
  }

  Bytes proof(std::string_view password = {"\4\5\6", 3}) const {
    return make_credentials(clock.now(), 77, {"STATION", as_bytes(password)}, options.hash);
  }

  void say_pdu(ByteView pdu) {
    Bytes message;
    append_pdu_message(pdu, message);
    user.receive(message, now(), out);
  }
  void say(const ProviderPdu& pdu) { say_pdu(encode(pdu, options.dialect)); }
  void say_items(const std::vector<BufferItem>& items) { say_pdu(encode_transfer_buffer(items, options.dialect)); }

  void connect(const TimeRange& range = {}) { user.connected(range, now(), out); }
  void become_active() {
    connect();
    say(BindReturn{{}, "STATION", 4, {}});
    say(StartReturn{{}, 0, {}});
    ASSERT_EQ(user.state(), UserState::active);
    out.clear();
  }
  void pass(Milliseconds time, bool reading = true) {
    clock.advance(time);
    user.tick(now(), reading, out);
  }

  const Ended* ended() const { return out.events.empty() ? nullptr : std::get_if<Ended>(&out.events.back()); }
  ::testing::AssertionResult ended_with(EndKind kind, std::optional<AbortDiagnostic> abort) const {
    const Ended* end = ended();
    if (end == nullptr) return ::testing::AssertionFailure() << "has not ended";
    if (user.state() != UserState::unbound) return ::testing::AssertionFailure() << "is not unbound";
    const int expected = abort ? static_cast<int>(*abort) : -1;
    const int found = end->abort ? int{*end->abort} : -1;
    if (end->kind == kind && found == expected) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "ended with: " << end->message;
  }

  UserOptions options;
  ManualClock clock{kStart};
  std::uint32_t random = 0xFFFFFFF0;
  User user;
  UserOutput out;
  TransportContext context;
  unsigned heartbeats = 0;
  Bytes said;
  std::vector<MessageReader> kept;
};

AnnotatedFrame frame(ByteView data, CredentialsView credentials = {}) {
  return {credentials, kStart, as_bytes("A"), false, 0, FrameQuality::good, {}, data};
}
const Bytes kData = {1, 2, 3, 4};

TEST(SleUser, BindsThenStartsThenGivesFrames) {
  Association association;
  association.connect({kStart, kStart + Seconds(60)});
  auto sent = association.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(association.context, (TransportContext{30, 3}));
  const auto& bind = std::get<BindInvocation>(sent[0]);
  EXPECT_EQ(bind.initiator, "DOWNLINKD");
  EXPECT_EQ(bind.responder_port, "PORT1");
  EXPECT_EQ(bind.version, 4);
  EXPECT_EQ(bind.service_instance, kInstance);
  EXPECT_EQ(association.user.state(), UserState::bind_pending);

  association.say(BindReturn{{}, "STATION", 4, {}});
  EXPECT_EQ(association.user.state(), UserState::start_pending);
  sent = association.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(std::get<StartInvocation>(sent[0]).start, kStart);
  EXPECT_EQ(std::get<StartInvocation>(sent[0]).stop, kStart + Seconds(60));

  association.say(StartReturn{{}, 0, {}});
  EXPECT_EQ(association.user.state(), UserState::active);
  association.say_items({frame(kData), SyncNotification{{}, EndOfData{}}});
  ASSERT_EQ(association.out.events.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<Bound>(association.out.events[0]));
  EXPECT_TRUE(std::holds_alternative<Started>(association.out.events[1]));
  EXPECT_EQ(std::get<AnnotatedFrame>(association.out.events[2]).data[3], 4);
  EXPECT_TRUE(std::holds_alternative<SyncNotification>(association.out.events[3]));
}

TEST(SleUser, StopsAndUnbindsWhenItIsToFinish) {
  Association association;
  association.become_active();
  association.user.finish(UnbindReason::suspend, association.now(), association.out);
  EXPECT_EQ(association.user.state(), UserState::stop_pending);
  auto sent = association.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<StopInvocation>(sent[0]));

  association.say_items({frame(kData)});  // was on its way
  EXPECT_TRUE(std::holds_alternative<AnnotatedFrame>(association.out.events.at(0)));
  association.say(StopReturn{{}, 1, {}});
  EXPECT_EQ(association.user.state(), UserState::unbind_pending);
  sent = association.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(std::get<UnbindInvocation>(sent[0]).reason, 1);
  association.say(UnbindReturn{});
  EXPECT_TRUE(association.ended_with(EndKind::unbound, {}));
}

TEST(SleUser, FinishesWhateverIsPending) {
  Association binding;
  binding.connect();
  binding.user.finish(UnbindReason::end, binding.now(), binding.out);
  binding.sent();
  binding.say(BindReturn{{}, "STATION", 4, {}});
  EXPECT_EQ(binding.user.state(), UserState::unbind_pending);

  Association starting;
  starting.connect();
  starting.say(BindReturn{{}, "STATION", 4, {}});
  starting.user.finish(UnbindReason::end, starting.now(), starting.out);
  EXPECT_EQ(starting.user.state(), UserState::start_pending);
  starting.say(StartReturn{{}, 0, {}});
  EXPECT_EQ(starting.user.state(), UserState::stop_pending);
}

TEST(SleUser, SaysWhyItWasRefused) {
  Association association;
  association.connect();
  association.say(BindReturn{{}, "STATION", 0, std::uint8_t{3}});
  ASSERT_TRUE(association.ended_with(EndKind::refused, {}));
  EXPECT_EQ(association.ended()->message, "BIND of '" + kInstance + "' was refused: no such service instance");
  EXPECT_NE(association.ended()->action.find("'service_instance'"), std::string::npos);

  Association unknown;
  unknown.connect();
  unknown.say(BindReturn{{}, "STATION", 0, std::uint8_t{42}});
  EXPECT_EQ(unknown.ended()->message, "BIND of '" + kInstance + "' was refused: diagnostic 42");
}

TEST(SleUser, UnbindsWhenStartIsRefused) {
  Association association;
  association.connect();
  association.say(BindReturn{{}, "STATION", 4, {}});
  association.sent();
  association.say(StartReturn{{}, 0, Diagnostic{true, 2}});
  EXPECT_EQ(association.user.state(), UserState::unbind_pending);
  EXPECT_TRUE(std::holds_alternative<UnbindInvocation>(association.sent().at(0)));
  association.say(UnbindReturn{});
  ASSERT_TRUE(association.ended_with(EndKind::refused, {}));
  EXPECT_EQ(association.ended()->message, "START of '" + kInstance + "' was refused: invalid start time");
}

TEST(SleUser, UnbindsFromAnotherVersion) {
  Association association;
  association.connect();
  association.sent();
  association.say(BindReturn{{}, "STATION", 2, {}});
  EXPECT_EQ(std::get<UnbindInvocation>(association.sent().at(0)).reason, 2);
  association.say(UnbindReturn{});
  ASSERT_TRUE(association.ended_with(EndKind::refused, {}));
  EXPECT_EQ(association.ended()->message, "the provider speaks version 2 of the service, expected 4");
}

TEST(SleUser, AbortsForAnotherResponder) {
  Association association;
  association.connect();
  association.say(BindReturn{{}, "OTHER", 4, {}});
  ASSERT_TRUE(association.ended_with(EndKind::not_authentic, AbortDiagnostic::unexpected_responder_id));
  EXPECT_EQ(association.ended()->message, "the provider calls itself 'OTHER', expected 'STATION'");
}

TEST(SleUser, ProvesItselfInEveryOperationWhenAllAreAuthenticated) {
  Association association(agreed(Authentication::all));
  const Identity own{"DOWNLINKD", association.options.password};
  const auto proven = [&](CredentialsView credentials) {
    return check_credentials(credentials, own, Hash::sha256, kStart, Milliseconds(0)).has_value();
  };
  association.connect();
  EXPECT_TRUE(proven(std::get<BindInvocation>(association.sent().at(0)).credentials));
  association.say(BindReturn{association.proof(), "STATION", 4, {}});
  EXPECT_TRUE(proven(std::get<StartInvocation>(association.sent().at(0)).credentials));
  association.say(StartReturn{association.proof(), 0, {}});
  association.user.finish(UnbindReason::end, association.now(), association.out);
  EXPECT_TRUE(proven(std::get<StopInvocation>(association.sent().at(0)).credentials));
  association.say(StopReturn{association.proof(), 1, {}});
  EXPECT_TRUE(proven(std::get<UnbindInvocation>(association.sent().at(0)).credentials));
  association.say(UnbindReturn{association.proof()});
  EXPECT_TRUE(association.ended_with(EndKind::unbound, {}));
}

TEST(SleUser, ProvesItselfInBindOnlyWhenThatIsAgreed) {
  Association association(agreed(Authentication::bind));
  association.connect();
  EXPECT_FALSE(std::get<BindInvocation>(association.sent().at(0)).credentials.empty());
  association.say(BindReturn{association.proof(), "STATION", 4, {}});
  EXPECT_TRUE(std::get<StartInvocation>(association.sent().at(0)).credentials.empty());
  association.say(StartReturn{{}, 0, {}});
  association.say_items({frame(kData)});
  EXPECT_EQ(association.user.state(), UserState::active);
}

TEST(SleUser, AbortsWhenTheProviderDoesNotProveItself) {
  Association without(agreed(Authentication::bind));
  without.connect();
  without.say(BindReturn{{}, "STATION", 4, {}});
  EXPECT_TRUE(without.ended_with(EndKind::not_authentic, AbortDiagnostic::access_denied));

  Association wrong(agreed(Authentication::all));
  wrong.connect();
  wrong.say(BindReturn{wrong.proof("wrong"), "STATION", 4, {}});
  ASSERT_TRUE(wrong.ended_with(EndKind::not_authentic, AbortDiagnostic::access_denied));
  EXPECT_EQ(wrong.ended()->message,
            "the credentials of 'STATION' are not made with the password that is configured for it");

  Association late(agreed(Authentication::all));
  late.connect();
  const Bytes proof = late.proof();
  late.clock.step_wall_clock(Seconds(181));
  late.say(BindReturn{proof, "STATION", 4, {}});
  EXPECT_TRUE(late.ended_with(EndKind::not_authentic, AbortDiagnostic::access_denied));
}

TEST(SleUser, GivesTheFramesInFrontOfOneThatIsNotAuthentic) {
  Association association(agreed(Authentication::all));
  association.connect();
  association.say(BindReturn{association.proof(), "STATION", 4, {}});
  association.say(StartReturn{association.proof(), 0, {}});
  association.out.clear();
  const Bytes good = association.proof();
  association.say_items({frame(kData, good), frame(kData)});
  ASSERT_EQ(association.out.events.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<AnnotatedFrame>(association.out.events[0]));
  EXPECT_TRUE(association.ended_with(EndKind::not_authentic, AbortDiagnostic::access_denied));
}

TEST(SleUser, AbortsWhenAnOperationIsNotAnswered) {
  const auto unanswered = [](Association& association) {
    association.pass(Milliseconds(14'999));
    EXPECT_EQ(association.ended(), nullptr);
    EXPECT_NE(association.user.state(), UserState::unbound);
    association.pass(Milliseconds(1));
    EXPECT_TRUE(association.ended_with(EndKind::no_return, AbortDiagnostic::return_timeout));
    return association.ended()->message;
  };
  Association binding;
  binding.connect();
  EXPECT_EQ(unanswered(binding), "the provider did not answer BIND within 15 s");
  Association starting;
  starting.connect();
  starting.say(BindReturn{{}, "STATION", 4, {}});
  EXPECT_EQ(unanswered(starting), "the provider did not answer START within 15 s");
  Association stopping;
  stopping.become_active();
  stopping.user.finish(UnbindReason::end, stopping.now(), stopping.out);
  EXPECT_EQ(unanswered(stopping), "the provider did not answer STOP within 15 s");
  Association unbinding;
  unbinding.become_active();
  unbinding.user.finish(UnbindReason::end, unbinding.now(), unbinding.out);
  unbinding.say(StopReturn{{}, 1, {}});
  EXPECT_EQ(unanswered(unbinding), "the provider did not answer UNBIND within 15 s");
}

TEST(SleUser, SendsHeartbeatsWhenItHasNothingElseToSay) {
  Association association;
  association.become_active();
  EXPECT_EQ(association.user.next_deadline(), association.clock.steady_now() + Seconds(30));
  association.pass(Milliseconds(29'999));
  association.sent();
  EXPECT_EQ(association.heartbeats, 0U);
  association.pass(Milliseconds(1));
  association.sent();
  EXPECT_EQ(association.heartbeats, 1U);
}

TEST(SleUser, TakesASilentProviderForDead) {
  Association association;
  association.become_active();
  association.pass(Milliseconds(89'999));
  EXPECT_EQ(association.user.state(), UserState::active);
  Bytes heartbeat;
  append_heartbeat_message(heartbeat);
  association.user.receive(heartbeat, association.now(), association.out);
  association.pass(Milliseconds(89'999));
  EXPECT_EQ(association.user.state(), UserState::active);
  association.pass(Milliseconds(1));
  EXPECT_TRUE(association.ended_with(EndKind::no_heartbeat, AbortDiagnostic::communications_failure));
}

TEST(SleUser, TakesNobodyForDeadWhileItDoesNotRead) {
  Association association;
  association.become_active();
  for (int i = 0; i < 10; ++i) association.pass(Milliseconds(60'000), false);
  EXPECT_EQ(association.user.state(), UserState::active);
  association.pass(Milliseconds(89'999));
  EXPECT_EQ(association.user.state(), UserState::active);
}

TEST(SleUser, NeedsNoHeartbeatsWhereNoneAreAgreed) {
  UserOptions without = agreed();
  without.transport = {0, 0};
  Association association(without);
  association.become_active();
  EXPECT_EQ(association.user.next_deadline(), std::nullopt);
  association.pass(Milliseconds(3'600'000));
  EXPECT_EQ(association.user.state(), UserState::active);
  EXPECT_TRUE(association.out.send.empty());
}

TEST(SleUser, EndsWithAnAbortOfTheProvider) {
  Association pdu;
  pdu.become_active();
  pdu.say(PeerAbort{7});
  ASSERT_TRUE(pdu.ended_with(EndKind::aborted, {}));
  EXPECT_EQ(pdu.ended()->message, "the provider aborted: end of service provision period");

  Association urgent;
  urgent.become_active();
  urgent.user.connection_lost("End of file", Byte{2}, urgent.out);
  ASSERT_TRUE(urgent.ended_with(EndKind::aborted, {}));
  EXPECT_EQ(urgent.ended()->message, "the provider aborted: operational requirement");

  Association lost;
  lost.become_active();
  lost.user.connection_lost("End of file", {}, lost.out);
  EXPECT_TRUE(lost.ended_with(EndKind::connection_lost, {}));
}

TEST(SleUser, AbortsForWhatItDidNotAskFor) {
  const auto after = [](const auto& prepare, const ProviderPdu& pdu) {
    Association association;
    prepare(association);
    association.say(pdu);
    return association.ended() != nullptr ? association.ended()->abort : std::nullopt;
  };
  const auto bound = [](Association& association) { association.connect(); };
  const auto started = [](Association& association) { association.become_active(); };
  const auto abort = [](AbortDiagnostic diagnostic) { return static_cast<Byte>(diagnostic); };
  EXPECT_EQ(after(bound, StartReturn{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(bound, UnbindReturn{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(bound, TransferBuffer{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(bound, StatusReport{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(started, BindReturn{{}, "STATION", 4, {}}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(started, StartReturn{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(started, StopReturn{}), abort(AbortDiagnostic::protocol_error));
  EXPECT_EQ(after(started, ScheduleStatusReportReturn{}), abort(AbortDiagnostic::unsolicited_invoke_id));
  EXPECT_EQ(after(started, GetParameterReturn{{}, 0, Parameter{ParameterName::buffer_size, 1U}}),
            abort(AbortDiagnostic::unsolicited_invoke_id));
  const auto binding_done = [](Association& association) {
    association.connect();
    association.say(BindReturn{{}, "STATION", 4, {}});
  };
  EXPECT_EQ(after(binding_done, StartReturn{{}, 9, {}}), abort(AbortDiagnostic::unsolicited_invoke_id));
}

TEST(SleUser, AbortsForWhatCannotBeRead) {
  Association garbage;
  garbage.become_active();
  garbage.user.receive(as_bytes("HTTP/1.1 400 Bad Request\r\n"), garbage.now(), garbage.out);
  EXPECT_TRUE(garbage.ended_with(EndKind::protocol_error, AbortDiagnostic::communications_failure));

  Association pdu;
  pdu.become_active();
  pdu.say_pdu(as_bytes("no PDU"));
  EXPECT_TRUE(pdu.ended_with(EndKind::protocol_error, AbortDiagnostic::encoding_error));

  Association context;
  context.become_active();
  Bytes message;
  append_context_message({30, 3}, message);
  context.user.receive(message, context.now(), context.out);
  EXPECT_TRUE(context.ended_with(EndKind::protocol_error, AbortDiagnostic::protocol_error));
}

TEST(SleUser, SaysNothingAfterTheEnd) {
  Association association;
  association.become_active();
  association.user.connection_lost("End of file", {}, association.out);
  association.out.clear();
  association.say_items({frame(kData)});
  association.pass(Milliseconds(1'000'000));
  association.user.finish(UnbindReason::end, association.now(), association.out);
  association.user.connection_lost("again", {}, association.out);
  association.user.abort(AbortDiagnostic::other_reason, "again", association.out);
  EXPECT_TRUE(association.out.events.empty());
  EXPECT_TRUE(association.out.send.empty());
  EXPECT_EQ(association.user.next_deadline(), std::nullopt);
}

TEST(SleUser, BeginsAnewWithTheNextConnection) {
  Association association;
  association.become_active();
  // The old connection ends within a message.
  association.user.receive(Bytes{1, 0, 0, 0, 0}, association.now(), association.out);
  association.user.connection_lost("reset", {}, association.out);
  association.out.clear();
  association.become_active();
  association.say_items({frame(kData)});
  EXPECT_TRUE(std::holds_alternative<AnnotatedFrame>(association.out.events.at(0)));
}

TEST(SleUser, AsksForReportsAndPassesThemOn) {
  UserOptions with_reports = agreed();
  with_reports.report_cycle_s = 60;
  Association association(with_reports);
  association.connect();
  association.say(BindReturn{{}, "STATION", 4, {}});
  association.sent();
  association.say(StartReturn{{}, 0, {}});
  const auto sent = association.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(std::get<ScheduleStatusReportInvocation>(sent[0]).cycle_s, 60);
  association.say(ScheduleStatusReportReturn{{}, 1, Diagnostic{true, 2}});  // refused: nothing happens
  EXPECT_EQ(association.user.state(), UserState::active);
  StatusReport report;
  report.delivered_frames = 12;
  association.say(report);
  EXPECT_EQ(std::get<StatusReport>(association.out.events.back()).delivered_frames, 12U);
}

// Whatever a provider sends, and however it is cut, the user ends or goes on: it never crashes and never hangs.
TEST(SleUser, SurvivesEveryTurnedBitOfAnAssociation) {
  Bytes stream;
  append_pdu_message(encode(ProviderPdu(BindReturn{{}, "STATION", 4, {}}), {Service::raf, 4}), stream);
  append_pdu_message(encode(ProviderPdu(StartReturn{{}, 0, {}}), {Service::raf, 4}), stream);
  const std::vector<BufferItem> items = {frame(kData), SyncNotification{{}, EndOfData{}}};
  append_pdu_message(encode_transfer_buffer(items, {Service::raf, 4}), stream);
  for (std::size_t bit = 0; bit < 8 * stream.size(); ++bit) {
    Bytes damaged = stream;
    damaged[bit / 8] = static_cast<Byte>(damaged[bit / 8] ^ (1U << (bit % 8)));
    Association association;
    association.connect();
    for (std::size_t at = 0; at < damaged.size(); at += 5) {
      association.user.receive(ByteView(damaged).subspan(at, std::min<std::size_t>(5, damaged.size() - at)),
                               association.now(), association.out);
    }
    EXPECT_LE(association.out.events.size(), 5U);
  }
}

}  // namespace
}  // namespace dl::link::sle
