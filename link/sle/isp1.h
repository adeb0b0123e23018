// Transport mapping layer of the Internet SLE Protocol One (CCSDS 913.1-B-2 section 3.3): messages on a TCP connection.
//
//   PDU        01 00 00 00 | u32 length | PDU
//   context    02 00 00 00 | 00 00 00 0C | "ISP1" | 00 00 00 01 | u16 heartbeat in s | u16 dead factor
//   heartbeat  03 00 00 00 | 00 00 00 00
#pragma once

#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/error.h"

namespace dl::link::sle {

enum class MessageType : std::uint8_t { pdu = 1, context = 2, heartbeat = 3 };

inline constexpr std::size_t kMessageHeaderBytes = 8;
inline constexpr std::size_t kContextBytes = 12;

// Who opens the connection proposes both; a heartbeat of 0 s means that none are sent.
struct TransportContext {
  std::uint16_t heartbeat_s = 0;
  std::uint16_t dead_factor = 0;

  friend bool operator==(const TransportContext&, const TransportContext&) = default;
};

struct Message {
  MessageType type = MessageType::heartbeat;
  ByteView body;
};

void append_context_message(const TransportContext& context, Bytes& out);
void append_heartbeat_message(Bytes& out);
void append_pdu_message(ByteView pdu, Bytes& out);

// Kind corrupt for another length, unsupported for another protocol or version.
Result<TransportContext> parse_context(ByteView body);

// Cuts what comes off a connection into messages, however it was cut into pushes. It holds the message that is not
// whole yet and no more than was pushed: a length makes it reserve nothing.
class MessageReader {
 public:
  // A PDU that states more is refused. A transfer buffer of a busy provider holds some thousand frames of 2 kB.
  static constexpr std::size_t kDefaultPduLimitBytes = std::size_t{32} << 20;

  explicit MessageReader(std::size_t pdu_limit_bytes = kDefaultPduLimitBytes) : pdu_limit_bytes_(pdu_limit_bytes) {}

  void push(ByteView bytes);
  // The next whole message, or nothing until more is pushed. Its body is valid until the next push. Kind corrupt when
  // what stands there is no message: nothing that follows can be read then.
  Result<std::optional<Message>> next();
  // Pushed, and not yet returned.
  [[nodiscard]] std::size_t pending_bytes() const { return buffer_.size() - taken_; }

 private:
  std::size_t pdu_limit_bytes_;
  Bytes buffer_;
  std::size_t taken_ = 0;  // leading bytes of buffer_ that have been returned
};

}  // namespace dl::link::sle
