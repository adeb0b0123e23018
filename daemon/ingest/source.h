// Where raw bits come from. Which kind is chosen by the configuration.
#pragma once

#include "config/config.h"
#include "core/error.h"
#include "daemon/control/report.h"

namespace dl::daemon {

// Lives on the io thread. A source that cannot do its work any more says so in its row, it never throws.
class Source {
 public:
  virtual ~Source() = default;
  // Kind io when what is configured cannot be had (a port in use): it may be free later, so call it again; the row says
  // "failed" until then. The message says what to do.
  virtual Result<void> start() = 0;
  // Takes no more bytes. A pass that is being received stays open: it is continued after the next start.
  virtual void stop() = 0;
  // `allowed_peers` and `idle_timeout` of `config` are in force from now on, for what comes; nothing is interrupted.
  virtual void update(const config::Source& config) = 0;
  [[nodiscard]] virtual control::SourceRow status() const = 0;
};

}  // namespace dl::daemon
