#include "link/sync/word_unpacker.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::link {
namespace {

std::vector<unsigned> random_words(std::size_t count) {
  std::mt19937 random(7);
  std::vector<unsigned> words(count);
  for (unsigned& word : words) word = static_cast<unsigned>(random() & 0x3FFU);
  return words;
}

Bytes packed(const std::vector<unsigned>& words) {
  Bytes out;
  std::uint32_t window = 0;
  unsigned bits = 0;
  for (const unsigned word : words) {
    window = window << 10 | word;
    for (bits += 10; bits >= 8; bits -= 8) out.push_back(static_cast<Byte>(window >> (bits - 8)));
  }
  if (bits > 0) out.push_back(static_cast<Byte>(window << (8 - bits)));
  return out;
}

Bytes in_sixteen_bits(const std::vector<unsigned>& words, bool big_endian) {
  Bytes out;
  for (const unsigned word : words) {
    const auto high = static_cast<Byte>(word >> 8);
    const auto low = static_cast<Byte>(word);
    out.push_back(big_endian ? high : low);
    out.push_back(big_endian ? low : high);
  }
  return out;
}

// Pushed in pieces of `step` bytes.
SoftBits unpack(WordUnpacker& unpacker, const Bytes& input, std::size_t step) {
  SoftBits out;
  for (std::size_t at = 0; at < input.size(); at += step) {
    unpacker.push(ByteView(input).subspan(at, std::min(step, input.size() - at)), {}, out);
  }
  unpacker.flush(out);
  EXPECT_TRUE(unpacker.losses().balanced());
  EXPECT_EQ(unpacker.losses().bytes_in, input.size());
  EXPECT_EQ(unpacker.losses().bytes_out, out.bytes.size());
  std::size_t in_runs = 0;
  for (const SoftBits::Run& run : out.runs) in_runs += run.size_bytes;
  EXPECT_EQ(in_runs, out.bytes.size());
  return out;
}

TEST(WordUnpacker, AllThreeContainersGiveTheSameBitsHoweverTheyAreCut) {
  const auto words = random_words(3001);
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{7}, std::size_t{255}, std::size_t{256}, std::size_t{100'000}}) {
    for (const bool big_endian : {true, false}) {
      WordUnpacker unpacker;
      EXPECT_EQ(unpack(unpacker, in_sixteen_bits(words, big_endian), step).bytes, packed(words));
      EXPECT_EQ(unpacker.container(), big_endian ? WordContainer::words_be : WordContainer::words_le);
      EXPECT_EQ(unpacker.losses().units_out, words.size());
    }
    WordUnpacker unpacker;
    EXPECT_EQ(unpack(unpacker, packed(words), step).bytes, packed(words));
    EXPECT_EQ(unpacker.container(), WordContainer::packed);
  }
}

TEST(WordUnpacker, ZerosInFrontSayNothing) {
  const auto words = random_words(3000);
  for (const bool big_endian : {true, false}) {
    Bytes input(1024, 0);
    const Bytes rest = in_sixteen_bits(words, big_endian);
    input.insert(input.end(), rest.begin(), rest.end());
    WordUnpacker unpacker;
    const Bytes out = unpack(unpacker, input, 100).bytes;
    EXPECT_EQ(unpacker.container(), big_endian ? WordContainer::words_be : WordContainer::words_le);
    const Bytes bits = packed(words);
    ASSERT_GE(out.size(), bits.size());
    EXPECT_TRUE(std::equal(bits.begin(), bits.end(), out.end() - static_cast<std::ptrdiff_t>(bits.size())));
  }
}

TEST(WordUnpacker, AMissingByteCostsAWordOrTwoAndIsCounted) {
  const auto words = random_words(4000);
  for (const bool big_endian : {true, false}) {
    Bytes input = in_sixteen_bits(words, big_endian);
    input.erase(input.begin() + 4000);
    WordUnpacker unpacker;
    unpack(unpacker, input, 333);
    EXPECT_GE(unpacker.losses().units_out, words.size() - 4);
    EXPECT_GT(unpacker.losses().dropped(DropReason::no_sync).bytes, 0U);
    EXPECT_LE(unpacker.losses().dropped(DropReason::no_sync).bytes, 7U);
  }
}

TEST(WordUnpacker, PlacesInTheInputAreFoundAgain) {
  const auto words = random_words(4000);
  WordUnpacker unpacker;
  unpack(unpacker, in_sixteen_bits(words, true), 500);
  EXPECT_EQ(unpacker.input_offset_of(0), 0U);
  EXPECT_EQ(unpacker.input_offset_of(5), 8U);
  EXPECT_EQ(unpacker.input_offset_of(1250), 2000U);

  WordUnpacker skipping;
  SoftBits out;
  const Bytes input = in_sixteen_bits(random_words(1000), true);
  skipping.push(input, {}, out);
  skipping.skip(1001, DropReason::quarantined, out);
  skipping.push(input, {}, out);
  skipping.flush(out);
  EXPECT_EQ(out.bytes.size(), 2500U);
  EXPECT_EQ(skipping.input_offset_of(1250), 3001U);
  EXPECT_EQ(skipping.losses().dropped(DropReason::quarantined).bytes, 1001U);
  EXPECT_TRUE(skipping.losses().balanced());
}

TEST(WordUnpacker, PlacesBehindZerosInFrontAreFoundAgain) {
  Bytes input(1024, 0);
  const Bytes rest = in_sixteen_bits(random_words(1000), true);
  input.insert(input.end(), rest.begin(), rest.end());
  WordUnpacker unpacker;
  unpack(unpacker, input, 500);
  EXPECT_EQ(unpacker.input_offset_of(1000), 1000U);
  EXPECT_EQ(unpacker.input_offset_of(1024), 1024U);
  EXPECT_EQ(unpacker.input_offset_of(1024 + 1250), 1024U + 2000U);
}

TEST(WordUnpacker, AnythingAtAllAddsUp) {
  std::mt19937 random(11);
  for (int run = 0; run < 300; ++run) {
    Bytes input(random() % 2000);
    const unsigned mask = run % 3 == 0 ? 0xFFU : run % 3 == 1 ? 0x07U : 0x03U;
    for (Byte& byte : input) byte = static_cast<Byte>(random() & mask);
    WordUnpacker unpacker;
    unpack(unpacker, input, 1 + random() % 300);
  }
}

}  // namespace
}  // namespace dl::link
