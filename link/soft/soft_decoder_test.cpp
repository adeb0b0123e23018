#include "link/soft/soft_decoder.h"

#include <gtest/gtest.h>

#include <numeric>

#include "link/soft/soft_test_support.h"

namespace dl::link::testing {
namespace {

constexpr std::array<ConvolutionalRate, 5> kRates = {ConvolutionalRate::rate_1_2, ConvolutionalRate::rate_2_3,
                                                     ConvolutionalRate::rate_3_4, ConvolutionalRate::rate_5_6,
                                                     ConvolutionalRate::rate_7_8};

std::size_t dropped(const Decoded& decoded, DropReason reason) {
  return decoded.losses.dropped(reason).bytes;
}

// Everything that was sent comes out, but for the part of a period before the first whole one.
void expect_all_bits(const Decoded& decoded, const BitList& sent, std::size_t symbols_missing) {
  const Fit fit = best_fit(bits_of(decoded.bytes), sent, 40);
  EXPECT_EQ(fit.wrong, 0U);
  EXPECT_LE(fit.offset, symbols_missing + 8);
  EXPECT_GE(8 * decoded.bytes.size() + fit.offset + 16, sent.size());
  EXPECT_TRUE(decoded.losses.balanced());
  EXPECT_EQ(decoded.losses.units_in, decoded.losses.units_out + decoded.losses.all_dropped().units);
  EXPECT_EQ(decoded.counts.locks, 1U);
  EXPECT_EQ(decoded.counts.relocks, 0U);
}

TEST(SoftDecoder, FindsEveryPunctureAndPairPhaseOfBpsk) {
  std::mt19937 random(1);
  for (const ConvolutionalRate rate : kRates) {
    for (const bool inverted : {false, true}) {
      SoftCoding coding = coding_of(Modulation::bpsk, rate);
      coding.second_output_inverted = inverted;
      const BitList sent = random_bits(random, 21'000);
      const Bytes symbols = received(convolutional(sent, coding), 0.2, random);
      for (std::size_t missing = 0; missing < 9; ++missing) {
        SCOPED_TRACE(static_cast<int>(rate) * 100 + static_cast<int>(missing));
        expect_all_bits(decode(coding, ByteView(symbols).subspan(missing)), sent, missing);
      }
    }
  }
}

TEST(SoftDecoder, FindsEveryTurnAndMirrorOfQpsk) {
  std::mt19937 random(2);
  for (const ConvolutionalRate rate : kRates) {
    const SoftCoding coding = coding_of(Modulation::qpsk, rate);
    const BitList sent = random_bits(random, 21'000);
    const SymbolStream stream = convolutional(sent, coding);
    for (int quarters = 0; quarters < 4; ++quarters) {
      for (const bool mirrored : {false, true}) {
        if (mirrored && rate == ConvolutionalRate::rate_5_6) continue;  // cannot be told apart
        const Bytes symbols = received(turned(stream, quarters, mirrored), 0.2, random);
        for (const std::size_t missing : {0, 1, 3, 6}) {
          SCOPED_TRACE(static_cast<int>(rate) * 1000 + quarters * 100 + (mirrored ? 10 : 0) +
                       static_cast<int>(missing));
          expect_all_bits(decode(coding, ByteView(symbols).subspan(missing)), sent, missing);
        }
      }
    }
  }
}

TEST(SoftDecoder, PairsThatStraddleTwoSymbolsOfOqpskAreFound) {
  std::mt19937 random(3);
  const SoftCoding coding = coding_of(Modulation::oqpsk, ConvolutionalRate::rate_1_2);
  const BitList sent = random_bits(random, 21'000);
  // I and Q change places, and Q is one symbol late.
  SymbolStream late = {1};
  const SymbolStream stream = convolutional(sent, coding);
  late.insert(late.end(), stream.begin(), stream.end());
  expect_all_bits(decode(coding, received(turned(late, 1, false), 0.2, random)), sent, 1);
}

TEST(SoftDecoder, CuttingTheInputChangesNothing) {
  std::mt19937 random(4);
  const SoftCoding coding = coding_of(Modulation::qpsk, ConvolutionalRate::rate_3_4);
  Bytes symbols = noise(7'000, random);
  const Bytes signal = received(turned(convolutional(random_bits(random, 30'000), coding), 1, false), 0.4, random);
  symbols.insert(symbols.end(), signal.begin(), signal.end());
  const Bytes more = noise(50'000, random);
  symbols.insert(symbols.end(), more.begin(), more.end());
  symbols.insert(symbols.end(), signal.begin(), signal.end());
  const Decoded whole = decode(coding, symbols);
  EXPECT_GT(whole.bytes.size(), 7'000U);
  for (const std::size_t piece : {1, 7, 997, 4096, 65536}) {
    const Decoded pieces = decode_in_pieces(coding, symbols, piece);
    EXPECT_EQ(pieces.bytes, whole.bytes);
    EXPECT_EQ(pieces.losses.lost().bytes, whole.losses.lost().bytes);
    EXPECT_EQ(pieces.counts.channel_errors.wrong, whole.counts.channel_errors.wrong);
    ASSERT_EQ(pieces.runs.size(), whole.runs.size());
    for (std::size_t i = 0; i < whole.runs.size(); ++i) {
      EXPECT_EQ(pieces.runs[i].size_bytes, whole.runs[i].size_bytes);
      EXPECT_EQ(pieces.runs[i].received_at, whole.runs[i].received_at);
    }
  }
}

// Error rates of the rate 1/2 code with soft decisions, Eb/N0 in dB: measured by everybody since Heller and Jacobs
// (1971) at 1e-3 for 3.0 dB and 1e-5 for 4.5 dB; a decoder that is broken is off by a factor of ten.
TEST(SoftDecoder, GainsWhatSoftDecisionsGain) {
  std::mt19937 random(5);
  const SoftCoding coding = coding_of(Modulation::bpsk, ConvolutionalRate::rate_1_2);
  const BitList sent = random_bits(random, 400'000);
  const SymbolStream stream = convolutional(sent, coding);
  const auto error_rate = [&](double eb_n0_db) {
    const double sigma = std::sqrt(1 / (2 * 0.5 * std::pow(10, eb_n0_db / 10)));
    const Decoded decoded = decode(coding, received(stream, sigma, random));
    const Fit fit = best_fit(bits_of(decoded.bytes), sent, 10);
    EXPECT_NEAR(decoded.counts.channel_errors.rate(), std::erfc(1 / sigma / std::sqrt(2)) / 2, 0.006);
    return static_cast<double>(fit.wrong) / static_cast<double>(sent.size());
  };
  const double at_3_db = error_rate(3.0);
  EXPECT_GT(at_3_db, 2e-4);
  EXPECT_LT(at_3_db, 1.5e-3);
  EXPECT_LT(error_rate(4.5), 5e-5);
}

TEST(SoftDecoder, FollowsAPhaseThatSlipsAndLosesOnlyTheBlocksAroundIt) {
  std::mt19937 random(6);
  for (const ConvolutionalRate rate : kRates) {
    SCOPED_TRACE(static_cast<int>(rate));
    const SoftCoding coding = coding_of(Modulation::qpsk, rate);
    const BitList sent = random_bits(random, 200'000);
    SymbolStream stream = convolutional(sent, coding);
    const std::size_t slip = stream.size() / 2 / 2 * 2;
    const SymbolStream turned_rest =
        turned(SymbolStream(stream.begin() + static_cast<std::ptrdiff_t>(slip), stream.end()), 1, false);
    std::copy(turned_rest.begin(), turned_rest.end(), stream.begin() + static_cast<std::ptrdiff_t>(slip));
    const Decoded decoded = decode(coding, received(stream, 0.2, random));
    EXPECT_EQ(decoded.counts.relocks, 1U);
    EXPECT_EQ(decoded.counts.losses_of_lock, 0U);
    EXPECT_LE(dropped(decoded, DropReason::no_symbol_lock), 16U);
    EXPECT_TRUE(decoded.losses.balanced());
    // The last bits are those of the second half, in their own place.
    const BitList got = bits_of(decoded.bytes);
    const BitList tail(got.end() - 80'000, got.end() - 8);
    const BitList sent_tail(sent.end() - 80'040, sent.end());
    EXPECT_EQ(best_fit(tail, sent_tail, 60).wrong, 0U);
  }
}

TEST(SoftDecoder, PassesNoiseOverAndSaysHowMuch) {
  std::mt19937 random(7);
  for (const ConvolutionalRate rate : kRates) {
    const SoftCoding coding = coding_of(Modulation::qpsk, rate);
    const Decoded decoded = decode(coding, noise(100'000, random));
    EXPECT_EQ(decoded.counts.locks, 0U);
    EXPECT_TRUE(decoded.bytes.empty());
    EXPECT_EQ(dropped(decoded, DropReason::no_symbol_lock), 100'000U);
    EXPECT_TRUE(decoded.losses.balanced());
  }
}

TEST(SoftDecoder, KeepsItsPlaceThroughAShortFadeAndGivesUpInALongOne) {
  std::mt19937 random(8);
  const SoftCoding coding = coding_of(Modulation::qpsk, ConvolutionalRate::rate_1_2);
  const BitList sent = random_bits(random, 60'000);
  Bytes symbols = received(convolutional(sent, coding), 0.3, random);
  const Bytes fade = noise(12'000, random);
  std::copy(fade.begin(), fade.end(), symbols.begin() + 50'000);
  const Decoded short_fade = decode(coding, symbols);
  EXPECT_EQ(short_fade.counts.losses_of_lock, 0U);
  const BitList got = bits_of(short_fade.bytes);
  EXPECT_TRUE(std::equal(got.begin() + 32'000, got.begin() + 59'990, sent.begin() + 32'000));

  const Bytes long_fade = noise(80'000, random);
  symbols.insert(symbols.begin() + 50'000, long_fade.begin(), long_fade.end());
  const Decoded lost = decode(coding, symbols);
  EXPECT_EQ(lost.counts.losses_of_lock, 1U);
  EXPECT_EQ(lost.counts.locks, 2U);
  EXPECT_GT(dropped(lost, DropReason::no_symbol_lock), 40'000U);
  EXPECT_TRUE(lost.losses.balanced());
}

TEST(SoftDecoder, DifferentialCodingIsTakenOff) {
  std::mt19937 random(9);
  SoftCoding coding = coding_of(Modulation::qpsk, ConvolutionalRate::rate_1_2);
  coding.differential = true;
  const BitList sent = random_bits(random, 30'000);
  for (const int quarters : {0, 2}) {
    const Bytes symbols = received(turned(convolutional(nrz_m(sent), coding), quarters, false), 0.2, random);
    const BitList got = bits_of(decode(coding, symbols).bytes);
    // Upright whatever the polarity, but for the first bit, whose predecessor nobody knows.
    EXPECT_TRUE(std::equal(got.begin() + 1, got.begin() + 29'990, sent.begin() + 1));
  }
}

TEST(SoftDecoder, WithoutACodeSymbolsAreBits) {
  SoftCoding coding = coding_of(Modulation::bpsk, ConvolutionalRate::none);
  const Bytes symbols = {100, 0x80, 1, 0xFF, 50, 50, 0x90, 3, 7, 7};
  const Decoded decoded = decode(coding, symbols);
  EXPECT_EQ(decoded.bytes, (Bytes{0b10101101, 0b11000000}));
  EXPECT_TRUE(decoded.losses.balanced());
}

TEST(SoftDecoder, SaysWhereInTheInputAByteBegins) {
  std::mt19937 random(10);
  const SoftCoding coding = coding_of(Modulation::bpsk, ConvolutionalRate::rate_3_4);
  Bytes symbols = noise(3 * 4096, random);
  const Bytes signal = received(convolutional(random_bits(random, 40'000), coding), 0.2, random);
  symbols.insert(symbols.end(), signal.begin(), signal.end());
  SoftDecoder decoder(coding);
  SoftBits bits;
  decoder.push(symbols, UtcTime{}, bits);
  decoder.skip(1000, DropReason::quarantined, bits);
  const std::size_t before = bits.bytes.size();
  decoder.push(signal, UtcTime{}, bits);
  decoder.flush(bits);
  EXPECT_EQ(decoder.input_offset_of(0), 3U * 4096);
  EXPECT_EQ(decoder.input_offset_of(300), 3U * 4096 + 3200);
  EXPECT_EQ(decoder.input_offset_of(before), symbols.size() + 1000);
  EXPECT_EQ(decoder.input_offset_of(before + 600), symbols.size() + 1000 + 6400);
  EXPECT_EQ(decoder.losses().dropped(DropReason::quarantined).bytes, 1000U);
  EXPECT_TRUE(decoder.losses().balanced());
}

TEST(SoftDecoder, AnyBytesAtAllAreTakenAndAddUp) {
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    SoftCoding coding = coding_of(static_cast<Modulation>(random() % 3), static_cast<ConvolutionalRate>(random() % 6));
    coding.interleaver = random() % 4 == 0 ? SymbolInterleaver::lrpt_80k : SymbolInterleaver::none;
    Bytes symbols(random() % 30'000);
    for (Byte& symbol : symbols) symbol = static_cast<Byte>(round % 3 == 0 ? 0x80 : round % 3 == 1 ? 0 : random());
    const Decoded decoded = decode_in_pieces(coding, symbols, 1 + random() % 3000);
    EXPECT_TRUE(decoded.losses.balanced());
    EXPECT_EQ(decoded.losses.bytes_in, symbols.size());
    EXPECT_EQ(decoded.losses.units_in, decoded.losses.units_out + decoded.losses.all_dropped().units);
    EXPECT_LE(decoded.bytes.size(), symbols.size());
  }
}

}  // namespace
}  // namespace dl::link::testing
