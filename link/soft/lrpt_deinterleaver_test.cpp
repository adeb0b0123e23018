#include "link/soft/lrpt_deinterleaver.h"

#include <gtest/gtest.h>

#include "link/soft/soft_test_support.h"

namespace dl::link::testing {
namespace {

constexpr std::size_t kLatency = LrptDeinterleaver::kLatency;

// As long as the latency, so that all branches carry data, and more, so that some of it is complete.
BitList long_pass(std::mt19937& random) {
  return random_bits(random, (kLatency + 400'000) / 2 / 36 * 36);
}

SoftCoding coding_80k() {
  SoftCoding coding;
  coding.modulation = Modulation::oqpsk;
  coding.interleaver = SymbolInterleaver::lrpt_80k;
  coding.differential = true;
  return coding;
}

// Of the bits sent, the first `count`: how many did not come out in their place.
std::size_t wrong_bits(const Decoded& decoded, const BitList& sent, std::size_t count) {
  const BitList got = bits_of(decoded.bytes);
  if (got.size() < count) return count;
  std::size_t wrong = 0;
  for (std::size_t i = 1; i < count; ++i) wrong += std::size_t{got[i] != sent[i]};
  return wrong;
}

class LrptDeinterleaving : public ::testing::Test {
 protected:
  std::mt19937 random_{1};
  const SoftCoding coding_ = coding_80k();
  const BitList sent_ = long_pass(random_);
  const SymbolStream stream_ = interleaved_80k(convolutional(nrz_m(sent_), coding_), random_);
  // Symbols sent in the last 32 s are not all there.
  const std::size_t complete_ = 150'000;
};

TEST_F(LrptDeinterleaving, BringsBackWhatTheInterleaverTook) {
  const Decoded decoded = decode(coding_, received(stream_, 0.4, random_));
  EXPECT_EQ(wrong_bits(decoded, sent_, complete_), 0U);
  EXPECT_TRUE(decoded.losses.balanced());
  EXPECT_EQ(decoded.losses.dropped(DropReason::overhead).units, stream_.size() / 10);
  EXPECT_EQ(decoded.counts.interleaver.resyncs, 0U);
}

TEST_F(LrptDeinterleaving, TheSyncWordTurnsTheConstellationUpright) {
  for (const auto& [quarters, mirrored] : {std::pair{1, false}, {3, true}}) {
    const Decoded decoded = decode(coding_, received(turned(stream_, quarters, mirrored), 0.3, random_));
    EXPECT_EQ(wrong_bits(decoded, sent_, complete_), 0U);
    EXPECT_EQ(decoded.counts.relocks, 0U);
  }
}

TEST_F(LrptDeinterleaving, AFadeOfASecondTurnOfTheConstellationAndALostSymbolCostNothing) {
  SymbolStream damaged = stream_;
  std::fill(damaged.begin() + 1'000'000, damaged.begin() + 1'080'000, 0.0);
  const SymbolStream rest = turned(SymbolStream(damaged.begin() + 2'000'000, damaged.end()), 3, false);
  std::copy(rest.begin(), rest.end(), damaged.begin() + 2'000'000);
  damaged.erase(damaged.begin() + 1'500'000, damaged.begin() + 1'500'002);
  damaged.insert(damaged.begin() + 700'000, 4, 0.0);
  const Decoded decoded = decode(coding_, received(damaged, 0.3, random_));
  EXPECT_EQ(wrong_bits(decoded, sent_, complete_), 0U);
  EXPECT_EQ(decoded.counts.interleaver.resyncs, 3U);
  EXPECT_TRUE(decoded.losses.balanced());
}

TEST_F(LrptDeinterleaving, CuttingTheInputChangesNothing) {
  Bytes symbols = noise(9'001, random_);
  const Bytes signal = received(stream_, 0.5, random_);
  symbols.insert(symbols.end(), signal.begin(), signal.begin() + 300'000);
  const Decoded whole = decode(coding_, symbols);
  for (const std::size_t piece : {13, 5280, 100'000})
    EXPECT_EQ(decode_in_pieces(coding_, symbols, piece).bytes, whole.bytes);
}

TEST(LrptDeinterleaver, NoiseIsPassedOver) {
  std::mt19937 random(2);
  LrptDeinterleaver deinterleaver;
  std::vector<std::int8_t> out;
  deinterleaver.push(noise(1'000'000, random), out);
  deinterleaver.flush(out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(deinterleaver.counts().passed_over, 1'000'000U);
}

}  // namespace
}  // namespace dl::link::testing
