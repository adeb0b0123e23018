#include "daemon/service/source_set.h"

#include <algorithm>
#include <tuple>

#include "daemon/ingest/file_source.h"
#include "daemon/ingest/tcp_listen_source.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr const char* kFailedKind = "source_failed";

// But for what Source::update() changes.
bool same(const config::Source& a, const config::Source& b) {
  return std::tie(a.name, a.kind, a.spacecraft, a.listen.host, a.listen.port, a.path, a.received_at) ==
         std::tie(b.name, b.kind, b.spacecraft, b.listen.host, b.listen.port, b.path, b.received_at);
}

}  // namespace

SourceSet::SourceSet(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
                     Incidents& incidents, Milliseconds retry_interval)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      passes_(passes),
      incidents_(incidents),
      retry_interval_(retry_interval),
      retry_(io) {}

void SourceSet::configure(const std::vector<config::Source>& sources, const std::string& station) {
  std::vector<Running> kept;
  for (Running& running : running_) {
    const bool stays = std::any_of(sources.begin(), sources.end(), [&](const config::Source& wanted) {
      return same(wanted, running.config) && station == running.station && running.source->status().state != "failed";
    });
    if (stays) {
      kept.push_back(std::move(running));
    } else {
      running.source->stop();
      const bool gone = std::ranges::find(sources, running.config.name, &config::Source::name) == sources.end();
      if (gone) incidents_.close(kFailedKind, running.config.name);
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
    next.push_back({wanted, station, make(wanted, station)});
    start(next.back());
  }
  running_ = std::move(next);
  passes_.end_interrupted();
  const bool failed = std::ranges::find(running_, false, &Running::started) != running_.end();
  if (!failed || retrying_) return;
  retrying_ = true;
  asio::co_spawn(io_, retry_failed(this), ReportEnd{"starting sources again"});
}

void SourceSet::start(Running& running) {
  const std::string told = running.source->status().last_error;
  const auto started = running.source->start();
  running.started = started.has_value();
  if (!started) {
    if (started.error().message == told) return;
    incidents_.open(kFailedKind, running.config.name, started.error().message,
                    "see the message; it is tried again every few seconds");
  } else if (running.config.kind == config::SourceKind::tcp_listen) {  // a file has yet to be read
    incidents_.close(kFailedKind, running.config.name);
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

std::shared_ptr<Source> SourceSet::make(const config::Source& config, const std::string& station) {
  if (config.kind == config::SourceKind::file) {
    return std::make_shared<FileSource>(io_, blocking_, config, station, passes_, incidents_);
  }
  return std::make_shared<TcpListenSource>(io_, clock_, config, station, passes_, incidents_);
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
    return running.config.kind == config::SourceKind::file && running.source->status().state == "receiving";
  };
  return static_cast<std::uint64_t>(std::count_if(running_.begin(), running_.end(), busy));
}

}  // namespace dl::daemon
