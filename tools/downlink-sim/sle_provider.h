// A small provider of the SLE services RAF and RCF over ISP1, for tests and demonstrations: it listens, lets users
// bind, and delivers the frames that it was given. Written from the standards (CCSDS 911.1-B, 911.2-B, 913.1-B), with
// faults.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/file.h"
#include "core/time.h"
#include "link/sle/user.h"

namespace dl::sim {

struct SleFrame {
  Bytes data;
  UtcTime earth_receive_time{};
};

// Each counts frames over all sessions of a kind of delivery, and happens once; 0: never.
struct SleFaults {
  std::uint64_t abort_after_frames = 0;    // PEER-ABORT by urgent data
  std::uint64_t cut_after_frames = 0;      // the connection is reset
  std::uint64_t garbage_after_frames = 0;  // bytes that are no message
  std::uint64_t silence_after_frames = 0;  // nothing any more, not even heartbeats
  std::uint64_t loss_of_sync_after_frames = 0;
  std::uint64_t resend_frames = 0;           // after the first reconnection it begins so many frames too early
  bool wrong_credentials = false;            // does not know its own password
  bool silent_on_bind = false;               // answers nothing at all
  std::optional<std::uint8_t> refuse_bind;   // with this diagnostic, the first time
  std::optional<std::uint8_t> refuse_start;  // likewise
  std::set<std::size_t> erred_frames;        // by index
  std::set<std::size_t> lost_online;         // that only offline delivery has
};

struct SleProviderOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string name = "STATION";
  std::string user = "DOWNLINKD";
  link::sle::Authentication authentication = link::sle::Authentication::none;
  link::sle::Hash hash = link::sle::Hash::sha256;
  Bytes password;
  Bytes user_password;
  std::string service_instance;  // the only one there is; empty: any
  double frames_per_s = 0;       // 0: as fast as the user takes them
  std::size_t frames_per_buffer = 10;
  // Online timely, at a rate: what is more is dropped, and said. The socket's own buffer is as large.
  std::size_t timely_buffer_bytes = std::size_t{1} << 20;
  SleFaults faults;
};

struct SleCounts {
  std::uint64_t connections = 0;
  std::uint64_t binds = 0;
  std::uint64_t binds_refused = 0;
  std::uint64_t starts = 0;
  std::uint64_t unbinds = 0;
  std::uint64_t completed = 0;       // unbinds of users that were told of the end of the data
  std::uint64_t frames = 0;          // put into transfer buffers
  std::uint64_t frames_dropped = 0;  // timely: for a user that was slow
  std::uint64_t aborts_received = 0;
  std::optional<UtcTime> last_start_time;  // of the last START that had one
};

// Every session has a thread of its own. How it delivers follows from the name of the service instance, whose last
// attribute begins with "onlt", "onlc" or "offl".
class SleProvider {
 public:
  // `frames` in the order of their times.
  SleProvider(std::vector<SleFrame> frames, SleProviderOptions options);
  ~SleProvider();  // stop()
  SleProvider(const SleProvider&) = delete;
  SleProvider& operator=(const SleProvider&) = delete;

  // Kind io when it cannot listen.
  Result<void> start();
  void stop();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] SleCounts counts() const;

 private:
  friend class SleProviderSession;
  // What the faults have done already, and how far each kind of delivery has come.
  struct Shared {
    mutable std::mutex mutex;
    SleCounts counts;
    std::size_t next_online = 0;  // index of the frame that comes next when START names no time
    std::uint64_t delivered = 0;
    std::set<std::string> faults_done;
  };
  void accept_all();

  const std::vector<SleFrame> frames_;
  const SleProviderOptions options_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  Shared shared_;
  std::list<std::thread> sessions_;
  std::thread acceptor_;
};

}  // namespace dl::sim
