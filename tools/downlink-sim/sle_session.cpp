#include "tools/downlink-sim/sle_session.h"

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <random>

#include "core/clock.h"

namespace dl::sim {
namespace {

namespace sle = link::sle;

constexpr int kPollMs = 5;
constexpr std::size_t kOutboxBytes = 256U << 10;  // online complete: more is made when this has gone out
constexpr std::size_t kReadBytes = 64U << 10;
constexpr Milliseconds kAcceptableDelay{180'000};

UtcTime utc_now() {
  return SystemClock().now();
}

// CCSDS 132.0-B 4.1.2 (TM) and 732.0-B 4.1.2 (AOS).
sle::ChannelId channel_of(ByteView frame) {
  sle::ChannelId channel;
  if (frame.size() < 2) return channel;
  const std::uint16_t id = read_u16(frame, 0);
  channel.frame_version = static_cast<std::uint8_t>(id >> 14);
  if (channel.frame_version == 0) {
    channel.spacecraft_id = (id >> 4) & 0x3FF;
    channel.vcid = static_cast<std::uint8_t>((id >> 1) & 7);
  } else {
    channel.spacecraft_id = (id >> 6) & 0xFF;
    channel.vcid = static_cast<std::uint8_t>(id & 0x3F);
  }
  return channel;
}

}  // namespace

SleProviderSession::SleProviderSession(SleProvider& provider, FileDescriptor socket)
    : provider_(provider), socket_(std::move(socket)) {
  const int on = 1;
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

void SleProviderSession::run() {
  last_received_ = last_sent_ = SteadyClock::now();
  while (!over_ && !provider_.stopping_) {
    pollfd poll{socket_.get(), static_cast<short>(POLLIN | (outbox_.empty() ? 0 : POLLOUT)), 0};
    ::poll(&poll, 1, kPollMs);
    if ((poll.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read();
    if (state_ == State::active && !over_) deliver();
    if (!over_) beat();
    if (!over_) flush();
  }
}

void SleProviderSession::read() {
  Bytes buffer(kReadBytes);
  // The diagnostic of an abort is urgent data; reading stops in front of it.
  const bool at_urgent_byte = ::sockatmark(socket_.get()) == 1;
  const auto count = ::recv(socket_.get(), buffer.data(), at_urgent_byte ? 1 : buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0 && at_urgent_byte) return answer(sle::PeerAbort{buffer[0]});
  if (count <= 0) {
    over_ = true;
    return;
  }
  last_received_ = SteadyClock::now();
  reader_.push(ByteView(buffer).first(static_cast<std::size_t>(count)));
  while (!over_) {
    const auto message = reader_.next();
    if (!message) return abort(static_cast<Byte>(sle::AbortDiagnostic::communications_failure));
    if (!*message) return;
    handle(**message);
  }
}

void SleProviderSession::handle(const sle::Message& message) {
  if (message.type == sle::MessageType::heartbeat) return;
  if (message.type == sle::MessageType::context) {
    if (const auto context = sle::parse_context(message.body)) context_ = *context;
    return;
  }
  if (provider_.options_.faults.silent_on_bind) return;
  const auto pdu = sle::decode_user_pdu(message.body, dialect_.service);
  if (!pdu) return abort(static_cast<Byte>(sle::AbortDiagnostic::encoding_error));
  std::visit([this](const auto& each) { answer(each); }, *pdu);
}

std::optional<std::uint8_t> SleProviderSession::refusal_of(const sle::BindInvocation& bind) {
  const SleProviderOptions& options = provider_.options_;
  if (bind.initiator != options.user || !proven(bind.credentials, true)) return 0;
  if (bind.service_type != 0 && bind.service_type != 2) return 1;
  if (bind.version < 1 || bind.version > sle::kNewestVersion) return 2;
  if (!options.service_instance.empty() && bind.service_instance != options.service_instance) return 3;
  if (options.faults.refuse_bind && due("refuse_bind", 0)) return options.faults.refuse_bind;
  return std::nullopt;
}

bool SleProviderSession::proven(ByteView credentials, bool bind) const {
  const SleProviderOptions& options = provider_.options_;
  if (options.authentication == sle::Authentication::none) return true;
  if (options.authentication == sle::Authentication::bind && !bind) return true;
  return sle::check_credentials(credentials, {options.user, options.user_password}, options.hash, utc_now(),
                                kAcceptableDelay)
      .has_value();
}

void SleProviderSession::answer(const sle::BindInvocation& bind) {
  const auto refusal = refusal_of(bind);
  {
    const std::lock_guard lock(provider_.shared_.mutex);
    ++(refusal ? provider_.shared_.counts.binds_refused : provider_.shared_.counts.binds);
  }
  if (refusal) {
    send(sle::BindReturn{{}, provider_.options_.name, 0, refusal});
    closing_ = true;
    return;
  }
  dialect_ = {bind.service_type == 0 ? sle::Service::raf : sle::Service::rcf, bind.version};
  offline_ = bind.service_instance.find("=offl") != std::string::npos;
  timely_ = bind.service_instance.find("=onlt") != std::string::npos;
  if (timely_) {
    const int bytes = static_cast<int>(provider_.options_.timely_buffer_bytes);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  state_ = State::ready;
  send(sle::BindReturn{credentials(true), provider_.options_.name, bind.version, {}});
}

void SleProviderSession::answer(const sle::UnbindInvocation& unbind) {
  if (!proven(unbind.credentials, false)) return abort(static_cast<Byte>(sle::AbortDiagnostic::access_denied));
  send(sle::UnbindReturn{credentials(false)});
  const std::lock_guard lock(provider_.shared_.mutex);
  ++provider_.shared_.counts.unbinds;
  if (ended_) ++provider_.shared_.counts.completed;
  closing_ = true;
}

void SleProviderSession::answer(const sle::StartInvocation& start) {
  if (!proven(start.credentials, false)) return abort(static_cast<Byte>(sle::AbortDiagnostic::access_denied));
  if (state_ != State::ready) return abort(static_cast<Byte>(sle::AbortDiagnostic::protocol_error));
  std::optional<sle::Diagnostic> refusal;
  if (offline_ && !(start.start && start.stop)) refusal = sle::Diagnostic{true, 4};
  if (provider_.options_.faults.refuse_start && due("refuse_start", 0)) {
    refusal = sle::Diagnostic{true, *provider_.options_.faults.refuse_start};
  }
  send(sle::StartReturn{credentials(false), start.invoke_id, refusal});
  if (refusal) return;
  start_ = start;
  begin_delivery_at(start.start);
  state_ = State::active;
}

void SleProviderSession::begin_delivery_at(const std::optional<UtcTime>& start) {
  const auto& frames = provider_.frames_;
  const std::lock_guard lock(provider_.shared_.mutex);
  ++provider_.shared_.counts.starts;
  if (start) provider_.shared_.counts.last_start_time = start;
  next_ = offline_ ? 0 : provider_.shared_.next_online;
  if (start && !timely_) {
    next_ = static_cast<std::size_t>(
        std::lower_bound(frames.begin(), frames.end(), *start,
                         [](const SleFrame& frame, UtcTime time) { return frame.earth_receive_time < time; }) -
        frames.begin());
    const std::size_t resent = std::min<std::size_t>(next_, provider_.options_.faults.resend_frames);
    if (resent != 0 && provider_.shared_.counts.starts > 1 && provider_.shared_.faults_done.insert("resend").second) {
      next_ -= resent;
    }
  }
  first_ = next_;
  missing_ = 0;
  is_first_frame_ = true;
  told_backlog_ = false;
  ended_ = false;
  started_at_ = SteadyClock::now();
}

void SleProviderSession::answer(const sle::StopInvocation& stop) {
  if (!proven(stop.credentials, false)) return abort(static_cast<Byte>(sle::AbortDiagnostic::access_denied));
  state_ = State::ready;
  send(sle::StopReturn{credentials(false), stop.invoke_id, {}});
}

void SleProviderSession::answer(const sle::ScheduleStatusReportInvocation& schedule) {
  send(sle::ScheduleStatusReportReturn{credentials(false), schedule.invoke_id, {}});
  sle::StatusReport report;
  report.credentials = credentials(false);
  report.delivered_frames = static_cast<std::uint32_t>(next_ - first_);
  report.error_free_frames = report.delivered_frames;
  send(report);
}

void SleProviderSession::answer(const sle::GetParameterInvocation& get) {
  if (get.parameter != sle::ParameterName::delivery_mode) {
    return send(sle::GetParameterReturn{credentials(false), get.invoke_id, sle::Diagnostic{true, 0}});
  }
  const std::uint32_t mode = offline_ ? 2 : timely_ ? 0 : 1;
  send(sle::GetParameterReturn{credentials(false), get.invoke_id, sle::Parameter{get.parameter, mode}});
}

void SleProviderSession::answer(const sle::PeerAbort&) {
  const std::lock_guard lock(provider_.shared_.mutex);
  ++provider_.shared_.counts.aborts_received;
  over_ = true;
}

// ---- Delivery

// Frames that are there by now: all of an offline service, and what has been received at the given rate online.
std::size_t SleProviderSession::produced() const {
  const std::size_t all = provider_.frames_.size();
  if (offline_ || provider_.options_.frames_per_s == 0) return all;
  const double elapsed_s = std::chrono::duration<double>(SteadyClock::now() - started_at_).count();
  return std::min(all, first_ + static_cast<std::size_t>(elapsed_s * provider_.options_.frames_per_s));
}

bool SleProviderSession::is_asked_for(std::size_t index) const {
  const SleFrame& frame = provider_.frames_[index];
  const bool erred = provider_.options_.faults.erred_frames.contains(index);
  if (start_.stop && frame.earth_receive_time > *start_.stop) return false;
  if (dialect_.service == sle::Service::raf) {
    return start_.quality == sle::RequestedQuality::all_frames ||
           (start_.quality == sle::RequestedQuality::good_frames_only) == !erred;
  }
  sle::ChannelId channel = channel_of(frame.data);
  if (!start_.channel.vcid) channel.vcid.reset();
  return !erred && channel == start_.channel;
}

void SleProviderSession::deliver() {
  if (silent_) return;
  const std::size_t until = produced();
  const std::size_t most_bytes = drops() ? provider_.options_.timely_buffer_bytes : kOutboxBytes;
  while (next_ < until && outbox_.size() < most_bytes && state_ == State::active && !over_ && !silent_) {
    deliver_buffer(until);
  }
  if (drops() && next_ < until && state_ == State::active && !over_ && !silent_) skip_for_slow_user(until);
  if (next_ == provider_.frames_.size() && !ended_ && !over_ && !silent_) end_delivery();
}

void SleProviderSession::skip_for_slow_user(std::size_t until) {
  if (!std::exchange(told_backlog_, true)) {
    const std::vector<sle::BufferItem> told = {sle::SyncNotification{credentials(false), sle::ExcessiveDataBacklog{}}};
    send_pdu(sle::encode_transfer_buffer(told, dialect_));
  }
  const std::uint64_t missing_before = missing_;
  for (; next_ < until; ++next_) missing_ += is_asked_for(next_) ? 1 : 0;
  const std::lock_guard lock(provider_.shared_.mutex);
  provider_.shared_.counts.frames_dropped += missing_ - missing_before;
  provider_.shared_.next_online = next_;
}

void SleProviderSession::deliver_buffer(std::size_t until) {
  std::vector<sle::BufferItem> items;
  const ByteView proof = credentials(false);
  std::uint64_t asked_for = 0;
  for (; next_ < until && items.size() < provider_.options_.frames_per_buffer; ++next_) {
    if (!is_asked_for(next_)) continue;
    if (!offline_ && provider_.options_.faults.lost_online.contains(next_)) {
      ++missing_;
      continue;
    }
    const SleFrame& frame = provider_.frames_[next_];
    sle::AnnotatedFrame annotated;
    annotated.credentials = proof;
    annotated.earth_receive_time = frame.earth_receive_time;
    annotated.antenna = as_bytes("SIMULATED");
    annotated.data_link_continuity = is_first_frame_ ? sle::kFirstFrame : static_cast<std::int32_t>(missing_);
    annotated.quality =
        provider_.options_.faults.erred_frames.contains(next_) ? sle::FrameQuality::erred : sle::FrameQuality::good;
    annotated.data = frame.data;
    items.emplace_back(annotated);
    is_first_frame_ = false;
    missing_ = 0;
    ++asked_for;
  }
  if (!items.empty()) {
    send_pdu(sle::encode_transfer_buffer(items, dialect_));
    told_backlog_ = false;
  }
  {
    const std::lock_guard lock(provider_.shared_.mutex);
    provider_.shared_.counts.frames += asked_for;
    provider_.shared_.delivered += asked_for;
    if (!offline_) provider_.shared_.next_online = next_;
  }
  do_faults();
}

void SleProviderSession::end_delivery() {
  ended_ = true;
  const std::vector<sle::BufferItem> told = {sle::SyncNotification{credentials(false), sle::EndOfData{}}};
  send_pdu(sle::encode_transfer_buffer(told, dialect_));
}

// ---- Faults

bool SleProviderSession::due(std::string_view fault, std::uint64_t after) {
  const std::lock_guard lock(provider_.shared_.mutex);
  if (provider_.shared_.delivered < after) return false;
  return provider_.shared_.faults_done.insert(std::string(fault)).second;
}

void SleProviderSession::do_faults() {
  const SleFaults& faults = provider_.options_.faults;
  if (faults.loss_of_sync_after_frames != 0 && due("loss_of_sync", faults.loss_of_sync_after_frames)) {
    const sle::LossOfFrameSync loss{utc_now(), sle::LockStatus::in_lock, sle::LockStatus::not_in_use,
                                    sle::LockStatus::out_of_lock};
    const std::vector<sle::BufferItem> told = {
        sle::SyncNotification{credentials(false), loss},
        sle::SyncNotification{credentials(false), sle::ProductionStatusChange{sle::ProductionStatus::interrupted}},
        sle::SyncNotification{credentials(false), sle::ProductionStatusChange{sle::ProductionStatus::running}}};
    send_pdu(sle::encode_transfer_buffer(told, dialect_));
  }
  if (faults.abort_after_frames != 0 && due("abort", faults.abort_after_frames)) {
    return abort(static_cast<Byte>(sle::AbortDiagnostic::operational_requirement));
  }
  if (faults.cut_after_frames != 0 && due("cut", faults.cut_after_frames)) {
    flush();
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    over_ = true;
  }
  if (faults.garbage_after_frames != 0 && due("garbage", faults.garbage_after_frames)) {
    const ByteView garbage = as_bytes("GET / HTTP/1.1\r\n\r\n");
    outbox_.insert(outbox_.end(), garbage.begin(), garbage.end());
  }
  if (faults.silence_after_frames != 0 && due("silence", faults.silence_after_frames)) silent_ = true;
}

// ---- The connection

void SleProviderSession::beat() {
  const std::chrono::seconds heartbeat(context_.heartbeat_s);
  if (heartbeat.count() == 0 || silent_ || provider_.options_.faults.silent_on_bind) return;
  const auto now = SteadyClock::now();
  if (now - last_received_ > heartbeat * context_.dead_factor) {
    return abort(static_cast<Byte>(sle::AbortDiagnostic::communications_failure));
  }
  if (now - last_sent_ < heartbeat) return;
  sle::append_heartbeat_message(outbox_);
  last_sent_ = now;
}

void SleProviderSession::send(const sle::ProviderPdu& pdu) {
  send_pdu(sle::encode(pdu, dialect_));
}

void SleProviderSession::send_pdu(ByteView pdu) {
  sle::append_pdu_message(pdu, outbox_);
  last_sent_ = SteadyClock::now();
}

void SleProviderSession::flush() {
  while (!outbox_.empty()) {
    const auto count = ::send(socket_.get(), outbox_.data(), outbox_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      over_ = true;
      return;
    }
    outbox_.erase(outbox_.begin(), outbox_.begin() + count);
  }
  if (closing_) over_ = true;
}

// What was made before goes out first, as far as the socket takes it.
void SleProviderSession::abort(Byte diagnostic) {
  flush();
  (void)::send(socket_.get(), &diagnostic, 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket_.get(), SHUT_WR);
  over_ = true;
}

ByteView SleProviderSession::credentials(bool bind) {
  const SleProviderOptions& options = provider_.options_;
  if (options.authentication == sle::Authentication::none) return {};
  if (options.authentication == sle::Authentication::bind && !bind) return {};
  Bytes password = options.password;
  if (options.faults.wrong_credentials) password.push_back(0);
  credentials_ = sle::make_credentials(utc_now(), std::random_device()() & sle::kMostRandom, {options.name, password},
                                       options.hash);
  return credentials_;
}

}  // namespace dl::sim
