#include "daemon/ingest/files/standard_input_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;
constexpr const char* kFailedKind = "source_failed";

// Not a file, nor /dev/null: epoll(7) refuses them, and they never keep a reader waiting.
bool can_be_waited_for(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(descriptor) == 1;
}

}  // namespace

StandardInputSource::StandardInputSource(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock,
                                         config::Source config, std::string station, PassManager& passes,
                                         Incidents& incidents, int descriptor)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      config_(std::move(config)),
      incidents_(incidents),
      descriptor_(descriptor),
      intake_(std::make_shared<Intake>(io, clock, config_, std::move(station), passes)),
      stream_(io) {}

Result<void> StandardInputSource::start() {
  // A copy, for the stream closes what it is given; a configuration that is loaded anew finds the input still there.
  FileDescriptor copy(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) {
    last_error_ =
        fmt::format("source '{}' has no standard input to read; start downlinkd at the end of a pipe", config_.name);
    return fail(ErrorKind::io, last_error_);
  }
  if (can_be_waited_for(copy.get())) {
    error_code error;
    stream_.assign(copy.get(), error);
    if (!error) copy.release();
  }
  intake_->start();
  intake_->begin_connection();
  asio::co_spawn(io_, receive(shared_from_this()), ReportEnd{"reading the standard input"});
  return {};
}

void StandardInputSource::stop() {
  stopping_ = true;
  error_code ignored;
  stream_.close(ignored);
  intake_->stop();
}

asio::awaitable<void> StandardInputSource::receive(Self self) {
  const auto buffer = std::make_shared<Bytes>(kReadBytes);
  while (!self->stopping_) {
    const auto count = co_await read_some(self, buffer);
    if (self->stopping_) co_return;
    if (!count) {
      self->state_ = "failed";
      self->last_error_ = count.error().message;
      self->incidents_.open(kFailedKind, self->config_.name, self->last_error_,
                            "look at what writes into the pipe; what could be read is decoded");
      self->intake_->end("read error");
      co_return;
    }
    if (*count == 0) break;
    self->intake_->take(ByteView(*buffer).first(*count), self->clock_.now());
    co_await self->intake_->room();
  }
  if (self->stopping_) co_return;
  std::string reason = "eof";
  co_await Intake::end_recorded(self->intake_, std::move(reason));
  self->state_ = "finished";
  self->incidents_.close(kFailedKind, self->config_.name);
  log_info(fmt::format("source '{}': the standard input has ended", self->config_.name));
}

// 0 at the end. Kind io.
asio::awaitable<Result<std::size_t>> StandardInputSource::read_some(Self self, std::shared_ptr<Bytes> buffer) {
  if (self->stream_.is_open()) {
    error_code error;
    const std::size_t count =
        co_await self->stream_.async_read_some(asio::buffer(*buffer), asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) {
      co_return fail(ErrorKind::io, fmt::format("cannot read the standard input: {}", error.message()));
    }
    co_return count;
  }
  auto read = [descriptor = self->descriptor_, buffer]() -> Result<std::size_t> {
    ssize_t count = 0;
    do {
      count = ::read(descriptor, buffer->data(), buffer->size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return fail_errno("cannot read the standard input", errno);
    return static_cast<std::size_t>(count);
  };
  co_return co_await on_pool(self->blocking_, std::move(read));
}

control::SourceRow StandardInputSource::status() const {
  control::SourceRow row = intake_->row(state_);
  row.address = "-";
  if (state_ != "receiving") row.state = state_;
  row.last_error = last_error_;
  return row;
}

}  // namespace dl::daemon
