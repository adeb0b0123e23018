// Types that stand in PDUs of either direction (CCSDS-SLE-TRANSFER-SERVICE-COMMON-TYPES).
#pragma once

#include <optional>

#include "link/sle/ber.h"
#include "link/sle/pdu.h"

namespace dl::link::sle {

void write_credentials(CredentialsView credentials, BerWriter& writer);
Result<CredentialsView> read_credentials(BerReader& reader);

void write_time(UtcTime time, BerWriter& writer);
Result<UtcTime> read_time(BerReader& reader);

void write_conditional_time(const std::optional<UtcTime>& time, BerWriter& writer);
Result<std::optional<UtcTime>> read_conditional_time(BerReader& reader);

void write_invoke_id(std::uint16_t invoke_id, BerWriter& writer);
Result<std::uint16_t> read_invoke_id(BerReader& reader);

// GvcId: `tag` is that of its SEQUENCE where it stands.
void write_channel(const Tag& tag, const ChannelId& channel, BerWriter& writer);
Result<ChannelId> read_channel(const Tag& tag, BerReader& reader);

void write_peer_abort(const PeerAbort& abort, BerWriter& writer);

}  // namespace dl::link::sle
