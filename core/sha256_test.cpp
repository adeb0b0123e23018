#include "core/sha256.h"

#include <gtest/gtest.h>

namespace dl {
namespace {

// FIPS 180-4 example values.
TEST(Sha256, GivesTheVectorsOfFips180) {
  EXPECT_EQ(sha256_hex(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 hash;
  hash.update(as_bytes("a"));
  hash.update(as_bytes("bc"));
  EXPECT_EQ(to_hex(hash.finish()), sha256_hex(as_bytes("abc")));
}

}  // namespace
}  // namespace dl
