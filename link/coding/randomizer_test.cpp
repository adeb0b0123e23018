#include "link/coding/randomizer.h"

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl::link {
namespace {

// CCSDS 131.0-B 10.4.1 and the known answers beside the recordings.
TEST(Randomizer, SequenceIsTheStandards) {
  EXPECT_EQ(to_hex(randomizer_sequence().first(40)),
            "ff480ec09a0d70bc8e2c93ada7b746ce5a977dcc32a2bf3e0a10f18894cdeab1fe901d81341ae179");
  EXPECT_EQ(sha256_hex(randomizer_sequence()), "6dac31e6759a382430c80ad84bcd698011f21961ab21318b310a85ef85c7246e");
}

TEST(Randomizer, RepeatsAfter255BytesAndUndoesItself) {
  Bytes bytes(1020, 0);
  apply_randomizer(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], randomizer_sequence()[i % 255]);
  apply_randomizer(bytes);
  EXPECT_EQ(bytes, Bytes(1020, 0));
}

}  // namespace
}  // namespace dl::link
