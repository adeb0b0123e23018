#include "link/packets/packet_stream.h"

namespace dl::link {
namespace {

using State = PacketExtent::State;

// Bytes at random look like a header once in 8 times, and like one of a known APID far less often.
constexpr unsigned kKnownToBegin = 3;
constexpr unsigned kKnownBehindAPacket = 1;
constexpr unsigned kAnyToBegin = 8;
constexpr unsigned kAnyBehindAPacket = 5;
// Where the end of the input cuts the last packet.
constexpr unsigned kKnownBeforeTheEnd = 2;

}  // namespace

PacketStream::PacketStream(const Profile& profile, IdlePackets idle)
    : encapsulation_(profile.encapsulation_packets),
      idle_(idle),
      checksums_(profile.checksums),
      sequences_(profile.sequence_count) {
  for (const Route& route : profile.routes) {
    for (const std::uint16_t apid : route.apids) known_.set(apid);
  }
}

void PacketStream::push(ByteView bytes, UtcTime received_at, PacketBatch& out) {
  begin();
  if (bytes.empty()) return;
  if (arrivals_.empty() || arrivals_.back().received_at != received_at) {
    arrivals_.push_back({held_offset_ + held_.size(), received_at});
  }
  losses_.bytes_in += bytes.size();
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  take_in(out);
}

void PacketStream::flush(PacketBatch& out) {
  begin();
  ended_ = true;
  take_in(out);
}

void PacketStream::skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out) {
  begin();
  ended_ = true;
  cut_ = DropReason::packet_cut_by_gap;
  take_in(out);
  ended_ = false;
  cut_ = DropReason::packet_cut_by_end;
  losses_.bytes_in += size_bytes;
  losses_.drop(reason, 0, size_bytes);
  // Packets are views of what is held: it stays as it is, and only the count goes on.
  held_offset_ += size_bytes;
  searching_ = true;
}

// What was put out before is forgotten.
void PacketStream::begin() {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done_));
  held_offset_ += done_;
  done_ = 0;
  while (arrivals_.size() > 1 && arrivals_[1].offset <= held_offset_) arrivals_.pop_front();
}

void PacketStream::take_in(PacketBatch& out) {
  while (done_ < held_.size()) {
    if (!(searching_ ? search() : take_one(out))) return;
  }
}

// False when more bytes are needed to go on.
bool PacketStream::take_one(PacketBatch& out) {
  const PacketExtent extent = packet_extent(from(done_), encapsulation_);
  if (extent.state == State::bad) {
    searching_ = true;
    return true;
  }
  if (extent.state == State::incomplete) {
    if (ended_) drop(cut_, 1, held_.size());
    return ended_;
  }
  switch (follows(done_ + extent.size_bytes)) {
    case Answer::more_needed:
      return false;
    case Answer::yes:
      put_out(extent, out);
      return true;
    case Answer::no:
      return doubt(extent, out);
  }
  return false;
}

// Behind this packet stands none: either its length is wrong, or what follows is.
bool PacketStream::doubt(const PacketExtent& extent, PacketBatch& out) {
  const std::size_t end = done_ + extent.size_bytes;
  const Place next = next_chain(done_ + 1);
  if (next.answer != Answer::no && next.at < end) {
    if (next.answer == Answer::yes) drop(DropReason::packet_header, 1, next.at);
    return next.answer == Answer::yes;
  }
  if (end > held_.size()) {
    drop(cut_, 1, held_.size());
    return true;
  }
  put_out(extent, out);
  searching_ = true;
  return true;
}

bool PacketStream::search() {
  const Place next = next_chain(done_);
  drop(DropReason::no_packet_start, 0, next.answer == Answer::no ? held_.size() : next.at);
  searching_ = next.answer != Answer::yes;
  return next.answer != Answer::more_needed;
}

void PacketStream::put_out(const PacketExtent& extent, PacketBatch& out) {
  const ByteView bytes = from(done_).first(extent.size_bytes);
  Packet packet = read_packet(bytes, extent.kind, arrival_at(held_offset_ + done_));
  ++losses_.units_in;
  done_ += extent.size_bytes;
  if (is_idle_packet(bytes, extent.kind)) {
    losses_.drop(DropReason::idle, 1, bytes.size());
    if (idle_ == IdlePackets::put_out) out.add_view(packet);
    return;
  }
  if (!checksums_.right(packet)) {
    losses_.drop(DropReason::packet_checksum, 1, bytes.size());
    return;
  }
  if (extent.kind == PacketKind::space) known_.set(packet.apid);
  sequences_.take(packet);
  ++losses_.units_out;
  losses_.bytes_out += bytes.size();
  out.add_view(packet);
}

// Up to `end`, as packets that began or without a beginning.
void PacketStream::drop(DropReason reason, std::uint64_t units, std::size_t end) {
  losses_.units_in += units;
  losses_.drop(reason, units, end - done_);
  done_ = end;
}

PacketStream::Answer PacketStream::follows(std::size_t at) const {
  if (at > held_.size()) return ended_ ? Answer::no : Answer::more_needed;
  if (at == held_.size()) return ended_ ? Answer::yes : Answer::more_needed;
  const PacketExtent extent = packet_extent(from(at), encapsulation_);
  if (extent.state == State::incomplete) return ended_ ? Answer::yes : Answer::more_needed;
  if (extent.state == State::good && is_known(from(at), extent.kind)) return Answer::yes;
  return chain(at, kKnownBehindAPacket, kAnyBehindAPacket);
}

// Headers that follow one another from `at`: enough if so many are of known APIDs, or if there are many of any.
PacketStream::Answer PacketStream::chain(std::size_t at, unsigned known_wanted, unsigned any_wanted) const {
  unsigned known = 0;
  for (unsigned seen = 0; seen < any_wanted; ++seen) {
    if (at == held_.size()) return ended_ ? Answer::yes : Answer::more_needed;
    const PacketExtent extent = at < held_.size() ? packet_extent(from(at), encapsulation_) : PacketExtent{};
    if (extent.state == State::bad) return Answer::no;
    if (extent.state == State::incomplete) {
      if (!ended_) return Answer::more_needed;
      return known >= kKnownBeforeTheEnd ? Answer::yes : Answer::no;
    }
    known += is_known(from(at), extent.kind) ? 1 : 0;
    if (known == known_wanted) return Answer::yes;
    at += extent.size_bytes;
  }
  return Answer::yes;
}

PacketStream::Place PacketStream::next_chain(std::size_t from_place) const {
  for (std::size_t at = from_place; at < held_.size(); ++at) {
    const PacketExtent extent = packet_extent(from(at), encapsulation_);
    if (extent.state == State::good && known_.any() && !is_known(from(at), extent.kind)) continue;
    const Answer answer = chain(at, kKnownToBegin, kAnyToBegin);
    if (answer != Answer::no) return {answer, at};
  }
  return {Answer::no, held_.size()};
}

bool PacketStream::is_known(ByteView header, PacketKind kind) const {
  if (kind != PacketKind::space) return true;
  const std::uint16_t apid = read_u16(header, 0) & kIdleApid;
  return apid == kIdleApid || known_[apid];
}

Packet PacketStream::arrival_at(std::uint64_t offset) {
  while (arrivals_.size() > 1 && arrivals_[1].offset <= offset) arrivals_.pop_front();
  Packet packet;
  packet.received_at = arrivals_.front().received_at;
  packet.input_offset = offset;
  return packet;
}

}  // namespace dl::link
