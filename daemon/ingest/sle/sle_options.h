// From the configuration of a source to what link/sle needs to know.
#pragma once

#include "config/config.h"
#include "core/error.h"
#include "link/sle/user.h"

namespace dl::daemon {

// Reads the password files. Kind config when one cannot be used, or the service instance is no name of one.
Result<link::sle::UserOptions> sle_user_options(const config::Sle& sle);

// The password in the text of a file: text without its line end, or, behind "hex:", bytes in hexadecimal. Kind config.
Result<Bytes> parse_sle_password(std::string_view text);

}  // namespace dl::daemon
