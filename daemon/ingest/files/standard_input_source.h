// Takes in what is piped into downlinkd, as one pass up to its end.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "core/file.h"
#include "daemon/incidents.h"
#include "daemon/ingest/intake.h"
#include "daemon/ingest/source.h"

namespace dl::daemon {

// The pass begins with the first byte and ends with the end of the input, never by silence. While the recording has no
// room nothing is read: whoever writes into the pipe waits. A pass that the last run was receiving is continued: what a
// pipe brings is taken for the rest of it, and what was sent before is repeated frames.
class StandardInputSource final : public Source, public std::enable_shared_from_this<StandardInputSource> {
 public:
  // `descriptor` is the program's standard input, or a test's; it is not closed. `blocking` reads it where it is a
  // file. Everything referred to must outlive the source.
  StandardInputSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
                      std::string station, PassManager& passes, Incidents& incidents, int descriptor);

  Result<void> start() override;
  void stop() override;
  void update(const config::Source&) override {}  // a pipe has neither peers nor silence
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<StandardInputSource>;
  static asio::awaitable<void> receive(Self self);
  static asio::awaitable<Result<std::size_t>> read_some(Self self, std::shared_ptr<Bytes> buffer);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const config::Source config_;
  Incidents& incidents_;
  const int descriptor_;
  const std::shared_ptr<Intake> intake_;
  asio::posix::stream_descriptor stream_;  // open where the input can be waited for
  bool stopping_ = false;
  std::string state_ = "listening";
  std::string last_error_;
};

}  // namespace dl::daemon
