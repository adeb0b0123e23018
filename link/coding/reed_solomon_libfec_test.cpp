// Against libfec, an implementation by others (Debian's libfec-dev; built only where it is installed).
#include <gtest/gtest.h>

extern "C" {  // which fec.h does not say itself
#include <fec.h>
}

#include "link/coding/reed_solomon.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

TEST(ReedSolomonAgainstLibfec, ParityIsEqual) {
  std::mt19937 random(21);
  for (int round = 0; round < 500; ++round) {
    const auto fill = static_cast<unsigned>(below(random, 200));
    Bytes data = random_bytes(random, 223 - fill);
    Bytes dual = data;
    dual.resize(255 - fill);
    Bytes expected(32);
    ReedSolomon(CodeblockShape{ReedSolomonCode::rs_255_223, Basis::dual, 1, fill}).encode(dual);
    encode_rs_ccsds(data.data(), expected.data(), static_cast<int>(fill));
    ASSERT_EQ(Bytes(dual.end() - 32, dual.end()), expected);

    Bytes conventional = data;
    conventional.resize(255 - fill);
    ReedSolomon(CodeblockShape{ReedSolomonCode::rs_255_223, Basis::conventional, 1, fill}).encode(conventional);
    encode_rs_8(data.data(), expected.data(), static_cast<int>(fill));
    ASSERT_EQ(Bytes(conventional.end() - 32, conventional.end()), expected);
  }
}

TEST(ReedSolomonAgainstLibfec, VerdictAndCorrectionAreEqualForAnyNumberOfWrongSymbols) {
  std::mt19937 random(22);
  const ReedSolomon code(CodeblockShape{ReedSolomonCode::rs_255_223, Basis::dual, 1, 0});
  for (int round = 0; round < 3000; ++round) {
    Bytes block = random_bytes(random, 255);
    code.encode(block);
    const std::size_t wrong = below(random, 24);
    for (std::size_t i = 0; i < wrong; ++i) block[below(random, 255)] = static_cast<Byte>(random());
    Bytes theirs = block;
    const int corrected = decode_rs_ccsds(theirs.data(), nullptr, 0, 0);
    const CodeblockResult result = code.decode(block);
    if (corrected < 0) {
      ASSERT_TRUE(result.uncorrectable());
    } else {
      ASSERT_EQ(result.symbols_corrected(), static_cast<unsigned>(corrected));
      ASSERT_EQ(block, theirs);
    }
  }
}

}  // namespace
}  // namespace dl::link::testing
