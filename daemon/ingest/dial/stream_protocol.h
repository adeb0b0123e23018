// What is spoken on a connection that we have dialled.
#pragma once

#include <functional>
#include <memory>

#include "core/bytes.h"
#include "core/error.h"
#include "core/intake_counters.h"
#include "core/time.h"

namespace dl::daemon {

// One object per connection: it is made anew after every break. No sockets, no clocks.
class StreamProtocol {
 public:
  // Whole units, or any stretch of a stream of bits; `counters` go with them.
  using Take = std::function<void(ByteView units, const IntakeCounters& counters)>;

  virtual ~StreamProtocol() = default;
  // What we say first; lives as long as this.
  [[nodiscard]] virtual ByteView greeting() const { return {}; }
  // The next unit is the first of a pass.
  virtual void begin_pass() {}
  // What the peer has sent, cut anywhere. Kind corrupt: it does not speak the protocol, and the connection is to be
  // given up; what was taken before stays.
  virtual Result<void> push(ByteView bytes, const Take& take) = 0;
  // When the units that are being taken were received: asked once for each call of Take with units. `now` where the
  // peer does not say.
  [[nodiscard]] virtual UtcTime received_at(UtcTime now) { return now; }
  // The connection is over: counts what it had begun and not completed.
  virtual IntakeCounters end() = 0;
};

using MakeProtocol = std::function<std::unique_ptr<StreamProtocol>()>;

}  // namespace dl::daemon
