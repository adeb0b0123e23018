// The telemetry port of a Cortex demodulator, on a connection ("ground-interfaces", 5.1).
#pragma once

#include <optional>
#include <utility>

#include "daemon/ingest/cortex/cortex_reply.h"
#include "daemon/ingest/cortex/cortex_request.h"
#include "daemon/ingest/dial/stream_protocol.h"

namespace dl::daemon {

// Every block is taken by itself, received at its time tag. What the reader passes over in search of a sync word is a
// protocol error and counted among wrong_size_bytes; a block that the end of a connection cuts is a message of a wrong
// size; a time tag that cannot be is among times_refused. None of it costs the connection.
class CortexProtocol final : public StreamProtocol {
 public:
  CortexProtocol(const config::Cortex& cortex, CortexLayout layout)
      : request_(cortex_request(cortex)), reader_(std::move(layout)) {}

  [[nodiscard]] ByteView greeting() const override { return request_; }
  Result<void> push(ByteView bytes, const Take& take) override;
  [[nodiscard]] UtcTime received_at(UtcTime now) override;
  IntakeCounters end() override;

 private:
  [[nodiscard]] IntakeCounters uncounted();

  const Bytes request_;
  CortexReplyReader reader_;
  CortexCounts counted_;  // of the reader's counts
  std::optional<CortexTimeTag> time_tag_;
  std::uint64_t times_refused_ = 0;  // and not counted yet
};

}  // namespace dl::daemon
