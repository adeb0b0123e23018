#include "link/sync/marker_search.h"

#include <bit>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// Of the kernels that this machine can run.
std::vector<std::pair<Kernel, MarkerSearch>> in_every_kernel(std::uint64_t marker, unsigned bits, unsigned errors) {
  std::vector<std::pair<Kernel, MarkerSearch>> searches;
  for (const Kernel kernel : kKernels) {
    if (can_run(kernel)) searches.emplace_back(kernel, MarkerSearch(marker, bits, errors, kernel));
  }
  return searches;
}

// What find() must equal, straight from the definition: a window of 64 bits that moves on by one.
std::optional<MarkerSearch::Match> find_slowly(ByteView bytes, std::uint64_t marker, unsigned bits, unsigned errors,
                                               std::size_t from, std::size_t to) {
  std::uint64_t window = 0;
  for (std::size_t seen = 0; seen < bytes.size() * 8; ++seen) {
    window = window << 1 | (bytes[seen / 8] >> (7 - seen % 8) & 1);
    if (seen + 1 < from + bits) continue;
    const std::size_t at = seen + 1 - bits;
    if (at >= to) break;
    const auto distance = static_cast<unsigned>(std::popcount((window ^ marker) << (64 - bits)));
    if (distance <= errors) return MarkerSearch::Match{at, distance, false};
    if (bits - distance <= errors) return MarkerSearch::Match{at, bits - distance, true};
  }
  return std::nullopt;
}

void expect_equal(const std::optional<MarkerSearch::Match>& found, const std::optional<MarkerSearch::Match>& expected) {
  ASSERT_EQ(found.has_value(), expected.has_value());
  if (!found) return;
  EXPECT_EQ(found->bit, expected->bit);
  EXPECT_EQ(found->errors, expected->errors);
  EXPECT_EQ(found->inverted, expected->inverted);
}

void put(Bytes& bytes, std::size_t at, std::uint64_t value, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const auto bit = static_cast<Byte>(0x80 >> ((at + i) % 8));
    Byte& byte = bytes[(at + i) / 8];
    byte = static_cast<Byte>((value >> (bits - 1 - i) & 1) != 0 ? byte | bit : byte & ~bit);
  }
}

std::uint64_t random_marker(std::mt19937& random, unsigned bits) {
  return (std::uint64_t{random()} << 32 | random()) >> (64 - bits);
}

TEST(MarkerSearch, EqualsTheDefinitionInEveryKernelForEveryWidthAndNumberOfErrors) {
  std::mt19937 random(31);
  for (unsigned bits = 16; bits <= 64; ++bits) {
    for (unsigned errors = 0; errors <= bits / 4; ++errors) {
      const std::uint64_t marker = random_marker(random, bits);
      const auto searches = in_every_kernel(marker, bits, errors);
      // From nothing that fits a vector to several blocks of them.
      for (const std::size_t size : {0, 1, 2, 9, 40, 70, 140, 330, 1300, 4000}) {
        Bytes bytes = random_bytes(random, size + below(random, 9));
        if (bytes.size() * 8 >= bits && random() % 4 != 0) {
          std::uint64_t damaged = random() % 2 == 0 ? marker : ~marker;
          for (std::size_t i = below(random, errors + 2); i > 0; --i)
            damaged ^= std::uint64_t{1} << below(random, bits);
          put(bytes, below(random, bytes.size() * 8 - bits + 1), damaged, bits);
        }
        const std::size_t from = below(random, bytes.size() * 4 + 1);
        const std::size_t to = from + below(random, bytes.size() * 8 + 20);
        const auto expected = find_slowly(bytes, marker, bits, errors, from, to);
        for (const auto& [kernel, search] : searches) {
          SCOPED_TRACE(::testing::Message() << to_string(kernel) << ", marker of " << bits << " bits, " << errors
                                            << " errors, " << bytes.size() << " bytes, " << from << " to " << to);
          expect_equal(search.find(bytes, from, to), expected);
        }
      }
    }
  }
}

TEST(MarkerSearch, FindsAMarkerAtEveryBitInEveryKernel) {
  std::mt19937 random(33);
  for (const unsigned bits : {16U, 31U, 32U, 60U, 64U}) {
    for (const unsigned errors : {0U, 1U, 3U}) {
      const std::uint64_t marker = random_marker(random, bits);
      const auto searches = in_every_kernel(marker, bits, errors);
      // Bytes of alternating bits are far from a random marker, but chance decides: the definition judges.
      for (const std::size_t size : {std::size_t{150}, std::size_t{290}}) {
        for (std::size_t at = 0; at + bits <= size * 8; at += 1 + at % 3) {
          Bytes bytes(size, 0xAA);
          put(bytes, at, random() % 2 == 0 ? marker : ~marker, bits);
          const auto expected = find_slowly(bytes, marker, bits, errors, 0, size * 8);
          for (const auto& [kernel, search] : searches) {
            SCOPED_TRACE(::testing::Message() << to_string(kernel) << ", " << bits << " bits at " << at);
            expect_equal(search.find(bytes, 0, size * 8), expected);
          }
        }
      }
    }
  }
}

TEST(MarkerSearch, EveryMatchOfALongStretchIsTheSameInEveryKernel) {
  std::mt19937 random(34);
  const Bytes noise = random_bytes(random, 60'000);
  struct Case {
    unsigned bits;
    unsigned errors;
  };
  for (const Case& it : {Case{16, 0}, Case{16, 4}, Case{19, 2}, Case{24, 2}, Case{32, 6}, Case{60, 15}, Case{64, 16}}) {
    const std::uint64_t marker = random_marker(random, it.bits);
    std::vector<std::vector<std::size_t>> found;
    for (const auto& [kernel, search] : in_every_kernel(marker, it.bits, it.errors)) {
      std::vector<std::size_t>& positions = found.emplace_back();
      for (auto match = search.find(noise, 0, noise.size() * 8); match.has_value();
           match = search.find(noise, positions.back() + 1, noise.size() * 8)) {
        positions.push_back(match->bit);
      }
      EXPECT_EQ(positions, found.front()) << to_string(kernel) << ", " << it.bits << " bits, " << it.errors;
    }
  }
}

TEST(MarkerSearch, FindsNothingInFewerBitsThanTheMarkerHas) {
  const Bytes bytes = {0x1A, 0xCF, 0xFC};
  for (const auto& [kernel, search] : in_every_kernel(0x1ACFFC1D, 32, 4)) {
    EXPECT_FALSE(search.find(bytes, 0, 24)) << to_string(kernel);
    EXPECT_FALSE(search.find({}, 0, 0)) << to_string(kernel);
  }
}

}  // namespace
}  // namespace dl::link::testing
