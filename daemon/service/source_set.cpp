#include "daemon/service/source_set.h"

#include <algorithm>

#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr const char* kFailedKind = "source_failed";

}  // namespace

SourceSet::SourceSet(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
                     Incidents& incidents, Milliseconds retry_interval)
    : parts_{io, blocking, clock, passes, incidents}, retry_interval_(retry_interval), retry_(io) {}

void SourceSet::configure(const std::vector<config::Source>& sources, const SourceSettings& settings) {
  parts_.passes.bind(sources);
  std::vector<Running> kept;
  for (Running& running : running_) {
    const bool stays = std::any_of(sources.begin(), sources.end(), [&](const config::Source& wanted) {
      return running.config.name == wanted.name && can_be_updated(running.config, wanted) &&
             settings == running.settings && running.source->status().state != "failed";
    });
    if (stays) {
      kept.push_back(std::move(running));
    } else {
      running.source->stop();
      const bool gone = std::ranges::find(sources, running.config.name, &config::Source::name) == sources.end();
      if (gone) parts_.incidents.close(kFailedKind, running.config.name);
    }
  }
  std::vector<Running> next;
  for (const config::Source& wanted : sources) {
    const auto old = std::find_if(kept.begin(), kept.end(), [&](const Running& running) {
      return running.source && running.config.name == wanted.name;
    });
    if (old != kept.end()) {
      old->config = wanted;
      old->source->update(wanted);
      next.push_back(std::move(*old));
      continue;
    }
    next.push_back({wanted, settings, make_source(parts_, wanted, settings)});
    start(next.back());
  }
  running_ = std::move(next);
  parts_.passes.end_interrupted();
  const bool failed = std::ranges::find(running_, false, &Running::started) != running_.end();
  if (!failed || retrying_) return;
  retrying_ = true;
  asio::co_spawn(parts_.io, retry_failed(this), ReportEnd{"starting sources again"});
}

void SourceSet::start(Running& running) {
  const std::string told = running.source->status().last_error;
  const auto started = running.source->start();
  running.started = started.has_value();
  if (!started) {
    if (started.error().message == told) return;
    parts_.incidents.open(kFailedKind, running.config.name, started.error().message,
                          "see the message; it is tried again every few seconds");
  } else if (works_when_started(running.config.kind)) {
    parts_.incidents.close(kFailedKind, running.config.name);
  }
}

asio::awaitable<void> SourceSet::retry_failed(SourceSet* self) {
  bool failed = true;
  while (failed && !self->stopping_) {
    co_await self->retry_.wait_for(self->retry_interval_);
    if (self->stopping_) co_return;
    failed = false;
    for (Running& running : self->running_) {
      if (!running.started) self->start(running);
      failed = failed || !running.started;
    }
  }
  self->retrying_ = false;
}

void SourceSet::stop() {
  stopping_ = true;
  retry_.notify();
  for (const Running& running : running_) running.source->stop();
}

std::vector<control::SourceRow> SourceSet::status() const {
  std::vector<control::SourceRow> rows;
  for (const Running& running : running_) rows.push_back(running.source->status());
  return rows;
}

std::uint64_t SourceSet::files_to_read() const {
  const auto busy = [](const Running& running) {
    const bool reads_files =
        running.config.kind == config::SourceKind::file || running.config.kind == config::SourceKind::folder;
    return reads_files && running.source->status().state == "receiving";
  };
  return static_cast<std::uint64_t>(std::count_if(running_.begin(), running_.end(), busy));
}

}  // namespace dl::daemon
