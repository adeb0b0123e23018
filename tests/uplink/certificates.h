// Certificates for TLS tests, made on the spot with the openssl program.
#pragma once

#include <filesystem>
#include <string>

#include "tests/uplink/child_process.h"

namespace dl::test {

struct Certificate {
  std::string file;
  std::string key;
};

// An authority of the test's own and what it signs, in `folder`, which outlives this.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(std::filesystem::path folder);
  [[nodiscard]] const std::string& file() const { return authority_.file; }
  // For the subject names "IP:127.0.0.1" or "DNS:name"; expired: it was good for a day in 2020.
  Certificate issue(const std::string& name, const std::string& subject_names, bool expired = false);
  Certificate self_signed(const std::string& name, const std::string& subject_names);

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
  Certificate authority_;
};

}  // namespace dl::test
