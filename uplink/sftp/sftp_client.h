// SFTP over libcurl (libssh2), blocking: one SSH connection that is kept between calls.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

class Bandwidth;

struct SftpServer {
  std::string host;
  std::uint16_t port = 22;
  std::string user;
  // The server's host key, as ssh-keyscan(1) prints it. Without an entry for the server nothing is sent to it.
  std::filesystem::path known_hosts;
  // One of the two; both are read anew for every connection.
  std::optional<std::filesystem::path> key_file;  // OpenSSH or PEM, without passphrase
  std::optional<std::filesystem::path> password_file;
  Milliseconds connect_timeout{30'000};  // name, connection, key exchange and login together
  Milliseconds stall_timeout{60'000};    // no byte in either direction for this long
  Bandwidth* bandwidth = nullptr;        // of what is sent; outlives the client
};

// What is sent, from any place on.
class SeekableSource {
 public:
  virtual ~SeekableSource() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  // Called at most once, before the first read(), with at most size_bytes(). Without it reading begins at 0.
  virtual Result<void> start_at(std::uint64_t offset) = 0;
  virtual Result<std::size_t> read(std::span<Byte> out) = 0;
};

// Owned by one thread. Paths with a slash in front are the server's, others count from the user's home. Kinds:
// transient (no connection, broken, stalled), config (host key, login or permission refused, key file unreadable),
// exhausted (the server's disk is full), cancelled (progress said so), permanent where stated.
class SftpClient {
 public:
  explicit SftpClient(SftpServer server);
  ~SftpClient();
  SftpClient(const SftpClient&) = delete;
  SftpClient& operator=(const SftpClient&) = delete;

  struct Uploaded {
    std::uint64_t resumed_at = 0;  // what was there before
  };
  // Writes a file, making missing folders. `resume`: what is there is taken for the beginning and the rest put behind
  // (of a whole file nothing: that is how to ask for its size); kind permanent when more is there than the source has.
  // Otherwise from the beginning.
  Result<Uploaded> upload(const std::string& path, SeekableSource& source, bool resume, const ProgressFn& progress);

  struct Content {
    std::uint64_t size_bytes = 0;  // at most one more than the limit
    std::uint32_t crc32c = 0;
  };
  // Reads a file and hashes it, no further than one byte beyond `limit_bytes`; nullopt when there is none.
  Result<std::optional<Content>> read_back(const std::string& path, std::uint64_t limit_bytes,
                                           const ProgressFn& progress);

  // Kind permanent when the server does not: with OpenSSH also when `to` exists.
  Result<void> rename(const std::string& from, const std::string& to, const ProgressFn& progress);
  Result<void> remove(const std::string& path, const ProgressFn& progress);

 private:
  struct Handle;
  // A command on a connection that transfers nothing else.
  Result<void> command(const std::string& text, const std::string& purpose, const ProgressFn& progress);
  Result<void> prepare(const std::string& path);

  SftpServer server_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace dl::uplink
