#include "link/packet.h"

#include <algorithm>

namespace dl::link {
namespace {

constexpr std::size_t kBlockBytes = 256U << 10;

}  // namespace

void PacketBatch::add(Packet packet) {
  const std::span<Byte> copy = allocate(packet.bytes.size());
  std::copy(packet.bytes.begin(), packet.bytes.end(), copy.begin());
  packet.bytes = copy;
  packets_.push_back(packet);
}

std::span<Byte> PacketBatch::allocate(std::size_t size_bytes) {
  while (block_ < blocks_.size() && blocks_[block_].size() - used_ < size_bytes) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) blocks_.emplace_back(std::max(size_bytes, kBlockBytes));
  const std::span<Byte> room = std::span<Byte>(blocks_[block_]).subspan(used_, size_bytes);
  used_ += size_bytes;
  return room;
}

void PacketBatch::clear() {
  packets_.clear();
  block_ = 0;
  used_ = 0;
}

}  // namespace dl::link
