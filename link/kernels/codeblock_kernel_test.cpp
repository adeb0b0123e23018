// The vector kernels against the scalar one: the same bytes, counts and refusals, whatever the shape and the damage.
#include "link/kernels/codeblock_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <fmt/format.h>

#include "link/coding/randomizer.h"

namespace dl::link {
namespace {

constexpr std::array kCodes = {ReedSolomonCode::rs_255_223, ReedSolomonCode::rs_255_239};
constexpr std::array kBases = {Basis::dual, Basis::conventional};

std::string describe(const CodeblockShape& shape) {
  return fmt::format("E={} {} I={} fill={} {}", shape.correctable_symbols(),
                     shape.basis == Basis::dual ? "dual" : "conventional", shape.interleave, shape.virtual_fill_bytes,
                     shape.use == ReedSolomonUse::detect ? "detect" : "correct");
}

class CodeblockKernels : public ::testing::TestWithParam<Kernel> {
 protected:
  void SetUp() override {
    if (!can_run(GetParam())) GTEST_SKIP() << "this processor cannot run '" << to_string(GetParam()) << "'";
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

  Bytes random_codeblock(const ReedSolomon& code) {
    Bytes block(code.shape().size_bytes());
    for (Byte& byte : block) byte = static_cast<Byte>(random_());
    code.encode(block);
    return block;
  }

  // Changes `count` different symbols of one codeword.
  void damage(std::span<Byte> block, const CodeblockShape& shape, unsigned codeword, std::size_t count) {
    const std::size_t symbols = block.size() / shape.interleave;
    std::set<std::size_t> chosen;
    while (chosen.size() < std::min(count, symbols)) chosen.insert(below(symbols));
    for (const std::size_t i : chosen) block[i * shape.interleave + codeword] ^= static_cast<Byte>(1 + below(255));
  }

  // What a kernel makes of codeblocks that lie `gap` bytes apart in memory, with all that is around them.
  struct Decoded {
    Bytes memory;
    std::vector<CodeblockResult> results;
  };
  static Decoded decode(CodeblockKernel& kernel, Bytes memory, std::size_t size, std::size_t gap) {
    std::vector<std::span<Byte>> blocks;
    for (std::size_t at = gap; at + size <= memory.size(); at += size + gap) {
      blocks.push_back(std::span<Byte>(memory).subspan(at, size));
    }
    std::vector<CodeblockResult> results(blocks.size());
    kernel.decode(blocks, results);
    return {std::move(memory), std::move(results)};
  }

  void expect_same(const CodeblockShape& shape, ByteView mask, const Bytes& memory, std::size_t gap) {
    const Decoded ours = decode(*make_codeblock_kernel(GetParam(), shape, mask), memory, shape.size_bytes(), gap);
    const Decoded scalar = decode(*make_scalar_codeblock_kernel(shape, mask), memory, shape.size_bytes(), gap);
    ASSERT_EQ(ours.results.size(), scalar.results.size());
    for (std::size_t i = 0; i < ours.results.size(); ++i) {
      ASSERT_EQ(ours.results[i].interleave, scalar.results[i].interleave);
      ASSERT_EQ(ours.results[i].corrected, scalar.results[i].corrected) << describe(shape) << ", block " << i;
    }
    ASSERT_EQ(ours.memory, scalar.memory) << describe(shape);
  }

  // Blocks of every kind of damage: none, up to t, just beyond, much, and bursts in every codeword.
  Bytes damaged_memory(const CodeblockShape& shape, ByteView mask, std::size_t blocks, std::size_t gap) {
    const ReedSolomon code(shape);
    Bytes memory;
    const auto add_gap = [&] {
      for (std::size_t i = 0; i < gap; ++i) memory.push_back(static_cast<Byte>(random_()));
    };
    for (std::size_t i = 0; i < blocks; ++i) {
      Bytes block = random_codeblock(code);
      const std::size_t kind = below(6);
      for (unsigned k = 0; k < shape.interleave; ++k) {
        const unsigned t = shape.correctable_symbols();
        if (kind == 1 && below(2) == 0) damage(block, shape, k, below(t + 1));
        if (kind == 2) damage(block, shape, k, t);
        if (kind == 3) damage(block, shape, k, below(2 * t + 4));
        if (kind == 4 && below(3) == 0) damage(block, shape, k, 1);
        if (kind == 5) damage(block, shape, k, 255);
      }
      if (!mask.empty()) add_mask(block, mask);
      add_gap();
      memory.insert(memory.end(), block.begin(), block.end());
    }
    add_gap();
    return memory;
  }

  std::mt19937 random_{31};
};
class VectorKernels : public CodeblockKernels {};

TEST_P(VectorKernels, EqualTheScalarOneInEveryShape) {
  for (const ReedSolomonCode code : kCodes) {
    for (const Basis basis : kBases) {
      for (unsigned interleave = 1; interleave <= kMaxInterleave; ++interleave) {
        for (const unsigned fill : {0U, 1U, 7U, 100U, 221U}) {
          const CodeblockShape shape{code, basis, interleave, fill, ReedSolomonUse::correct};
          const Bytes mask = randomizer_mask(Randomizer::ccsds_255, 0, shape.size_bytes());
          const std::size_t blocks = 1 + below(200 / interleave);
          ASSERT_NO_FATAL_FAILURE(expect_same(shape, mask, damaged_memory(shape, mask, blocks, 3), 3));
        }
      }
    }
  }
}

TEST_P(VectorKernels, EqualTheScalarOneAtEveryFill) {
  for (unsigned fill = 0; fill < 223; ++fill) {
    const CodeblockShape shape{ReedSolomonCode::rs_255_223, Basis::dual, 4, fill, ReedSolomonUse::correct};
    const Bytes mask = randomizer_mask(Randomizer::ccsds_131071, 5, shape.size_bytes());
    ASSERT_NO_FATAL_FAILURE(expect_same(shape, mask, damaged_memory(shape, mask, 18, 0), 0));
  }
}

TEST_P(VectorKernels, EqualTheScalarOneForEveryNumberOfBlocksAndPlaceInMemory) {
  for (const unsigned interleave : {1U, 4U, 5U}) {
    const CodeblockShape shape{ReedSolomonCode::rs_255_223, Basis::dual, interleave, 0, ReedSolomonUse::correct};
    const Bytes mask = randomizer_mask(Randomizer::ccsds_255, 0, shape.size_bytes());
    for (std::size_t blocks = 0; blocks <= 70; ++blocks) {
      const std::size_t gap = blocks % 67;
      ASSERT_NO_FATAL_FAILURE(expect_same(shape, mask, damaged_memory(shape, mask, blocks, gap), gap));
    }
  }
}

TEST_P(VectorKernels, EqualTheScalarOneForEveryNumberOfWrongSymbols) {
  for (const ReedSolomonCode code : kCodes) {
    const CodeblockShape shape{code, Basis::dual, 4, 0, ReedSolomonUse::correct};
    const ReedSolomon scalar(shape);
    for (std::size_t wrong = 0; wrong <= 40; ++wrong) {
      Bytes memory;
      for (int i = 0; i < 20; ++i) {
        Bytes block = random_codeblock(scalar);
        for (unsigned k = 0; k < 4; ++k) damage(block, shape, k, wrong);
        memory.insert(memory.end(), block.begin(), block.end());
      }
      ASSERT_NO_FATAL_FAILURE(expect_same(shape, {}, memory, 0)) << wrong;
    }
  }
}

TEST_P(VectorKernels, EqualTheScalarOneWithoutAMaskAndWhereErrorsAreOnlyDetected) {
  for (const ReedSolomonUse use : {ReedSolomonUse::correct, ReedSolomonUse::detect}) {
    for (unsigned interleave = 1; interleave <= kMaxInterleave; ++interleave) {
      const CodeblockShape shape{ReedSolomonCode::rs_255_223, Basis::conventional, interleave, 0, use};
      ASSERT_NO_FATAL_FAILURE(expect_same(shape, {}, damaged_memory(shape, {}, 70, 1), 1));
    }
  }
}

// Errors at one symbol, then at each pair with the first: no place is special.
TEST_P(CodeblockKernels, CorrectAnErrorAtEveryPlace) {
  const CodeblockShape shape{ReedSolomonCode::rs_255_223, Basis::dual, 1, 0, ReedSolomonUse::correct};
  const Bytes good = random_codeblock(ReedSolomon(shape));
  Bytes memory;
  for (std::size_t i = 0; i < 255; ++i) {
    Bytes block = good;
    block[i] ^= static_cast<Byte>(1 + below(255));
    if (i > 0) block[0] ^= 0x80;
    memory.insert(memory.end(), block.begin(), block.end());
  }
  const Decoded decoded = decode(*make_codeblock_kernel(GetParam(), shape, {}), memory, 255, 0);
  for (std::size_t i = 0; i < 255; ++i) {
    ASSERT_EQ(decoded.results[i].corrected[0], i > 0 ? 2 : 1) << i;
    ASSERT_TRUE(std::equal(good.begin(), good.end(), decoded.memory.begin() + static_cast<std::ptrdiff_t>(i * 255)));
  }
}

// Random words lie within 8 symbols of a codeword of RS(255,239) at the rate of the sum over e <= 8 of C(255, e) 255^e
// / 256^16 = 2.085e-5, nearly 1 / 8!.
TEST_P(CodeblockKernels, MiscorrectAtTheRateThatTheoryAllows) {
  const CodeblockShape shape{ReedSolomonCode::rs_255_239, Basis::dual, 8, 0, ReedSolomonUse::correct};
  const auto kernel = make_codeblock_kernel(GetParam(), shape, {});
  std::mt19937_64 random(32);
  Bytes memory(128 * shape.size_bytes());
  std::uint64_t words = 0;
  std::uint64_t accepted = 0;
  const std::uint64_t wanted = GetParam() == Kernel::scalar ? 20'000 : 500'000;
  while (words < wanted) {
    for (std::size_t i = 0; i + 8 <= memory.size(); i += 8) {
      const std::uint64_t value = random();
      std::copy_n(reinterpret_cast<const Byte*>(&value), 8, memory.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const Decoded decoded = decode(*kernel, memory, shape.size_bytes(), 0);
    for (const CodeblockResult& result : decoded.results) {
      for (unsigned k = 0; k < 8; ++k, ++words) {
        if (result.corrected[k] == CodeblockResult::kUncorrectable) continue;
        ++accepted;
        EXPECT_GE(result.corrected[k], 6);  // nearer ones: 3 in 10^17
      }
    }
  }
  const double expected = static_cast<double>(words) * 2.085e-5;
  EXPECT_LT(static_cast<double>(accepted), expected + 5 * std::sqrt(expected) + 2);
  EXPECT_GT(static_cast<double>(accepted), expected - 5 * std::sqrt(expected) - 2);
}

const auto kName = [](const auto& of) { return std::string(to_string(of.param)); };
INSTANTIATE_TEST_SUITE_P(, CodeblockKernels, ::testing::ValuesIn(kKernels), kName);
INSTANTIATE_TEST_SUITE_P(, VectorKernels, ::testing::Values(Kernel::avx2, Kernel::avx512_gfni), kName);

}  // namespace
}  // namespace dl::link
