#include "link/sync/marker_search.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// What find() must equal, straight from the definition.
std::optional<MarkerSearch::Match> find_slowly(ByteView bytes, std::uint64_t marker, unsigned bits, unsigned errors,
                                               std::size_t from, std::size_t to) {
  const Bits stream = to_bits(bytes);
  for (std::size_t at = from; at < to && at + bits <= stream.size(); ++at) {
    unsigned distance = 0;
    for (unsigned i = 0; i < bits; ++i) distance += stream[at + i] != ((marker >> (bits - 1 - i) & 1) != 0) ? 1U : 0U;
    if (distance <= errors) return MarkerSearch::Match{at, distance, false};
    if (bits - distance <= errors) return MarkerSearch::Match{at, bits - distance, true};
  }
  return std::nullopt;
}

TEST(MarkerSearch, EqualsTheDefinitionForEveryLengthPhasePolarityAndNumberOfErrors) {
  std::mt19937 random(31);
  for (unsigned bits = 16; bits <= 64; ++bits) {
    for (unsigned errors = 0; errors <= 2; ++errors) {
      const std::uint64_t marker = (std::uint64_t{random()} << 32 | random()) >> (64 - bits);
      const MarkerSearch search(marker, bits, errors);
      for (int round = 0; round < 8; ++round) {
        Bits stream = to_bits(random_bytes(random, 40));
        const std::size_t at = below(random, stream.size() - bits);
        const bool flip = (random() & 1) != 0;
        for (unsigned i = 0; i < bits; ++i) stream[at + i] = ((marker >> (bits - 1 - i) & 1) != 0) != flip;
        for (unsigned i = 0; i < below(random, 4); ++i) stream[at + below(random, bits)].flip();
        const Bytes bytes = to_bytes(stream);
        const std::size_t from = below(random, at + 1);
        const std::size_t to = from + below(random, stream.size());
        const auto found = search.find(bytes, from, to);
        const auto expected = find_slowly(bytes, marker, bits, errors, from, to);
        ASSERT_EQ(found.has_value(), expected.has_value()) << bits << " bits, " << errors << " errors";
        if (!found) continue;
        EXPECT_EQ(found->bit, expected->bit);
        EXPECT_EQ(found->errors, expected->errors);
        EXPECT_EQ(found->inverted, expected->inverted);
      }
    }
  }
}

TEST(MarkerSearch, FindsNothingInFewerBitsThanTheMarkerHas) {
  const Bytes bytes = {0x1A, 0xCF, 0xFC};
  EXPECT_FALSE(MarkerSearch(0x1ACFFC1D, 32, 4).find(bytes, 0, 24));
  EXPECT_FALSE(MarkerSearch(0x1ACFFC1D, 32, 4).find({}, 0, 0));
}

}  // namespace
}  // namespace dl::link::testing
