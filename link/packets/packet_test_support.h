// What the tests of this room share: packets to send, and frames that carry them.
#pragma once

#include <algorithm>
#include <list>
#include <vector>

#include "core/bytes.h"
#include "link/frame.h"
#include "link/packets/space_packet.h"

namespace dl::link::testing {

inline Bytes make_packet(std::uint16_t apid, std::uint16_t count, std::size_t size_bytes, Byte fill = 0xEE) {
  SpacePacketHeader header;
  header.apid = apid;
  header.sequence_count = count;
  Bytes bytes;
  append_space_packet(header, Bytes(size_bytes - kPacketHeaderBytes, fill), bytes);
  return bytes;
}

inline Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Bytes part(ByteView bytes, std::size_t from, std::size_t count) {
  const ByteView of = bytes.subspan(from, count);
  return {of.begin(), of.end()};
}

// Owns the bytes of its frames, which do not move: packets may be views of them.
class TestFrames {
 public:
  static constexpr std::size_t kOverheadBytes = 8;

  Frame make(std::uint16_t pointer, ByteView field) {
    Bytes& bytes = store_.emplace_back(kOverheadBytes, Byte{0x55});
    bytes.insert(bytes.end(), field.begin(), field.end());
    Frame frame;
    frame.bytes = bytes;
    frame.data_field = frame.bytes.subspan(kOverheadBytes);
    frame.first_header_pointer = pointer;
    frame.input_offset = offset_;
    offset_ += 1000;
    return frame;
  }

  // `packets` back to back through data fields of this size, the last one filled up with zero bytes.
  std::vector<Frame> cut(const std::vector<Bytes>& packets, std::size_t field_bytes) {
    const Bytes stream = joined(packets);
    std::vector<Frame> frames;
    std::size_t next_start = 0;  // of the first packet that begins at or behind the field
    std::size_t next_packet = 0;
    for (std::size_t at = 0; at < stream.size(); at += field_bytes) {
      while (next_start < at && next_packet < packets.size()) next_start += packets[next_packet++].size();
      Bytes field = part(stream, at, std::min(field_bytes, stream.size() - at));
      field.resize(field_bytes, 0);
      const bool begins = next_start < at + field_bytes && next_start < stream.size();
      frames.push_back(make(begins ? static_cast<std::uint16_t>(next_start - at) : kNoPacketStart, field));
    }
    return frames;
  }

 private:
  std::list<Bytes> store_;
  std::uint64_t offset_ = 0;
};

}  // namespace dl::link::testing
