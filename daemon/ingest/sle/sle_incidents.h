// What an operator is told of associations with SLE providers, and how verdicts of theirs are recorded.
#pragma once

#include <string>

#include "config/config.h"
#include "daemon/incidents.h"
#include "link/sle/user.h"
#include "recording/index_record.h"

namespace dl::daemon {

// Opens the incident that the end of an association is worth: "sle_refused", "sle_not_authentic", "sle_aborted",
// "sle_silent" or "protocol_error". None for an orderly end, for a lost connection, of which the dialler tells when it
// lasts, and for a service that is not on: between two passes a provider answers so, and nobody needs to do anything.
void open_sle_incident(Incidents& incidents, const config::Source& source, const link::sle::Ended& ended);

// All of them are over: the service has started.
void close_sle_incidents(Incidents& incidents, const std::string& source);

recording::Verdict sle_verdict(link::sle::FrameQuality quality);

}  // namespace dl::daemon
