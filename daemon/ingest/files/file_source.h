// Takes in one recording, once, as one pass.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "daemon/ingest/source.h"
#include "daemon/passes/pass_manager.h"

namespace dl::daemon {

// Which file it is follows from the id of its pass, made from `received_at` (or the file's modification time) and the
// source's name: a file whose pass is known is not taken in again; one that was interrupted is continued.
class FileSource final : public Source, public std::enable_shared_from_this<FileSource> {
 public:
  // `blocking` reads the file. Everything referred to must outlive the source.
  FileSource(asio::io_context& io, asio::thread_pool& blocking, config::Source config, std::string station,
             PassManager& passes, Incidents& incidents, Milliseconds retry_interval = Milliseconds(5000));

  Result<void> start() override;
  void stop() override;
  void update(const config::Source&) override {}  // a file has neither peers nor silence
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<FileSource>;
  struct Input;
  static Result<Input> open_input(const std::filesystem::path& path);
  static asio::awaitable<void> feed(Self self);
  static asio::awaitable<std::shared_ptr<Input>> open(Self self);
  void fail(const Error& error, const std::string& action);
  static asio::awaitable<Result<void>> feed_pass(Self self, int descriptor, UtcTime started_at);
  std::shared_ptr<Pass> pass_for(UtcTime started_at);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const config::Source config_;
  const std::string station_;
  PassManager& passes_;
  Incidents& incidents_;
  const Milliseconds retry_interval_;
  asio::steady_timer retry_;
  bool stopping_ = false;
  std::shared_ptr<Pass> interrupted_;  // of a run before, until we know whether it is of this file
  std::shared_ptr<Pass> pass_;
  std::string state_ = "listening";
  std::uint64_t bytes_ = 0;
  std::string last_error_;
};

}  // namespace dl::daemon
