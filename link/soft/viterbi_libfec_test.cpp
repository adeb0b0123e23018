// Against libfec, an implementation by others (Debian's libfec-dev; built only where it is installed).
#include <gtest/gtest.h>

extern "C" {  // which fec.h does not say itself
#include <fec.h>
}

#include "link/soft/soft_test_support.h"

namespace dl::link::testing {
namespace {

constexpr int kBits = 60'000;

// libfec takes 0 to 255, and a tail of six zeros.
BitList libfec_decoded(ByteView symbols) {
  std::vector<unsigned char> levels;
  for (const Byte symbol : symbols)
    levels.push_back(static_cast<unsigned char>(128 + static_cast<std::int8_t>(symbol)));
  int polynomials[2] = {V27POLYB, V27POLYA};
  void* decoder = create_viterbi27(kBits);
  set_viterbi27_polynomial(polynomials);
  init_viterbi27(decoder, 0);
  update_viterbi27_blk(decoder, levels.data(), kBits + 6);
  Bytes bytes(kBits / 8);
  chainback_viterbi27(decoder, bytes.data(), kBits, 0);
  delete_viterbi27(decoder);
  return bits_of(bytes);
}

class ViterbiAgainstLibfec : public ::testing::Test {
 protected:
  BitList sent_with_tail() {
    BitList bits = random_bits(random_, kBits);
    bits.resize(kBits + 6, false);
    return bits;
  }
  static std::size_t wrong(const BitList& got, const BitList& sent) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < kBits; ++i) count += std::size_t{got[i] != sent[i]};
    return count;
  }

  std::mt19937 random_{1};
  SoftCoding coding_;
};

TEST_F(ViterbiAgainstLibfec, BitsOfACleanChannelAreEqual) {
  const BitList sent = sent_with_tail();
  const Bytes symbols = received(convolutional(sent, coding_), 0, random_);
  const BitList ours = bits_of(decode(coding_, symbols).bytes);
  const BitList theirs = libfec_decoded(symbols);
  ASSERT_EQ(wrong(theirs, sent), 0U);
  EXPECT_EQ(wrong(ours, sent), 0U);
}

TEST_F(ViterbiAgainstLibfec, BitErrorRatesInNoiseAreEqual) {
  for (const double sigma : {0.6, 0.7, 0.75}) {
    std::size_t ours = 0;
    std::size_t theirs = 0;
    std::size_t different = 0;
    for (int round = 0; round < 8; ++round) {
      const BitList sent = sent_with_tail();
      const Bytes symbols = received(convolutional(sent, coding_), sigma, random_);
      const BitList our_bits = bits_of(decode(coding_, symbols).bytes);
      const BitList their_bits = libfec_decoded(symbols);
      ours += wrong(our_bits, sent);
      theirs += wrong(their_bits, sent);
      different += wrong(our_bits, their_bits);
    }
    // Both are maximum likelihood but for the rounding of theirs; the noise is the same.
    EXPECT_LE(ours, theirs + theirs / 5 + 20) << sigma;
    EXPECT_LE(theirs, ours + ours / 2 + 40) << sigma;
    EXPECT_LE(different, ours + theirs) << sigma;
  }
}

}  // namespace
}  // namespace dl::link::testing
