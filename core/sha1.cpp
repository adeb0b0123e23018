#include "core/sha1.h"

#include <new>

#include <openssl/evp.h>

namespace dl {

Sha1Digest sha1(ByteView bytes) {
  Sha1Digest digest{};
  // Fails for want of memory only, and what is no digest must not pass for one.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) throw std::bad_alloc();
  return digest;
}

}  // namespace dl
