#include "daemon/ingest/udp/udp_receiver.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#ifndef UDP_GRO
#define UDP_GRO 104  // linux/udp.h; since Linux 5.0
#endif

namespace dl::daemon {
namespace {

constexpr std::size_t kMessages = 64;           // of one recvmmsg(2)
constexpr std::size_t kMessageBytes = 1 << 16;  // the most that one datagram, or several joined by UDP_GRO, can be
constexpr std::size_t kBlockBytes = 1 << 20;
// After the last datagram the kernel is asked once more what it has dropped: nobody else would tell.
constexpr int kLastLook_ms = 200;

}  // namespace

// Buffers of one recvmmsg(2), made once.
class UdpReceiver::Batch {
 public:
  Batch() : bytes_(kMessages * kMessageBytes) {
    for (std::size_t i = 0; i < kMessages; ++i) {
      pieces_[i] = {bytes_.data() + i * kMessageBytes, kMessageBytes};
      headers_[i].msg_hdr = {};
      headers_[i].msg_hdr.msg_iov = &pieces_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // How many messages were there; 0: none.
  std::size_t receive(int descriptor) {
    for (std::size_t i = 0; i < kMessages; ++i) {
      msghdr& header = headers_[i].msg_hdr;
      header.msg_name = &senders_[i];
      header.msg_namelen = sizeof senders_[i];
      header.msg_control = controls_[i].bytes;
      header.msg_controllen = sizeof controls_[i].bytes;
    }
    const int count = ::recvmmsg(descriptor, headers_.data(), kMessages, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  [[nodiscard]] ByteView message(std::size_t index) const {
    return ByteView(bytes_).subspan(index * kMessageBytes, headers_[index].msg_len);
  }
  [[nodiscard]] const sockaddr_storage& sender(std::size_t index) const { return senders_[index]; }

  struct Told {
    std::size_t segment_bytes = 0;         // of joined datagrams; 0: it is one
    std::optional<std::uint32_t> dropped;  // by the kernel so far
  };
  [[nodiscard]] Told told(std::size_t index) const {
    Told told;
    auto* header = const_cast<msghdr*>(&headers_[index].msg_hdr);  // CMSG_NXTHDR takes no const
    for (cmsghdr* control = CMSG_FIRSTHDR(header); control != nullptr; control = CMSG_NXTHDR(header, control)) {
      if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
        int size = 0;
        std::memcpy(&size, CMSG_DATA(control), sizeof size);
        told.segment_bytes = size > 0 ? static_cast<std::size_t>(size) : 0;
      } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t dropped = 0;
        std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
        told.dropped = dropped;
      }
    }
    return told;
  }

 private:
  struct alignas(cmsghdr) Control {
    Byte bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))];
  };
  Bytes bytes_;
  std::array<iovec, kMessages> pieces_{};
  std::array<mmsghdr, kMessages> headers_{};
  std::array<sockaddr_storage, kMessages> senders_{};
  std::array<Control, kMessages> controls_{};
};

UdpReceiver::UdpReceiver(const Clock& clock, UdpSocket socket, Unit unit, UdpReceiverOptions options,
                         std::function<void()> waiting)
    : clock_(clock), socket_(std::move(socket)), unit_(unit), options_(options), waiting_(std::move(waiting)) {}

UdpReceiver::~UdpReceiver() {
  stop();
}

Result<void> UdpReceiver::start(std::vector<config::PeerNetwork> allowed) {
  wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.valid()) return fail_errno("cannot start the thread that receives datagrams", errno);
  allow(std::move(allowed));
  thread_ = std::thread([this] { run(); });
  return {};
}

void UdpReceiver::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void UdpReceiver::allow(std::vector<config::PeerNetwork> allowed) {
  const std::lock_guard lock(mutex_);
  allowed_ = std::move(allowed);
  allowed_changed_ = true;
}

std::optional<UdpBlock> UdpReceiver::next() {
  const std::lock_guard lock(mutex_);
  if (blocks_.empty()) return std::nullopt;
  UdpBlock block = std::move(blocks_.front());
  blocks_.pop_front();
  queued_bytes_ -= block.units.size();
  return block;
}

void UdpReceiver::run() {
  Batch batch;
  bool active = false;
  while (wait_for_datagrams(active)) {
    active = read_all(batch);
    if (!active) {
      if (const auto dropped = socket_.dropped()) count_drops(*dropped);
    }
    hand_over();
  }
}

