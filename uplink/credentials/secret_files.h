// Secrets as operators keep them in files, beside Google's service-account keys (credentials.h).
#pragma once

#include <string>

#include "core/error.h"
#include "uplink/s3/sigv4.h"

namespace dl::uplink {

// One profile of an AWS credentials file: INI with sections [profile], keys aws_access_key_id, aws_secret_access_key
// and aws_session_token. Kind config when the profile or a key is missing; the message never quotes a value.
// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
Result<AwsKeys> parse_aws_keys(const std::string& text, const std::string& profile);

// Exactly one of the two proofs is there.
struct AzureKeys {
  std::string account;      // empty when the file does not say
  std::string account_key;  // base64, for SharedKey
  std::string sas_token;    // a query without '?'
};

// Lines "account=NAME", "key=BASE64" or "sas=QUERY" ('#' begins a comment), or the connection string as Azure's portal
// shows it ("...;AccountName=NAME;AccountKey=BASE64;..."). Kind config otherwise; the message never quotes a value.
Result<AzureKeys> parse_azure_keys(const std::string& text);

struct Login {
  std::string user;
  std::string password;
};

// One line "user:password": for proxies. The password may hold colons.
Result<Login> parse_login(const std::string& text);

// The first line: for passwords and signing secrets that stand alone.
Result<std::string> parse_password(const std::string& text);

}  // namespace dl::uplink
