// The provider's side of the services: what the user says is decoded, what the provider says is encoded. For the
// simulator of a ground station.
#pragma once

#include <span>

#include "core/bytes.h"
#include "core/error.h"
#include "link/sle/pdu.h"

namespace dl::link::sle {

// What a provider says is of no service before BIND: `service` counts for START only.
Result<UserPdu> decode_user_pdu(ByteView bytes, Service service);

// What it holds keeps the ranges of link/sle/pdu.h.
Bytes encode(const ProviderPdu& pdu, const Dialect& dialect);
Bytes encode_transfer_buffer(std::span<const BufferItem> items, const Dialect& dialect);

}  // namespace dl::link::sle
