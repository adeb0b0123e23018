#include "link/coding/reed_solomon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "link/coding/dual_basis.h"
#include "link/coding/randomizer.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

Bytes ramp(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Byte>(i);
  return bytes;
}

// The generator of the known answers: s = (s * 1103515245 + 12345) & 0x7fffffff, byte = (s >> 16) & 255.
Bytes lcg(std::uint32_t state, std::size_t count) {
  Bytes bytes(count);
  for (Byte& byte : bytes) {
    state = (state * 1103515245U + 12345U) & 0x7FFFFFFFU;
    byte = static_cast<Byte>(state >> 16);
  }
  return bytes;
}

ReedSolomon code_of(Basis basis, unsigned interleave, unsigned virtual_fill_bytes,
                    ReedSolomonCode code = ReedSolomonCode::rs_255_223) {
  return ReedSolomon({code, basis, interleave, virtual_fill_bytes, ReedSolomonUse::correct});
}

Bytes encoded(const ReedSolomon& code, Bytes data) {
  data.resize(code.shape().size_bytes());
  code.encode(data);
  return data;
}

std::string parity_hex(ReedSolomonCode code, Basis basis, const Bytes& data) {
  const Bytes block = encoded(code_of(basis, 1, 0, code), data);
  return to_hex(ByteView(block).subspan(data.size()));
}

// Changes `count` different symbols of codeword `codeword`.
void damage(Bytes& block, const ReedSolomon& code, unsigned interleave, unsigned codeword, std::size_t count,
            std::mt19937& random) {
  const std::size_t symbols = code.shape().size_bytes() / interleave;
  std::set<std::size_t> chosen;
  while (chosen.size() < count) chosen.insert(below(random, symbols));
  for (const std::size_t i : chosen) block[i * interleave + codeword] ^= static_cast<Byte>(1 + below(random, 255));
}

