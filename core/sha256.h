// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), by OpenSSL's libcrypto (docs/decisions/0001).
#pragma once

#include <array>
#include <memory>
#include <string>

#include "core/bytes.h"

struct evp_md_ctx_st;

namespace dl {

using Sha256Digest = std::array<Byte, 32>;

// Feed with update(), end with finish(); after that only destruction is defined.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&& other) noexcept;
  Sha256& operator=(Sha256&& other) noexcept;

  void update(ByteView bytes);
  Sha256Digest finish();

 private:
  struct Deleter {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Deleter> context_;
};

Sha256Digest sha256(ByteView bytes);
Sha256Digest hmac_sha256(ByteView key, ByteView bytes);

// Lower-case hexadecimal, the form of every hash in our documents and reports.
std::string to_hex(ByteView bytes);
std::string sha256_hex(ByteView bytes);

}  // namespace dl
