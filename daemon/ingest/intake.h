// The pass of a source: what every kind of source does with the bytes that it has received.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "core/intake_counters.h"
#include "daemon/control/report.h"
#include "daemon/ingest/rate_meter.h"
#include "daemon/passes/pass_manager.h"

namespace dl::daemon {

// Lives on the io thread, owned by one source. Begins a pass with the first bytes, continues the one that the last run
// or the last configuration left, ends it when the source says so or nothing came for the idle time-out. With
// merge_with the pass is shared (PassManager::join()): what ends here is our part in it.
//
// For every read: co_await room(), read, take(). A source whose peer cannot wait keeps a bounded queue in front of
// that, and counts what does not fit (UdpReceiver).
class Intake final : public std::enable_shared_from_this<Intake> {
 public:
  // Held by shared_ptr. Everything referred to must outlive it.
  Intake(asio::io_context& io, const Clock& clock, config::Source config, std::string station, PassManager& passes);

  // Takes up the interrupted pass of this source, if there is one: call it in Source::start().
  void start();
  // An open pass stays open: it is continued by the next source of this name.
  void stop();
  // The idle time-out of `config` is in force from now on; 0: a pass never ends by silence.
  void update(const config::Source& config);

  // The bytes that follow come by a new connection: the next chunk of the recording says so. Without any call
  // all bytes of a pass are of one connection.
  void begin_connection();
  // Whether the connection that was begun last has given bytes to the pass that is open now: only then its end can
  // be the end of the pass.
  [[nodiscard]] bool connection_is_in_pass() const { return pass_ != nullptr && connection_started_; }

  // A pass begins, whose bytes are about to be taken: for a source that knows when, whatever comes first. None is open.
  void begin(UtcTime started_at);

  // Records the bytes, whole. `received_at` is the time of their first byte, at the station where it says so; the id
  // of a pass is made of that of its first bytes. Ask room() before every read.
  void take(ByteView bytes, UtcTime received_at, recording::Verdict verdict = recording::Verdict::none);
  // Returns when the recording takes bytes: at once without a pass. The time of waiting is no silence.
  asio::awaitable<void> room();

  // Ends the open pass, if any: "eof", "idle", or another word for people.
  void end(const std::string& reason);
  // The same, and returns when every byte of it is on the disk: a peer that waits for our close knows that it is safe.
  static asio::awaitable<void> end_recorded(std::shared_ptr<Intake> self, std::string reason);

  // Adds to the counters of the source and to those of the open pass.
  void count(const IntakeCounters& more);
  [[nodiscard]] const IntakeCounters& counters() const { return counters_; }

  [[nodiscard]] const std::shared_ptr<Pass>& pass() const { return pass_; }  // null: none is open
  [[nodiscard]] bool waits_for_room() const { return pass_ != nullptr && pass_->waits_for_room(reception_); }
  [[nodiscard]] SteadyTime last_data() const { return last_data_; }
  [[nodiscard]] const config::Source& config() const { return config_; }

  // Name, kind, spacecraft, pass, bytes, rate, last data, counters; the state "receiving" or `state_without_pass`.
  // Address, peer and errors are the source's.
  [[nodiscard]] control::SourceRow row(const std::string& state_without_pass) const;

 private:
  using Self = std::shared_ptr<Intake>;
  void receive_pass(PassManager::Joined joined);
  static asio::awaitable<void> end_when_silent(Self self, std::shared_ptr<Pass> pass);

  asio::io_context& io_;
  const Clock& clock_;
  config::Source config_;
  const std::string station_;
  PassManager& passes_;
  Signal wake_;
  bool stopping_ = false;
  std::shared_ptr<Pass> pass_;       // open for bytes
  std::size_t reception_ = 0;        // of pass_, ours
  bool connection_started_ = false;  // in pass_
  SteadyTime last_data_{};           // or when the pass was taken up
  std::optional<UtcTime> last_data_at_;
  std::uint64_t last_pass_bytes_ = 0;
  IntakeCounters counters_;
  RateMeter rate_;
};

}  // namespace dl::daemon
