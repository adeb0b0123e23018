// The user's side of the services: what it says is encoded, what the provider says is decoded.
#pragma once

#include <optional>

#include "core/bytes.h"
#include "core/error.h"
#include "link/sle/pdu.h"

namespace dl::link::sle {

// The PDU of a message (link/sle/isp1.h). What it holds keeps the ranges of link/sle/pdu.h; the service instance has
// passed check_service_instance().
Bytes encode(const UserPdu& pdu, const Dialect& dialect);

// Views in it point into `bytes`. Kinds corrupt and unsupported.
Result<ProviderPdu> decode_provider_pdu(ByteView bytes, const Dialect& dialect);

// Takes the frames and notifications of a transfer buffer one after the other. The bytes must outlive it and what it
// returns. After an error there is no more.
class TransferBufferReader {
 public:
  TransferBufferReader(const TransferBuffer& buffer, const Dialect& dialect)
      : items_(buffer.items), dialect_(dialect) {}

  // The next item; nothing at the end.
  Result<std::optional<BufferItem>> next();

 private:
  BerReader items_;
  Dialect dialect_;
};

}  // namespace dl::link::sle