// The known answers of CCSDS 131.0-B coding: shared vectors, ccsds-known-answers.
TEST(ReedSolomon, ParityIsTheKnownAnswerInBothBases) {
  struct Answer {
    ReedSolomonCode code;
    Bytes data;
    const char* conventional;
    const char* dual;
  };
  constexpr auto kLarge = ReedSolomonCode::rs_255_223;
  constexpr auto kSmall = ReedSolomonCode::rs_255_239;
  const std::vector<Answer> answers = {
      {kLarge, ramp(223), "2fbd4fb4748494b9acd554627212eeb3ebed41191de1d36320ea49290b25abcf",
       "4ffb92dd557ec67f27fb8982cf58f8fd028ad117fcef6b2793d0418826578651"},
      {kLarge, Bytes(223, 0xFF), "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
      {kLarge, lcg(1, 223), "0c36ba57dd709a368c5e6ea5262635f82e80195cd22a34e7259503dd6b2a4af4",
       "456eb76668df68c3cfa2cd66e9fba90c6a15754375ca15a83e4f342a3309c0e9"},
      {kSmall, ramp(239), "2aa9a33235aefe260e3c55be8f495000", "9755133f2714a3fbe0101e8f0e0ac1d2"},
      {kSmall, Bytes(239, 0xFF), "ffffffffffffffffffffffffffffffff", "ffffffffffffffffffffffffffffffff"},
      {kSmall, lcg(1, 239), "3f033adece9acc7d5569441b7e5cfb16", "16475cb6ff95f6d8b6480a2bf1bec847"},
  };
  for (const Answer& answer : answers) {
    EXPECT_EQ(parity_hex(answer.code, Basis::conventional, answer.data), answer.conventional);
    EXPECT_EQ(parity_hex(answer.code, Basis::dual, answer.data), answer.dual);
  }
}

TEST(ReedSolomon, InterleavedCodeblocksAreTheKnownAnswers) {
  struct Answer {
    ReedSolomonCode code;
    unsigned interleave;
    const char* codeblock_sha256;
    const char* first_check_symbols;
  };
  constexpr auto kLarge = ReedSolomonCode::rs_255_223;
  constexpr auto kSmall = ReedSolomonCode::rs_255_239;
  const std::vector<Answer> answers = {
      {kLarge, 1, "fd6542bf44d57ce2b41e8aa5c54fb896f75660dcb4c78990802f87cbf513408e",
       "c6790c80fa4416920d41701c4af8c95d"},
      {kLarge, 2, "7d13c2ef220f97f75bc05ae733682c9830e312d9196c688e862f216ba5a4f848",
       "850acb917b9239355678d209331260e0"},
      {kLarge, 3, "f94c20cefc750960bff7e7693820b6e4373332e4b6ffe56af7a16c0434d2253a",
       "2692052ae60e4ff484a86eb091e74b86"},
      {kLarge, 4, "87a494bd41f65a7bf75d0dcf6ad4a981b70dd2840812c101ecc66364c0a4ba14",
       "9a02a042cef51a2eec20f293a88d605e"},
      {kLarge, 5, "23c3ccbdaf5f885203a339901d293d3900accc7d98580588f3d8ec272ec9a0d9",
       "de4fa7a1376d8428da8c55d3a589915e"},
      {kLarge, 8, "c7c6b8b3f471f4d934a337c1b44618545ca9eb7b3889f9c2a26ed532f86df806",
       "dad0b8789f12b19861426d844c77a636"},
      {kSmall, 1, "700e5a21ea25d74908368a1b3afd488b2048896b5bb959cb783ba375a5753dc0",
       "e3fa77417c2c026505aae1766c3fbedc"},
      {kSmall, 2, "379ddd1b412f174e60c1913e13f4ad5a2fe537dc5586b8507948598ca4f72161",
       "05a9c2a525a2437ffeca8007819e3f6a"},
      {kSmall, 3, "2d274fcc6eaf119abfb2cb68474fdac2e77101beefeab8910ac3399bc83029aa",
       "80e2e1385bb29770582fbef7f46a928b"},
      {kSmall, 4, "13b59c34eceee542da76ad9541a853a7576be2e4cb53f5e2ebdc19b3abe91db0",
       "78e46b1396b4d56f6d9320acf7a859fa"},
      {kSmall, 5, "7cc0f4a90de53c232bb52b63fdafeb6856b4a9f98b14e31aa5006fd26a26c36c",
       "943fd300730ad8355ad4d5299e5205e9"},
      {kSmall, 8, "3439283af584791ba26fe3047c4b55f93e2512c212cba53230af4f9c24113475",
       "dc35ac3663800751f60505f8e7e2d523"},
  };
  for (const Answer& answer : answers) {
    const ReedSolomon code = code_of(Basis::dual, answer.interleave, 0, answer.code);
    const Bytes block = encoded(code, lcg(7, code.shape().data_size_bytes()));
    EXPECT_EQ(sha256_hex(block), answer.codeblock_sha256) << answer.interleave;
    EXPECT_EQ(to_hex(ByteView(block).subspan(code.shape().data_size_bytes(), 16)), answer.first_check_symbols);
  }
}

TEST(ReedSolomon, DualBasisMatchesTheElementsThatTheStandardLists) {
  // CCSDS 131.0-B annex F: l_0 … l_7 are alpha^125, 88, 226, 163, 46, 184, 67, 242; z_0 is the most significant bit.
  const std::array<unsigned, 8> powers = {125, 88, 226, 163, 46, 184, 67, 242};
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_EQ(kBasisTables.to_conventional[0x80U >> i], gf::alpha_to(powers[i])) << "l_" << i;
  }
  for (unsigned u = 0; u < 256; ++u) EXPECT_EQ(kBasisTables.to_conventional[kBasisTables.to_dual[u]], u);
}

