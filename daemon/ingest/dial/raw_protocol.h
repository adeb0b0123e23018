// Nothing but the units themselves, back to back: tcp-dial, and the Open Satellite Project's port of VCDUs.
#pragma once

#include "daemon/ingest/dial/stream_protocol.h"
#include "daemon/ingest/unit_stream.h"

namespace dl::daemon {

class RawProtocol final : public StreamProtocol {
 public:
  explicit RawProtocol(Unit unit) : units_(unit) {}

  Result<void> push(ByteView bytes, const Take& take) override {
    units_.push(bytes, [&](ByteView units) { take(units, {}); });
    return {};
  }
  IntakeCounters end() override {
    const std::size_t cut = units_.cut();
    return cut == 0 ? IntakeCounters{} : IntakeCounters{.wrong_size_messages = 1, .wrong_size_bytes = cut};
  }

 private:
  UnitStream units_;
};

}  // namespace dl::daemon
