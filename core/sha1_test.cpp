#include "core/sha1.h"

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl {
namespace {

// FIPS 180-2 appendix A.1, A.2; RFC 3174 section 7.3.
TEST(Sha1, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha1(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(to_hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

}  // namespace
}  // namespace dl
