// Fetches what is missing in the passes of another source: an SLE service instance in offline delivery, that is asked
// for the time of every pass that wants it (Pass::fill()) when the pass has ended.
//
// What is fetched is a second reception of the pass, recorded in the folder of this source in that of the pass: the
// recording of the pass is never touched. Every frame is recorded once, however often the connection breaks, and a
// fetch goes on where it was after a restart. One pass at a time, the oldest first. How long a pass waits is not
// decided here: what is settled meanwhile is left.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "daemon/ingest/dial/dialler.h"
#include "daemon/ingest/rate_meter.h"
#include "daemon/ingest/sle/sle_session.h"
#include "daemon/ingest/sle/sle_source.h"

namespace dl::daemon {

class SleGapFiller final : public Source, public std::enable_shared_from_this<SleGapFiller> {
 public:
  // `blocking` looks into folders of passes. Everything referred to must outlive the source.
  SleGapFiller(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, config::Source config,
               PassManager& passes, Incidents& incidents, std::function<Result<SleSource::Prepared>()> prepare);

  Result<void> start() override;
  void stop() override;
  void update(const config::Source& config) override;
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<SleGapFiller>;
  // One fetch: how far it has come.
  struct Fetch {
    std::shared_ptr<Pass> pass;
    link::sle::TimeRange range;  // what is asked for next
    std::set<Bytes> at_start;    // frames received at range.from or later that are recorded, and come again
    std::uint32_t connection = 0;
    std::uint64_t frames = 0;
    std::optional<UtcTime> last_of_pass;  // where range.to is later: the time of the pass's last frame
    bool complete = false;                // the provider has no more
    std::string refused;                  // why the provider will never give it
  };

  static asio::awaitable<void> live(Self self);
  [[nodiscard]] std::shared_ptr<Pass> next_pass() const;
  [[nodiscard]] bool is_wanted(const Pass& pass) const;
  [[nodiscard]] bool goes_on(const Fetch& fetch) const;
  static asio::awaitable<void> fetch(Self self, std::shared_ptr<Pass> pass);
  static asio::awaitable<bool> look(Self self, std::shared_ptr<Fetch> fetch);
  static asio::awaitable<void> serve(Self self, std::shared_ptr<Fetch> fetch, asio::ip::tcp::socket socket);
  static asio::awaitable<void> leave_when_settled(Self self, std::shared_ptr<Fetch> fetch,
                                                  std::shared_ptr<SleSession> session);
  static asio::awaitable<void> room(Self self, std::shared_ptr<Fetch> fetch);
  void judge(Fetch& fetch, const link::sle::Ended& ended);
  void take(Fetch& fetch, std::span<const link::sle::UserEvent> events);
  void take_frame(Fetch& fetch, const link::sle::AnnotatedFrame& frame);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const config::Source config_;
  PassManager& passes_;
  Incidents& incidents_;
  const std::function<Result<SleSource::Prepared>()> prepare_;
  std::optional<SleSource::Prepared> prepared_;
  const std::shared_ptr<Dialler> dialler_;
  std::shared_ptr<Fetch> fetch_;
  std::shared_ptr<SleSession> session_;
  IntakeCounters counters_;
  RateMeter rate_;
  std::optional<UtcTime> last_data_at_;
  std::uint64_t bytes_ = 0;  // of the last fetch
  bool stopping_ = false;
  std::string state_ = "waiting";
  std::string last_error_;
};

}  // namespace dl::daemon
