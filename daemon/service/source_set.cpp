#include "daemon/service/source_set.h"

#include <algorithm>
#include <tuple>

#include "daemon/ingest/file_source.h"
#include "daemon/ingest/tcp_listen_source.h"

namespace dl::daemon {
namespace {

bool same(const config::Source& a, const config::Source& b) {
  const auto networks = [](const config::Source& source) {
    std::vector<std::string> texts;
    for (const auto& network : source.allowed_peers) texts.push_back(network.text());
    return texts;
  };
  return std::tie(a.name, a.kind, a.spacecraft, a.listen.host, a.listen.port, a.idle_timeout, a.path, a.received_at) ==
             std::tie(b.name, b.kind, b.spacecraft, b.listen.host, b.listen.port, b.idle_timeout, b.path,
                      b.received_at) &&
         networks(a) == networks(b);
}

}  // namespace

SourceSet::SourceSet(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
                     Incidents& incidents)
    : io_(io), blocking_(blocking), clock_(clock), passes_(passes), incidents_(incidents) {}

Result<void> SourceSet::configure(const std::vector<config::Source>& sources, const std::string& station) {
  std::vector<Running> kept;
  for (Running& running : running_) {
    const bool stays = std::any_of(sources.begin(), sources.end(), [&](const config::Source& wanted) {
      return same(wanted, running.config) && station == running.station;
    });
    if (stays) {
      kept.push_back(std::move(running));
    } else {
      running.source->stop();
    }
  }
  std::vector<Running> next;
  Result<void> result;
  for (const config::Source& wanted : sources) {
    const auto old = std::find_if(kept.begin(), kept.end(), [&](const Running& running) {
      return running.source && running.config.name == wanted.name;
    });
    if (old != kept.end()) {
      next.push_back(std::move(*old));
      continue;
    }
    next.push_back({wanted, station, make(wanted, station)});
    const auto started = next.back().source->start();
    if (!started && result) result = started;
  }
  running_ = std::move(next);
  passes_.end_interrupted();
  return result;
}

std::shared_ptr<Source> SourceSet::make(const config::Source& config, const std::string& station) {
  if (config.kind == config::SourceKind::file) {
    return std::make_shared<FileSource>(io_, blocking_, config, station, passes_, incidents_);
  }
  return std::make_shared<TcpListenSource>(io_, clock_, config, station, passes_, incidents_);
}

void SourceSet::stop() {
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
