// Against libfec, an implementation by others (Debian's libfec-dev; built only where it is installed). A million
// codewords for each kernel where DOWNLINKD_TEST_LONG=1, twenty thousand otherwise.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include <fmt/format.h>

extern "C" {  // which fec.h does not say itself
#include <fec.h>
}

#include "link/kernels/codeblock_kernel.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

std::size_t codewords_to_try() {
  const char* is_long = std::getenv("DOWNLINKD_TEST_LONG");
  return is_long != nullptr && std::string_view(is_long) == "1" ? 1'000'000 : 20'000;
}

CodeblockShape shape_of(ReedSolomonCode code, Basis basis, unsigned fill = 0) {
  return {code, basis, 1, fill, ReedSolomonUse::correct};
}

TEST(ReedSolomonAgainstLibfec, ParityIsEqual) {
  std::mt19937 random(21);
  for (int round = 0; round < 500; ++round) {
    const auto fill = static_cast<unsigned>(below(random, 200));
    Bytes data = random_bytes(random, 223 - fill);
    Bytes dual = data;
    dual.resize(255 - fill);
    Bytes expected(32);
    ReedSolomon(shape_of(ReedSolomonCode::rs_255_223, Basis::dual, fill)).encode(dual);
    encode_rs_ccsds(data.data(), expected.data(), static_cast<int>(fill));
    ASSERT_EQ(Bytes(dual.end() - 32, dual.end()), expected);

    Bytes conventional = data;
    conventional.resize(255 - fill);
    ReedSolomon(shape_of(ReedSolomonCode::rs_255_223, Basis::conventional, fill)).encode(conventional);
    encode_rs_8(data.data(), expected.data(), static_cast<int>(fill));
    ASSERT_EQ(Bytes(conventional.end() - 32, conventional.end()), expected);
  }
}

// One decoder of libfec's, for one code and basis.
struct Theirs {
  ReedSolomonCode code;
  Basis basis;
  std::function<int(Bytes&)> decode;  // the number of symbols corrected, negative when it gives up
};

std::vector<Theirs> their_decoders() {
  // CCSDS 131.0-B 4.3.4 for E = 8: field 0x187, first root 120, step 11, 16 check symbols.
  const std::shared_ptr<void> small(init_rs_char(8, 0x187, 120, 11, 16, 0), free_rs_char);
  return {
      {ReedSolomonCode::rs_255_223, Basis::dual,
       [](Bytes& word) { return decode_rs_ccsds(word.data(), nullptr, 0, 0); }},
      {ReedSolomonCode::rs_255_223, Basis::conventional,
       [](Bytes& word) { return decode_rs_8(word.data(), nullptr, 0, 0); }},
      {ReedSolomonCode::rs_255_239, Basis::conventional,
       [small](Bytes& word) { return decode_rs_char(small.get(), word.data(), nullptr, 0); }},
  };
}

class KernelAgainstLibfec : public ::testing::TestWithParam<Kernel> {};

TEST_P(KernelAgainstLibfec, VerdictAndCorrectionAreEqualForAnyNumberOfWrongSymbols) {
  if (!can_run(GetParam())) GTEST_SKIP() << "this processor cannot run '" << to_string(GetParam()) << "'";
  constexpr std::size_t kBlocks = 200;
  std::mt19937 random(22);
  const std::vector<Theirs> decoders = their_decoders();
  for (const Theirs& theirs : decoders) {
    const CodeblockShape shape = shape_of(theirs.code, theirs.basis);
    const ReedSolomon code(shape);
    const auto kernel = make_codeblock_kernel(GetParam(), shape, {});
    std::vector<Bytes> blocks(kBlocks);
    std::vector<std::span<Byte>> views(kBlocks);
    std::vector<CodeblockResult> results(kBlocks);
    for (std::size_t done = 0; done < codewords_to_try() / decoders.size(); done += kBlocks) {
      for (std::size_t i = 0; i < kBlocks; ++i) {
        blocks[i] = random_bytes(random, 255);
        code.encode(blocks[i]);
        const std::size_t wrong = below(random, shape.correctable_symbols() * 3 / 2);
        for (std::size_t k = 0; k < wrong; ++k) blocks[i][below(random, 255)] = static_cast<Byte>(random());
        views[i] = blocks[i];
      }
      const std::vector<Bytes> received = blocks;
      kernel->decode(views, results);
      for (std::size_t i = 0; i < kBlocks; ++i) {
        Bytes word = received[i];
        const int corrected = theirs.decode(word);
        if (corrected < 0) {
          ASSERT_TRUE(results[i].uncorrectable());
          ASSERT_EQ(blocks[i], received[i]);
        } else {
          ASSERT_EQ(results[i].symbols_corrected(), static_cast<unsigned>(corrected));
          ASSERT_EQ(blocks[i], word);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, KernelAgainstLibfec, ::testing::ValuesIn(kKernels),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace dl::link::testing
