// RequestSigner of Google's services: the Authorization header that Credentials make.
#pragma once

#include "uplink/credentials/credentials.h"
#include "uplink/credentials/request_signer.h"

namespace dl::uplink {

class BearerSigner final : public RequestSigner {
 public:
  // The credentials outlive this.
  explicit BearerSigner(Credentials& credentials) : credentials_(credentials) {}

  Result<void> sign(HttpRequest& request) override {
    DL_TRY(std::string authorization, credentials_.authorization());
    if (!authorization.empty()) request.headers.push_back({"Authorization", std::move(authorization)});
    return {};
  }
  void invalidate() override { credentials_.invalidate(); }
  [[nodiscard]] std::optional<std::string> trouble() const override { return credentials_.trouble(); }

 private:
  Credentials& credentials_;
};

}  // namespace dl::uplink
