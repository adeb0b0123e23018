#include "link/packet.h"

#include <utility>

namespace dl::link {

void PacketBatch::add(Packet packet) {
  offsets_.push_back(arena_.size());
  arena_.insert(arena_.end(), packet.bytes.begin(), packet.bytes.end());
  packets_.push_back(std::move(packet));
}

void PacketBatch::clear() {
  packets_.clear();
  offsets_.clear();
  arena_.clear();
}

const std::vector<Packet>& PacketBatch::packets() {
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    packets_[i].bytes = ByteView(arena_).subspan(offsets_[i], packets_[i].bytes.size());
  }
  return packets_;
}

}  // namespace dl::link
