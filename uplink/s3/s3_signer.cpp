#include "uplink/s3/s3_signer.h"

#include "uplink/credentials/secret_files.h"

namespace dl::uplink {

S3Signer::S3Signer(const std::filesystem::path& credentials_file, const std::string& profile, std::string region,
                   const Clock& time)
    : keys_(credentials_file, [profile](const std::string& text) { return parse_aws_keys(text, profile); }),
      scope_{std::move(region), "s3"},
      time_(time) {}

Result<void> S3Signer::sign(HttpRequest& request) {
  DL_TRY(const auto keys, keys_.current());
  sign_v4(request, *keys, scope_, time_.now());
  return {};
}

}  // namespace dl::uplink
