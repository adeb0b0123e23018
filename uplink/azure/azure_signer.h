// RequestSigner of Azure's storage: Shared Key, or a shared access signature in the URL.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/clock.h"
#include "uplink/credentials/key_file.h"
#include "uplink/credentials/request_signer.h"
#include "uplink/credentials/secret_files.h"

namespace dl::uplink {

class AzureSigner final : public RequestSigner {
 public:
  // `credentials_file` as parse_azure_keys() reads it; read again when it changes. `time` outlives this: signatures
  // that are more than 15 minutes off are refused, so it should be a ServerTime.
  AzureSigner(const std::filesystem::path& credentials_file, std::string account, const Clock& time);

  // Kind config when the file has no usable key, or that of another account.
  Result<void> sign(HttpRequest& request) override;
  void invalidate() override { keys_.refused(); }
  // For an operator; see KeyFile.
  [[nodiscard]] std::optional<std::string> trouble() const override { return keys_.trouble(); }

 private:
  KeyFile<AzureKeys> keys_;
  std::string account_;
  const Clock& time_;
};

}  // namespace dl::uplink