TEST(ReedSolomon, CorrectsAsManySymbolsOfEachCodewordAsTheCodeAllowsInEveryShape) {
  std::mt19937 random(11);
  for (const ReedSolomonCode kind : {ReedSolomonCode::rs_255_223, ReedSolomonCode::rs_255_239}) {
    for (const Basis basis : {Basis::dual, Basis::conventional}) {
      for (unsigned interleave = 1; interleave <= kMaxInterleave; ++interleave) {
        for (const unsigned fill : {0U, 1U, 100U, 222U}) {
          const ReedSolomon code = code_of(basis, interleave, fill, kind);
          const Bytes good = encoded(code, random_bytes(random, code.shape().data_size_bytes()));
          for (std::size_t count = 0; count <= code.shape().correctable_symbols(); ++count) {
            Bytes block = good;
            for (unsigned k = 0; k < interleave; ++k) damage(block, code, interleave, k, count, random);
            const CodeblockResult result = code.decode(block);
            ASSERT_EQ(result.symbols_corrected(), count * interleave);
            ASSERT_FALSE(result.uncorrectable());
            ASSERT_EQ(block, good);
          }
        }
      }
    }
  }
}

TEST(ReedSolomon, OnlyDetectsWhereItIsToldTo) {
  std::mt19937 random(14);
  CodeblockShape shape{ReedSolomonCode::rs_255_223, Basis::dual, 4, 0, ReedSolomonUse::detect};
  const ReedSolomon code(shape);
  Bytes block = encoded(code, random_bytes(random, shape.data_size_bytes()));
  EXPECT_FALSE(code.decode(block).uncorrectable());
  block[6] ^= 0x40;
  const Bytes before = block;
  const CodeblockResult result = code.decode(block);
  EXPECT_EQ(result.corrected[2], CodeblockResult::kUncorrectable);
  EXPECT_EQ(result.corrected[1], 0);
  EXPECT_EQ(block, before);
}

TEST(ReedSolomon, RefusesMoreThanSixteenWrongSymbolsAndLeavesThem) {
  std::mt19937 random(12);
  const ReedSolomon code = code_of(Basis::dual, 4, 0);
  const Bytes good = encoded(code, random_bytes(random, code.shape().data_size_bytes()));
  for (int round = 0; round < 500; ++round) {
    Bytes block = good;
    const auto bad = static_cast<unsigned>(below(random, 4));
    damage(block, code, 4, bad, 17 + below(random, 100), random);
    const Bytes before = block;
    const CodeblockResult result = code.decode(block);
    ASSERT_TRUE(result.uncorrectable());
    ASSERT_EQ(result.corrected[bad], CodeblockResult::kUncorrectable);
    ASSERT_EQ(block, before);
  }
}

TEST(ReedSolomon, RefusesACorrectionOfTheVirtualFill) {
  std::mt19937 random(13);
  // A codeword that is not zero where the fill would be, cut to its last 100 symbols: with up to 16 non-zero symbols in
  // the fill, a decoder that does not look would "correct" them.
  const ReedSolomon whole = code_of(Basis::conventional, 1, 0);
  Bytes data(223, 0);
  for (std::size_t i = 0; i < 10; ++i) data[i] = static_cast<Byte>(1 + below(random, 255));
  const Bytes codeword = encoded(whole, data);
  Bytes shortened(codeword.begin() + 155, codeword.end());
  EXPECT_TRUE(code_of(Basis::conventional, 1, 155).decode(shortened).uncorrectable());
}

TEST(ReedSolomon, TheRandomizerSequenceIsACodewordForSomeInterleaveDepthsOnly) {
  const std::array<bool, 9> is_codeword = {false, true, true, false, true, false, false, false, true};
  for (unsigned interleave = 1; interleave <= kMaxInterleave; ++interleave) {
    const ReedSolomon code = code_of(Basis::dual, interleave, 0);
    Bytes block(code.shape().size_bytes(), 0);
    apply_randomizer(block);
    const Bytes sequence = block;
    const CodeblockResult result = code.decode(block);
    EXPECT_EQ(!result.uncorrectable() && result.symbols_corrected() == 0, is_codeword[interleave]) << interleave;
  }
}

}  // namespace
}  // namespace dl::link::testing
