// Fetches what is missing in the passes of another source: an SLE service instance in offline delivery, that is asked
// for the time of every pass that has ended with gaps.
//
// A pass has gaps when the provider told of missing frames, or the virtual channels miss some. What is fetched is a
// second reception of the pass, recorded in the folder of this source in that of the pass: the recording of the pass is
// never touched. The file "fetched" in that folder says that the provider had no more.
#pragma once

#include <deque>
#include <map>
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
  struct Gap {
    std::string pass_id;
    UtcTime from;
  };
  // One fetch: how far it has come.
  struct Fetch {
    std::string pass_id;
    link::sle::TimeRange range;
    std::shared_ptr<Recorder::Recording> recording;
    std::uint32_t connection = 0;
    std::uint64_t frames = 0;
    bool complete = false;  // the provider has no more
    bool closed = false;    // and all of it is on the disk
  };

  static asio::awaitable<void> live(Self self);
  static asio::awaitable<void> find_old_gaps(Self self);
  void look_at_active_passes();
  static asio::awaitable<void> fetch(Self self, Gap gap);
  static asio::awaitable<void> fetch_once(Self self, std::shared_ptr<Fetch> fetch, asio::ip::tcp::socket socket);
  static asio::awaitable<void> close(Self self, std::shared_ptr<Fetch> fetch);
  static asio::awaitable<void> room(Self self, std::shared_ptr<Fetch> fetch);
  void take(Fetch& fetch, std::span<const link::sle::UserEvent> events);
  void take_frame(Fetch& fetch, const link::sle::AnnotatedFrame& frame);
  void open_recording(Fetch& fetch);
  [[nodiscard]] std::filesystem::path directory_of(const std::string& pass_id) const;

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const config::Source config_;
  PassManager& passes_;
  Incidents& incidents_;
  const std::function<Result<SleSource::Prepared>()> prepare_;
  std::optional<SleSource::Prepared> prepared_;
  const std::shared_ptr<Dialler> dialler_;
  Signal wake_;
  std::map<std::string, std::shared_ptr<Pass>> watched_;  // by id: may turn out to have gaps
  std::set<std::string> known_;                           // passes that have been looked at, in this run
  std::deque<Gap> wanted_;
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
