// User of a CCSDS SLE service instance (RAF or RCF over ISP1): the provider sends frames that it has decoded, each with
// the time of its reception and what the station thinks of it.
//
// A pass is what comes between START, or a notification of the end of data, and the next such notification. A
// connection that ends otherwise leaves the pass open: it is bound again, and in online complete delivery started from
// the last frame that was recorded, so that nothing is missing; what comes twice the virtual channels drop. Offline
// delivery of a time range is one pass, once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/ingest/dial/dialler.h"
#include "daemon/ingest/intake.h"
#include "daemon/ingest/sle/sle_session.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/unit.h"

namespace dl::daemon {

class SleSource final : public Source, public std::enable_shared_from_this<SleSource> {
 public:
  // What start() needs and what can be wrong with it: the unit that a frame is, what is agreed with the provider.
  struct Prepared {
    Unit unit;
    link::sle::UserOptions options;
  };

  // `blocking` reads what was recorded before. Everything referred to must outlive the source.
  SleSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
            std::string station, PassManager& passes, Incidents& incidents, std::function<Result<Prepared>()> prepare);

  Result<void> start() override;
  void stop() override;
  void update(const config::Source& config) override;
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<SleSource>;
  static asio::awaitable<void> live(Self self);
  static asio::awaitable<void> look_at_old_passes(Self self);
  static asio::awaitable<void> serve(Self self, asio::ip::tcp::socket socket);
  [[nodiscard]] link::sle::TimeRange range() const;
  [[nodiscard]] bool is_offline() const { return config_.sle.mode == config::SleMode::offline; }
  void take(std::span<const link::sle::UserEvent> events);
  void take_frame(const link::sle::AnnotatedFrame& frame, IntakeCounters& counters);
  void take_notification(const link::sle::SyncNotification& notification);
  void started();
  void backlog();
  void end_of_data();
  void tell(const link::sle::Ended& ended);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const config::Source config_;
  const std::string station_;
  PassManager& passes_;
  Incidents& incidents_;
  const std::function<Result<Prepared>()> prepare_;
  std::optional<Prepared> prepared_;
  const std::shared_ptr<Intake> intake_;
  const std::shared_ptr<Dialler> dialler_;
  std::shared_ptr<SleSession> session_;
  std::optional<UtcTime> last_received_;  // earth receive time of the last frame that was recorded
  bool backlog_ = false;                  // the provider dropped frames, and none has come since
  bool pass_is_over_ = false;             // last_received_ is of a pass that has ended
  bool stopping_ = false;
  bool done_ = false;  // offline: everything is here
  std::string state_ = "connecting";
  std::string peer_;
  std::string last_error_;
};

}  // namespace dl::daemon
