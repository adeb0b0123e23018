// How a request proves who sends it, whatever the service: a bearer token, SigV4, SharedKey, a signature in the URL.
#pragma once

#include <optional>
#include <string>

#include "core/error.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

// May be used by several threads.
class RequestSigner {
 public:
  virtual ~RequestSigner() = default;
  // Adds what the service wants to see: headers, or a query. Called last, when everything else of the request stands;
  // what of the body a signature covers is stated by a header that is there already (x-amz-content-sha256). Kind
  // config when the key cannot be used, transient when somebody who has to be asked does not answer. No message quotes
  // a secret.
  virtual Result<void> sign(HttpRequest& request) = 0;
  // The server did not accept the last signature: make a new one from what the files say now.
  virtual void invalidate() = 0;
  // What an operator should know though there still is something to sign with: KeyFile::trouble(). Never a secret.
  [[nodiscard]] virtual std::optional<std::string> trouble() const { return std::nullopt; }
};

}  // namespace dl::uplink
