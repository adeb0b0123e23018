#include "link/sle/isp1.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

#include <fmt/format.h>

#include "core/sha256.h"

namespace dl::link::sle {
namespace {

// 913.1-B-2 3.3.3: protocol id, three reserved bytes, version of the protocol.
constexpr std::array<Byte, 8> kContextStart = {'I', 'S', 'P', '1', 0, 0, 0, 1};

void append_header(MessageType type, std::size_t length, Bytes& out) {
  assert(length <= std::numeric_limits<std::uint32_t>::max());
  append_u32(out, static_cast<std::uint32_t>(type) << 24);
  append_u32(out, static_cast<std::uint32_t>(length));
}

// What a message of the type may state as its length.
bool is_possible_length(MessageType type, std::size_t length, std::size_t pdu_limit_bytes) {
  switch (type) {
    case MessageType::pdu:
      return length > 0 && length <= pdu_limit_bytes;
    case MessageType::context:
      return length == kContextBytes;
    case MessageType::heartbeat:
      return length == 0;
  }
  return false;
}

}  // namespace

void append_context_message(const TransportContext& context, Bytes& out) {
  append_header(MessageType::context, kContextBytes, out);
  out.insert(out.end(), kContextStart.begin(), kContextStart.end());
  append_u16(out, context.heartbeat_s);
  append_u16(out, context.dead_factor);
}

void append_heartbeat_message(Bytes& out) {
  append_header(MessageType::heartbeat, 0, out);
}

void append_pdu_message(ByteView pdu, Bytes& out) {
  append_header(MessageType::pdu, pdu.size(), out);
  out.insert(out.end(), pdu.begin(), pdu.end());
}

Result<TransportContext> parse_context(ByteView body) {
  if (body.size() != kContextBytes) {
    return fail(ErrorKind::corrupt,
                fmt::format("a context message has {} bytes, expected {}", body.size(), kContextBytes));
  }
  if (!std::equal(kContextStart.begin(), kContextStart.end(), body.begin())) {
    return fail(ErrorKind::unsupported,
                fmt::format("a context message names the protocol and version '{}', expected '{}'",
                            to_hex(body.first(kContextStart.size())), to_hex(kContextStart)));
  }
  return TransportContext{read_u16(body, 8), read_u16(body, 10)};
}

void MessageReader::push(ByteView bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Message>> MessageReader::next() {
  const ByteView rest = ByteView(buffer_).subspan(taken_);
  if (rest.size() < kMessageHeaderBytes) return std::nullopt;
  const auto type = static_cast<MessageType>(rest[0]);
  const std::size_t length = read_u32(rest, 4);
  if (read_u24(rest, 1) != 0 || !is_possible_length(type, length, pdu_limit_bytes_)) {
    return fail(ErrorKind::corrupt,
                fmt::format("the bytes '{}' begin no message of ISP1 (CCSDS 913.1-B) of at most {} bytes",
                            to_hex(rest.first(kMessageHeaderBytes)), pdu_limit_bytes_));
  }
  if (rest.size() - kMessageHeaderBytes < length) return std::nullopt;
  taken_ += kMessageHeaderBytes + length;
  return Message{type, rest.subspan(kMessageHeaderBytes, length)};
}

}  // namespace dl::link::sle
