// The thread that takes datagrams out of the kernel's buffer: nothing that the io thread does may cost a datagram.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/intake_counters.h"
#include "daemon/ingest/udp/udp_socket.h"
#include "daemon/ingest/unit.h"

namespace dl::daemon {

// What came since the last one.
struct UdpBlock {
  Bytes units;            // back to back; may be empty
  UtcTime received_at{};  // of the first
  IntakeCounters counters;
  std::string peer;  // who has sent the last
  std::uint64_t peers_refused = 0;
  std::string refused_peer;  // the last of them
};

struct UdpReceiverOptions {
  std::size_t strip_bytes = 0;
  // Of units that nobody has taken yet. Overflow policy: what comes is dropped, and counted as dropped_no_room.
  std::size_t queue_bytes = 64U << 20;
};

class UdpReceiver {
 public:
  // `waiting` is called by the thread when there is a block where there was none. The clock outlives this.
  UdpReceiver(const Clock& clock, UdpSocket socket, Unit unit, UdpReceiverOptions options,
              std::function<void()> waiting);
  ~UdpReceiver();  // stops
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  // Before that the kernel's buffer fills. Kind io: there is no descriptor left for it.
  Result<void> start(std::vector<config::PeerNetwork> allowed);
  void stop();
  void allow(std::vector<config::PeerNetwork> allowed);

  // Safe from any thread. The oldest block; nothing when there is none.
  std::optional<UdpBlock> next();

  [[nodiscard]] std::uint16_t port() const { return socket_.port; }

 private:
  class Batch;
  void run();
  bool wait_for_datagrams(bool active);
  bool read_all(Batch& batch);
  void take_datagrams(const Batch& batch, std::size_t count);
  bool is_allowed(const sockaddr_storage& sender);
  void take_unit(ByteView datagram);
  void count_drops(std::uint32_t dropped);
  void hand_over();
  bool queue(UdpBlock block);

  const Clock& clock_;
  const UdpSocket socket_;
  const Unit unit_;
  const UdpReceiverOptions options_;
  const std::function<void()> waiting_;
  FileDescriptor wake_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;

  // Under the mutex.
  std::mutex mutex_;
  std::vector<config::PeerNetwork> allowed_;
  bool allowed_changed_ = false;
  std::deque<UdpBlock> blocks_;
  std::size_t queued_bytes_ = 0;

  // The thread's.
  UdpBlock block_;
  bool has_news_ = false;  // in block_
  std::size_t usual_bytes_ = 0;
  std::uint32_t dropped_ = 0;  // by the kernel so far
  std::vector<config::PeerNetwork> networks_;
  sockaddr_storage last_sender_{};
  bool last_allowed_ = false;
};

}  // namespace dl::daemon
