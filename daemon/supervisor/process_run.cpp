#include "daemon/supervisor/process_run.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

// How long what the child said last may take to arrive after its end; a grandchild can hold the pipe for ever.
constexpr Milliseconds kLastWords{10'000};
constexpr std::size_t kErrorLineLimitBytes = 4096;

}  // namespace

ProcessRun::ProcessRun(asio::io_context& io, const Clock& clock, std::shared_ptr<Pass> pass, ProcessCommand command,
                       ProcessHandlers handlers)
    : io_(io),
      clock_(clock),
      pass_(std::move(pass)),
      command_(std::move(command)),
      handlers_(std::move(handlers)),
      wake_(io) {}

asio::awaitable<Result<ProcessEnd>> ProcessRun::run(Self self) {
  auto child = ChildProcess::start(self->io_, self->command_.program, self->command_.arguments);
  if (!child) co_return Failure(child.error());
  self->child_.emplace(std::move(*child));
  self->last_word_ = self->clock_.steady_now();
  log_info(fmt::format("pass '{}': downlink-process {} starts", self->pass_->id(), self->child_->pid()));
  asio::co_spawn(self->io_, tell(self), ReportEnd{"telling downlink-process"});
  asio::co_spawn(self->io_, listen(self), ReportEnd{"listening to downlink-process"});
  asio::co_spawn(self->io_, read_errors(self), ReportEnd{"reading errors of downlink-process"});
  asio::co_spawn(self->io_, watch(self), ReportEnd{"watching downlink-process"});

  self->end_.exit = co_await self->child_->wait();
  self->ended_ = true;
  self->pass_->changed().notify();
  self->wake_.notify();
  const SteadyTime deadline = self->clock_.steady_now() + kLastWords;
  while ((self->listening_ || self->reading_errors_) && self->clock_.steady_now() < deadline) {
    co_await self->wake_.wait_for(kLastWords);
  }
  error_code ignored;
  self->child_->control().close(ignored);
  self->child_->errors().close(ignored);
  co_return self->end_;
}

void ProcessRun::stop() {
  if (ended_ || !child_ || end_.stopped) return;
  end_.stopped = true;
  child_->send_signal(SIGTERM);
  last_word_ = clock_.steady_now();
  wake_.notify();
}

bool ProcessRun::has_work() const {
  if (pass_->closed()) return true;
  for (std::size_t reception = 0; reception < command_.quarantine.size(); ++reception) {
    if (pass_->progress.offset(reception) < pass_->synced_bytes(reception)) return true;
  }
  return false;
}

// SIGKILL for one that does not follow SIGTERM, or that has been silent for too long over bytes that it has.
asio::awaitable<void> ProcessRun::watch(Self self) {
  while (!self->ended_) {
    // While a scene waits for a slow journal the child waits for us, not we for it.
    if ((!self->has_work() || self->handling_) && !self->end_.stopped) self->last_word_ = self->clock_.steady_now();
    const Milliseconds limit = self->end_.stopped ? self->command_.kill_delay : self->command_.hang_timeout;
    const auto silence = std::chrono::floor<Milliseconds>(self->clock_.steady_now() - self->last_word_);
    if (silence >= limit) {
      self->end_.last_error_line = fmt::format("it gave no sign of life for {} s and was killed", limit.count() / 1000);
      self->end_.killed = true;
      self->child_->send_signal(SIGKILL);
      co_return;
    }
    co_await self->wake_.wait_for(limit - silence);
  }
}

