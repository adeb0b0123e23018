// The configured sources, running.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/service/make_source.h"
#include "daemon/signal.h"

namespace dl::daemon {

// Lives on the io thread. Everything it refers to must outlive it.
class SourceSet {
 public:
  SourceSet(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
            Incidents& incidents, Milliseconds retry_interval = Milliseconds(5000));

  // Starts what is new or has changed and stops what is gone; a source that is as it was goes on undisturbed. A pass
  // that a changed source was receiving is continued by it. One that cannot be started is the incident
  // "source_failed", and tried again until it starts; the others run.
  void configure(const std::vector<config::Source>& sources, const SourceSettings& settings);
  void stop();
  [[nodiscard]] std::vector<control::SourceRow> status() const;
  // File sources that are not through.
  [[nodiscard]] std::uint64_t files_to_read() const;

 private:
  struct Running {
    config::Source config;
    SourceSettings settings;
    std::shared_ptr<Source> source;
    bool started = false;
  };
  void start(Running& running);
  static asio::awaitable<void> retry_failed(SourceSet* self);

  const SourceParts parts_;
  const Milliseconds retry_interval_;
  std::vector<Running> running_;  // in the order of the configuration
  Signal retry_;
  bool retrying_ = false;
  bool stopping_ = false;
};

}  // namespace dl::daemon
