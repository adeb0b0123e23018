// RequestSigner of S3: Signature Version 4 with the keys of a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/clock.h"
#include "uplink/credentials/key_file.h"
#include "uplink/credentials/request_signer.h"
#include "uplink/s3/sigv4.h"

namespace dl::uplink {

class S3Signer final : public RequestSigner {
 public:
  // `credentials_file` as parse_aws_keys() reads it; read again when it changes. `time` outlives this: signatures that
  // are more than 15 minutes off are refused (RequestTimeTooSkewed), so it should be a ServerTime.
  S3Signer(const std::filesystem::path& credentials_file, const std::string& profile, std::string region,
           const Clock& time);

  // Kind config when the file has no usable key.
  Result<void> sign(HttpRequest& request) override;
  void invalidate() override { keys_.refused(); }
  // For an operator; see KeyFile.
  [[nodiscard]] std::optional<std::string> trouble() const override { return keys_.trouble(); }

 private:
  KeyFile<AwsKeys> keys_;
  SigV4Scope scope_;
  const Clock& time_;
};

}  // namespace dl::uplink