asio::awaitable<bool> ProcessRun::send(std::string line) {
  error_code error;
  co_await asio::async_write(child_->control(), asio::buffer(line), asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

std::string ProcessRun::start_message() const {
  StartMessage start{.skip = command_.skip, .quarantine = command_.quarantine.front(), .form = pass_->form()};
  start.stop_at_gap = command_.stop_at_gap;
  start.complete = pass_->closed();
  for (std::size_t reception = 1; reception < command_.quarantine.size(); ++reception) {
    const PassReception& one = pass_->receptions()[reception];
    start.receptions.push_back({one.source, one.form, command_.quarantine[reception]});
  }
  return format_start(start);
}

asio::awaitable<void> ProcessRun::tell(Self self) {
  bool alive = co_await self->send(self->start_message());
  std::vector<std::uint64_t> told(self->command_.quarantine.size());
  while (alive && !self->ended_) {
    // What was fetched meanwhile is a reception that the program knows nothing of.
    if (self->pass_->receptions().size() > told.size()) co_return self->stop();
    // The source has been told of a gap before it shows in the frames, or where it does not.
    if (self->command_.stop_at_gap && self->pass_->waits_for_fill()) {
      co_return co_await tell_up_to_gap(self, told.front());
    }
    const bool closed = self->pass_->closed();
    bool news = false;
    for (std::size_t reception = 0; reception < told.size() && alive; ++reception) {
      const std::uint64_t bytes = self->pass_->synced_bytes(reception);
      if (closed) {
        alive = co_await self->send(format_end(bytes, reception));
      } else if (bytes > told[reception]) {
        news = true;
        alive = co_await self->send(format_recorded(bytes, reception));
      }
      told[reception] = bytes;
    }
    if (closed) co_return;
    if (!news) co_await self->pass_->changed().wait();
  }
}

// `told`: bytes that the program may read already.
asio::awaitable<void> ProcessRun::tell_up_to_gap(Self self, std::uint64_t told) {
  const PassFill* fill = self->pass_->fill();
  if (fill->whole_bytes == 0) co_return self->stop();
  const std::uint64_t whole = std::max(fill->whole_bytes, told);
  while (self->pass_->synced_bytes() < whole && !self->ended_) {
    // A disk in trouble has not taken them all.
    if (self->pass_->closed()) co_return self->stop();
    co_await self->pass_->changed().wait();
  }
  if (!self->ended_) co_await self->send(format_gap(whole));
}

asio::awaitable<void> ProcessRun::listen(Self self) {
  std::string buffer;
  error_code error;
  while (true) {
    const std::size_t size =
        co_await asio::async_read_until(self->child_->control(), asio::dynamic_buffer(buffer, kMessageLimitBytes), '\n',
                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    self->last_word_ = self->clock_.steady_now();
    std::string line = buffer.substr(0, size - 1);
    buffer.erase(0, size);
    self->handling_ = true;
    co_await self->handle(std::move(line));
    self->handling_ = false;
    self->last_word_ = self->clock_.steady_now();
  }
  // A line without end: only a broken child sends one.
  if (error == asio::error::not_found) {
    self->end_.killed = true;
    self->child_->send_signal(SIGKILL);
  }
  self->listening_ = false;
  self->wake_.notify();
}

void ProcessRun::take(const ProgressMessage& said) {
  PassProgress& progress = pass_->progress;
  if (said.reception >= command_.quarantine.size()) return;
  progress.offsets.resize(std::max(progress.offsets.size(), command_.quarantine.size()));
  progress.reception = said.reception;
  progress.offsets[said.reception] = said.offset;
  progress.frames = said.frames;
  progress.frames_lost = said.frames_lost;
  progress.symbols_corrected = said.symbols_corrected;
  progress.packets = said.packets;
  progress.lines = said.lines;
  progress.lock = said.lock;
}

asio::awaitable<void> ProcessRun::handle(std::string line) {
  const auto message = parse_process_message(line);
  if (!message) {
    log_warning(fmt::format("pass '{}': {}", pass_->id(), message.error().message));
    co_return;
  }
  if (const auto* progress = std::get_if<ProgressMessage>(&*message)) {
    end_.said_progress = true;
    take(*progress);
  } else if (const auto* scene = std::get_if<SceneMessage>(&*message)) {
    co_await handlers_.scene(scene->id);
  } else if (const auto* incident = std::get_if<IncidentMessage>(&*message)) {
    handlers_.incident(*incident);
  } else if (const auto* rebind = std::get_if<RebindMessage>(&*message)) {
    handlers_.rebind(*rebind);
  } else if (std::holds_alternative<GapMessage>(*message)) {
    end_.found_gap = true;
  } else if (const auto* report = std::get_if<ReportMessage>(&*message)) {
    end_.report_json = report->report_json;
  }
}

asio::awaitable<void> ProcessRun::read_errors(Self self) {
  std::string buffer;
  error_code error;
  while (true) {
    const std::size_t size =
        co_await asio::async_read_until(self->child_->errors(), asio::dynamic_buffer(buffer, kErrorLineLimitBytes),
                                        '\n', asio::redirect_error(asio::use_awaitable, error));
    const bool too_long = error == asio::error::not_found;
    if (error && !too_long) break;
    const std::size_t taken = too_long ? buffer.size() : size;
    self->log_error_line(buffer.substr(0, too_long ? taken : taken - 1));
    buffer.erase(0, taken);
  }
  if (!buffer.empty()) self->log_error_line(std::move(buffer));
  self->reading_errors_ = false;
  self->wake_.notify();
}

void ProcessRun::log_error_line(std::string line) {
  log_warning(fmt::format("pass '{}': downlink-process says: {}", pass_->id(), line));
  end_.last_error_line = std::move(line);
}

}  // namespace dl::daemon
