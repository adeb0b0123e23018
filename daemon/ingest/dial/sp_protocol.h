// Subscriber of the nanomsg and nng "scalability protocols" over TCP ("ground-interfaces", 5.3; SP TCP mapping,
// nanomsg RFC "sp-tcp-mapping-01"; SP publish/subscribe numbers 0x20 and 0x21).
#pragma once

#include <array>
#include <cstdint>

#include "daemon/ingest/dial/frame_gaps.h"
#include "daemon/ingest/dial/stream_protocol.h"
#include "daemon/ingest/unit.h"

namespace dl::daemon {

// Each side says 8 bytes first; then every message is its length, 8 bytes, most significant first, and its body.
class SpProtocol final : public StreamProtocol {
 public:
  // A longer message is nothing that a ground station sends: whoever announces one does not speak the protocol.
  static constexpr std::uint64_t kMostMessageBytes = std::uint64_t{1} << 20;

  // Of every body `strip_bytes` in front are dropped; the rest has to be one unit. `gaps` is that of all
  // connections; null: frames are not looked at.
  SpProtocol(Unit unit, std::size_t strip_bytes, std::shared_ptr<FrameGaps> gaps)
      : unit_(unit), strip_bytes_(strip_bytes), gaps_(std::move(gaps)) {}

  [[nodiscard]] ByteView greeting() const override;
  void begin_pass() override {
    if (gaps_) gaps_->forget();
  }
  Result<void> push(ByteView bytes, const Take& take) override;
  IntakeCounters end() override;

 private:
  Result<void> read_header(ByteView& bytes);
  void read_body(ByteView& bytes, const Take& take);
  void take_message(ByteView body, const Take& take) const;

  Unit unit_;
  std::size_t strip_bytes_;
  std::shared_ptr<FrameGaps> gaps_;
  bool greeted_ = false;
  std::array<Byte, 8> header_{};  // the peer's greeting, then lengths
  std::size_t header_bytes_ = 0;
  std::uint64_t message_bytes_ = 0;  // of the message that is being read; in_message_ only
  bool in_message_ = false;
  Bytes body_;  // of it so far, at most kMostMessageBytes
};

}  // namespace dl::daemon
