// A file with a secret in it that somebody replaces while we run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/error.h"

namespace dl::uplink {

// "credential:NAME" names a credential that systemd passes to the service (LoadCredential= and the like,
// systemd.exec(5)): $CREDENTIALS_DIRECTORY/NAME. Any other path stays as it is. Kind config when there is no such
// folder, or NAME is no plain file name.
Result<std::filesystem::path> resolve_credential_path(const std::filesystem::path& path);

// What tells one state of a file from another: also when it was replaced by rename, or its time set back.
struct FileVersion {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // of the inode
  bool operator==(const FileVersion&) const = default;
};

// A secret's text with what to say about its file.
struct SecretText {
  std::string text;
  FileVersion version;
  std::optional<std::string> warning;  // everybody on this machine can read it
};

// Kind config when it cannot be read or is longer than any key (64 KiB); names the path, never the content.
Result<SecretText> read_secret_file(const std::filesystem::path& path);
// All zero when there is no such file.
FileVersion version_of(const std::filesystem::path& path);

// The key in a file, read again when the file changes. A file that turned unusable leaves the last good key in use, for
// as long as the service takes it: a half-written or mistyped key must not stop a station. Safe for any thread.
template <class Key>
class KeyFile {
 public:
  // Must not quote what it parses in a message.
  using Parse = std::function<Result<Key>(const std::string& text)>;

  KeyFile(std::filesystem::path path, Parse parse) : path_(std::move(path)), parse_(std::move(parse)) {}

  // The same object until the key changes. Kind config when there is no usable key.
  Result<std::shared_ptr<const Key>> current() {
    const std::lock_guard lock(mutex_);
    if (const FileVersion now = version_of(path_); !looked_at_ || *looked_at_ != now) load(now);
    if (key_) return key_;
    return Failure(*broken_);
  }
  // The service did not accept the key. When the file has changed into something unusable since, the key was kept for
  // its sake and is given up.
  void refused() {
    const std::lock_guard lock(mutex_);
    if (broken_) key_.reset();
  }
  // What an operator should know: the file is unusable and the old key in use, or everybody can read it.
  [[nodiscard]] std::optional<std::string> trouble() const {
    const std::lock_guard lock(mutex_);
    if (broken_) return broken_->message + (key_ ? "; the key that was there before stays in use" : "");
    return warning_;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void load(const FileVersion& version) {
    // The version from before the reading: a file that changes meanwhile is read once more.
    looked_at_ = version;
    auto secret = read_secret_file(path_);
    auto key = secret ? parse_(secret->text) : Result<Key>(Failure(secret.error()));
    if (!key) {
      const std::string context = "key file '" + path_.string() + "'";
      broken_ = secret ? key.error().in(context) : key.error();
      // What could not even be read may be so another time, without the file's changing: no descriptors, a disk that
      // stumbled.
      if (!secret) looked_at_.reset();
      return;
    }
    key_ = std::make_shared<const Key>(*std::move(key));
    warning_ = secret->warning;
    broken_.reset();
  }

  std::filesystem::path path_;
  Parse parse_;
  mutable std::mutex mutex_;
  std::optional<FileVersion> looked_at_;
  std::shared_ptr<const Key> key_;
  std::optional<Error> broken_;
  std::optional<std::string> warning_;
};

}  // namespace dl::uplink
