// One user of the simulated provider (tools/downlink-sim/sle_provider.h).
#pragma once

#include <chrono>
#include <string_view>

#include "link/sle/isp1.h"
#include "link/sle/provider_codec.h"
#include "tools/downlink-sim/sle_provider.h"

namespace dl::sim {

class SleProviderSession {
 public:
  SleProviderSession(SleProvider& provider, FileDescriptor socket);

  // Blocks until the connection is over or the provider stops.
  void run();

 private:
  using SteadyClock = std::chrono::steady_clock;
  enum class State { unbound, ready, active };

  void read();
  void handle(const link::sle::Message& message);
  void answer(const link::sle::BindInvocation& bind);
  void answer(const link::sle::UnbindInvocation& unbind);
  void answer(const link::sle::StartInvocation& start);
  void answer(const link::sle::StopInvocation& stop);
  void answer(const link::sle::ScheduleStatusReportInvocation& schedule);
  void answer(const link::sle::GetParameterInvocation& get);
  void answer(const link::sle::PeerAbort& abort);
  [[nodiscard]] std::optional<std::uint8_t> refusal_of(const link::sle::BindInvocation& bind);
  [[nodiscard]] bool proven(ByteView credentials, bool bind) const;

  void deliver();
  void deliver_buffer(std::size_t until);
  void skip_for_slow_user(std::size_t until);
  [[nodiscard]] bool drops() const { return timely_ && provider_.options_.frames_per_s > 0; }
  [[nodiscard]] std::size_t produced() const;
  [[nodiscard]] bool is_asked_for(std::size_t index) const;
  void end_delivery();
  void begin_delivery_at(const std::optional<UtcTime>& start);

  // Whether the fault is due for the first time, `delivered` frames having gone out.
  bool due(std::string_view fault, std::uint64_t after);
  void do_faults();
  void beat();
  void send(const link::sle::ProviderPdu& pdu);
  void send_pdu(ByteView pdu);
  void flush();
  void abort(Byte diagnostic);
  ByteView credentials(bool bind);

  SleProvider& provider_;
  FileDescriptor socket_;
  link::sle::MessageReader reader_;
  link::sle::TransportContext context_;
  link::sle::Dialect dialect_;
  State state_ = State::unbound;
  bool offline_ = false;
  bool timely_ = false;
  bool over_ = false;
  bool closing_ = false;  // when the outbox is empty
  bool silent_ = false;
  link::sle::StartInvocation start_;
  std::size_t next_ = 0;
  std::size_t first_ = 0;  // of this START, for the clock of production
  std::uint64_t missing_ = 0;
  bool is_first_frame_ = true;
  bool told_backlog_ = false;  // since the last frame
  bool ended_ = false;
  Bytes outbox_;
  Bytes credentials_;
  SteadyClock::time_point started_at_{};
  SteadyClock::time_point last_sent_{};
  SteadyClock::time_point last_received_{};
};

}  // namespace dl::sim