// False: stop.
bool UdpReceiver::wait_for_datagrams(bool active) {
  std::array<pollfd, 2> waited = {{{socket_.descriptor.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  (void)::poll(waited.data(), waited.size(), active ? kLastLook_ms : -1);
  return !stopping_;
}

// Whether there was any.
bool UdpReceiver::read_all(Batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(allowed_changed_, false)) {
      networks_ = allowed_;
      last_sender_ = {};
    }
  }
  bool any = false;
  while (!stopping_) {
    const std::size_t count = batch.receive(socket_.descriptor.get());
    any |= count > 0;
    if (count > 0) take_datagrams(batch, count);
    if (count < kMessages) break;
  }
  return any;
}

void UdpReceiver::take_datagrams(const Batch& batch, std::size_t count) {
  has_news_ = true;
  if (block_.units.empty()) block_.received_at = clock_.now();
  for (std::size_t i = 0; i < count; ++i) {
    const auto told = batch.told(i);
    if (told.dropped) count_drops(*told.dropped);
    if (!is_allowed(batch.sender(i))) {
      ++block_.peers_refused;
      continue;
    }
    ByteView rest = batch.message(i);
    const std::size_t segment = told.segment_bytes != 0 ? told.segment_bytes : rest.size();
    do {
      const ByteView datagram = rest.first(std::min(segment, rest.size()));
      take_unit(datagram);
      rest = rest.subspan(datagram.size());
    } while (!rest.empty());
  }
  if (block_.units.size() >= kBlockBytes) hand_over();
}

bool UdpReceiver::is_allowed(const sockaddr_storage& sender) {
  if (std::memcmp(&sender, &last_sender_, sizeof sender) == 0) return last_allowed_;
  last_sender_ = sender;
  last_allowed_ = config::is_allowed_peer(networks_, host_of(sender));
  (last_allowed_ ? block_.peer : block_.refused_peer) = host_and_port_of(sender);
  return last_allowed_;
}

void UdpReceiver::take_unit(ByteView datagram) {
  const std::size_t strip = options_.strip_bytes;
  if (datagram.size() < strip || !unit_.fits(datagram.subspan(strip))) {
    ++block_.counters.wrong_size_messages;
    block_.counters.wrong_size_bytes += datagram.size();
    return;
  }
  const ByteView unit = datagram.subspan(strip);
  if (block_.units.capacity() == 0) block_.units.reserve(usual_bytes_);
  block_.units.insert(block_.units.end(), unit.begin(), unit.end());
  ++block_.counters.messages;
}

void UdpReceiver::count_drops(std::uint32_t dropped) {
  const std::uint32_t more = dropped - dropped_;
  // Counts of datagrams that were queued before we looked at the socket's own are behind it.
  if (more == 0 || more > 0x8000'0000U) return;
  dropped_ = dropped;
  block_.counters.dropped_by_kernel += more;
  has_news_ = true;
}

void UdpReceiver::hand_over() {
  if (!std::exchange(has_news_, false)) return;
  UdpBlock block = std::exchange(block_, {});
  usual_bytes_ = block.units.size() + block.units.size() / 4;
  if (queue(std::move(block))) waiting_();
}

// Whether there was none before.
bool UdpReceiver::queue(UdpBlock block) {
  const std::lock_guard lock(mutex_);
  if (queued_bytes_ + block.units.size() > options_.queue_bytes) {
    block.counters.dropped_no_room_messages += std::exchange(block.counters.messages, 0);
    block.counters.dropped_no_room_bytes += block.units.size();
    block.units.clear();
  }
  queued_bytes_ += block.units.size();
  // What nobody takes grows together: the queue holds bytes, not many small blocks.
  if (blocks_.empty() || blocks_.back().units.size() + block.units.size() > kBlockBytes) {
    blocks_.push_back(std::move(block));
    return blocks_.size() == 1;
  }
  UdpBlock& newest = blocks_.back();
  if (newest.units.empty()) newest.received_at = block.received_at;
  newest.units.insert(newest.units.end(), block.units.begin(), block.units.end());
  newest.counters += block.counters;
  if (!block.peer.empty()) newest.peer = std::move(block.peer);
  newest.peers_refused += block.peers_refused;
  if (!block.refused_peer.empty()) newest.refused_peer = std::move(block.refused_peer);
  return false;
}

}  // namespace dl::daemon
