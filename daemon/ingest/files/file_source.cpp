#include "daemon/ingest/files/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/ingest/files/file_feed.h"
#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr const char* kFailedKind = "source_failed";

}  // namespace

struct FileSource::Input {
  FileDescriptor descriptor;
  UtcTime modified_at{};
};

Result<FileSource::Input> FileSource::open_input(const std::filesystem::path& path) {
  Input file;
  DL_TRY(file.descriptor, open_file(path, O_RDONLY));
  struct stat status {};
  if (::fstat(file.descriptor.get(), &status) != 0) {
    return fail_errno(fmt::format("cannot examine '{}'", path.string()), errno);
  }
  file.modified_at = UtcTime(Seconds(status.st_mtim.tv_sec));
  return file;
}

FileSource::FileSource(asio::io_context& io, asio::thread_pool& blocking, config::Source config, std::string station,
                       PassManager& passes, Incidents& incidents, Milliseconds retry_interval)
    : io_(io),
      blocking_(blocking),
      config_(std::move(config)),
      station_(std::move(station)),
      passes_(passes),
      incidents_(incidents),
      retry_interval_(retry_interval),
      retry_(io) {}

Result<void> FileSource::start() {
  state_ = "receiving";
  interrupted_ = passes_.take_interrupted(config_.name);
  asio::co_spawn(io_, feed(shared_from_this()), ReportEnd{"reading a file"});
  return {};
}

void FileSource::stop() {
  stopping_ = true;
  retry_.cancel();
  if (interrupted_) passes_.leave_interrupted(std::move(interrupted_), config_.name);
  if (pass_) passes_.leave_interrupted(std::move(pass_), config_.name);
  interrupted_.reset();
  pass_.reset();
}

asio::awaitable<void> FileSource::feed(Self self) {
  const auto file = co_await open(self);
  if (!file) co_return;
  const auto done =
      co_await feed_pass(self, file->descriptor.get(), self->config_.received_at.value_or(file->modified_at));
  if (done) {
    if (!self->stopping_) self->incidents_.close(kFailedKind, self->config_.name);
    co_return;
  }
  // What was read is a pass; reading the rest would be another one of the same name.
  self->fail(done.error(), "look at the disk that the file is on; what could be read is decoded");
}

// Tried again until it opens: a share that is mounted later, a permission that is mended. Null: stopped.
asio::awaitable<std::shared_ptr<FileSource::Input>> FileSource::open(Self self) {
  while (!self->stopping_) {
    auto open = [path = self->config_.path] { return open_input(path); };
    auto file = co_await on_pool(self->blocking_, std::move(open));
    if (self->stopping_) break;
    if (file) {
      self->state_ = "receiving";
      self->last_error_.clear();
      co_return std::make_shared<Input>(std::move(*file));
    }
    self->fail(file.error(), "make the file readable for downlinkd; it is tried again every few seconds");
    error_code ignored;
    self->retry_.expires_after(self->retry_interval_);
    co_await self->retry_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return nullptr;
}

void FileSource::fail(const Error& error, const std::string& action) {
  state_ = "failed";
  last_error_ = error.message;
  incidents_.open(kFailedKind, config_.name, last_error_, action);
}

asio::awaitable<Result<void>> FileSource::feed_pass(Self self, int descriptor, UtcTime started_at) {
  const auto pass = self->pass_for(started_at);
  if (!pass) {
    log_info(fmt::format("source '{}': '{}' was taken in before", self->config_.name, self->config_.path.string()));
    self->state_ = "finished";
    co_return Result<void>();
  }
  self->pass_ = pass;
  std::string name = self->config_.path.string();
  const auto whole =
      co_await feed_file(self->blocking_, pass, descriptor, std::move(name), started_at, self->stopping_);
  if (self->stopping_) co_return Result<void>();
  pass->end(whole ? "eof" : "read error");
  self->pass_.reset();
  if (!whole) co_return Failure(whole.error());
  co_await pass->recorded();
  self->bytes_ = pass->received_bytes();
  self->state_ = "finished";
  co_return Result<void>();
}

// Null when the file was taken in before.
std::shared_ptr<Pass> FileSource::pass_for(UtcTime started_at) {
  const PassOrigin origin{config_.name, config_.spacecraft, station_, std::string(config::to_string(config_.form))};
  const std::string id = PassManager::pass_id(origin, started_at);
  if (const auto interrupted = std::exchange(interrupted_, nullptr)) {
    if (interrupted->id() == id) return interrupted;
    interrupted->end("restart");
  }
  return passes_.known(id) ? nullptr : passes_.begin(origin, started_at);
}

control::SourceRow FileSource::status() const {
  control::SourceRow row;
  row.name = config_.name;
  row.kind = config::to_string(config_.kind);
  row.address = config_.path.string();
  row.spacecraft = config_.spacecraft;
  row.state = state_;
  row.pass_id = pass_ ? pass_->id() : "";
  row.bytes = pass_ ? pass_->received_bytes() : bytes_;
  row.last_error = last_error_;
  return row;
}

}  // namespace dl::daemon
