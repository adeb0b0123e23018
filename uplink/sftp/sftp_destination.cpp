#include "uplink/sftp/sftp_destination.h"

#include <fmt/format.h>

#include "uplink/delivery/spool_file.h"
#include "uplink/directory/directory_destination.h"

namespace dl::uplink {
namespace {

Outcome ended(OutcomeKind kind, std::string message) {
  return {kind, std::move(message), {}, false, std::nullopt};
}

Outcome outcome_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::config:
      return ended(OutcomeKind::refused, error.message);
    case ErrorKind::cancelled:
      return ended(OutcomeKind::stopped, error.message);
    case ErrorKind::corrupt:
      return ended(OutcomeKind::corrupt, error.message);
    default:
      return ended(OutcomeKind::retry_later, error.message);
  }
}

std::string in_folder(const std::string& folder, const std::string& object) {
  if (folder.empty() || folder == ".") return object;
  return folder.ends_with('/') ? folder + object : folder + "/" + object;
}

// The spool file from any place on; its last bytes are held back when it has changed.
class SpoolFileSource final : public SeekableSource {
 public:
  explicit SpoolFileSource(SpoolFile& file) : file_(file), region_(file, 0, file.size_bytes(), 0) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  Result<void> start_at(std::uint64_t offset) override {
    DL_TRY(const std::uint32_t crc, file_.crc_of_first(offset));
    resumed_.emplace(file_, offset, file_.size_bytes() - offset, crc);
    return {};
  }
  Result<std::size_t> read(std::span<Byte> out) override { return resumed_ ? resumed_->read(out) : region_.read(out); }

 private:
  SpoolFile& file_;
  SpoolFileRegion region_;
  std::optional<SpoolFileRegion> resumed_;
};

}  // namespace

// One object's way: compare, send, verify, rename.
class SftpDestination::Attempt {
 public:
  Attempt(const SftpOptions& options, SftpClient& client, const spool::Delivery& delivery, SpoolFile& file,
          DeliveryJournal& journal)
      : options_(options),
        client_(client),
        delivery_(delivery),
        file_(file),
        journal_(journal),
        target_(in_folder(options.folder, prefixed_object_name(options.object_prefix, delivery.object_name))),
        part_(target_ + ".part"),
        session_(fmt::format("sftp://{}@{}:{}/{} {} {:08x}", options.server.user, options.server.host,
                             options.server.port, part_, delivery.size_bytes, delivery.crc32c)) {}

  // Fails only when the journal could not be written.
  Result<Outcome> run() {
    if (auto there = compare_target()) return *std::move(there);
    DL_TRY(auto unsent, send());
    if (unsent) return *std::move(unsent);
    DL_TRY(auto different, verify());
    if (different) return *std::move(different);
    const auto renamed = client_.rename(part_, target_, until_abort_);
    if (renamed) return confirmed(/*was_there=*/false);
    // Either somebody was faster, perhaps we ourselves with an answer that was lost, or the server does not want to.
    if (auto there = compare_target()) return *std::move(there);
    return outcome_of(renamed.error());
  }

 private:
  [[nodiscard]] Outcome confirmed(bool was_there) const {
    return {OutcomeKind::confirmed, {}, fmt::format("{:08x}", delivery_.crc32c), was_there, std::nullopt};
  }
  [[nodiscard]] bool is_ours(const SftpClient::Content& content) const {
    return content.size_bytes == delivery_.size_bytes && content.crc32c == delivery_.crc32c;
  }

  // How the attempt ends because of what has the object's name; nullopt: nothing has.
  std::optional<Outcome> compare_target() {
    const auto content = client_.read_back(target_, delivery_.size_bytes, until_abort_);
    if (!content) return outcome_of(content.error());
    if (!*content) return std::nullopt;
    if (is_ours(**content)) return confirmed(/*was_there=*/true);
    return ended(OutcomeKind::conflict,
                 fmt::format("another file is at '{}' on '{}': expected {} bytes with CRC-32C "
                             "{:08x}, found {}{} bytes with {:08x}",
                             target_, options_.server.host, delivery_.size_bytes, delivery_.crc32c,
                             (*content)->size_bytes > delivery_.size_bytes ? "more than " : "",
                             std::min((*content)->size_bytes, delivery_.size_bytes), (*content)->crc32c));
  }

  // Brings the rest of the file to the server; how the attempt ends when that fails.
  Result<std::optional<Outcome>> send() {
    const bool resume = delivery_.session == session_;
    if (!resume) DL_CHECK(journal_.record_session(session_));
    SpoolFileSource source(file_);
    const auto sent = client_.upload(part_, source, resume, until_stop_);
    if (!sent) {
      // More is there than we have: not what we sent.
      if (sent.error().kind == ErrorKind::permanent) return start_over(sent.error().message);
      return std::optional(outcome_of(sent.error()));
    }
    DL_CHECK(journal_.record_progress(delivery_.size_bytes));
    return std::optional<Outcome>{};
  }

  Result<std::optional<Outcome>> verify() {
    if (options_.verify == SftpVerify::size) {
      SpoolFileSource source(file_);
      const auto there = client_.upload(part_, source, /*resume=*/true, until_stop_);
      if (there && there->resumed_at == delivery_.size_bytes) return std::optional<Outcome>{};
      if (!there && there.error().kind != ErrorKind::permanent) return std::optional(outcome_of(there.error()));
      return start_over(fmt::format("'{}' on '{}' has another size than what was sent", part_, options_.server.host));
    }
    const auto content = client_.read_back(part_, delivery_.size_bytes, until_abort_);
    if (!content) return std::optional(outcome_of(content.error()));
    if (*content && is_ours(**content)) return std::optional<Outcome>{};
    return start_over(fmt::format("'{}' on '{}' holds other bytes than were sent", part_, options_.server.host));
  }

  // Ends the attempt so that the next one begins with the first byte.
  Result<std::optional<Outcome>> start_over(const std::string& why) {
    DL_CHECK(journal_.record_session({}));
    return std::optional(ended(OutcomeKind::retry_later, why + "; sending it again from the beginning"));
  }

  const SftpOptions& options_;
  SftpClient& client_;
  const spool::Delivery& delivery_;
  SpoolFile& file_;
  DeliveryJournal& journal_;
  std::string target_;
  std::string part_;
  std::string session_;
  ProgressFn until_abort_ = [this](std::uint64_t) { return !journal_.abort_requested(); };
  ProgressFn until_stop_ = [this](std::uint64_t) {
    return !journal_.abort_requested() && !journal_.stop_requested() && !journal_.yield_requested();
  };
};

SftpDestination::SftpDestination(SftpOptions options)
    : options_(std::move(options)),
      location_(fmt::format("{}:{}", options_.server.host, options_.folder)),
      client_(options_.server) {}

Result<Outcome> SftpDestination::deliver(const spool::Delivery& delivery, DeliveryJournal& journal) {
  const std::string object = prefixed_object_name(options_.object_prefix, delivery.object_name);
  if (!is_safe_object_name(object)) {
    return ended(OutcomeKind::permanent, fmt::format("object name '{}' leaves the folder", object));
  }
  if (journal.stop_requested()) return ended(OutcomeKind::stopped, "asked to stop");
  auto file = SpoolFile::open(delivery.path, delivery.size_bytes, delivery.crc32c);
  if (!file) return ended(outcome_of_local(file.error().kind), file.error().message);
  file->cancel_when([&journal] { return journal.abort_requested(); });
  return Attempt(options_, client_, delivery, *file, journal).run();
}

}  // namespace dl::uplink
