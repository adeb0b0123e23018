#include "link/coding/channel_decoder.h"

#include <gtest/gtest.h>

#include <random>

#include "link/coding/randomizer.h"
#include "link/stream_test_support.h"

namespace dl::link {
namespace {

class ChannelDecoderTest : public ::testing::Test {
 protected:
  ChannelDecoderTest() {
    profile_.cadu_size_bytes = 4 + 4 * 255;
    frame_.resize(892);
    std::mt19937 random(41);
    for (Byte& byte : frame_) byte = static_cast<Byte>(random());
  }

  [[nodiscard]] CodeblockShape shape() const {
    return {profile_.code, profile_.basis, profile_.interleave, profile_.virtual_fill_bytes, profile_.code_use};
  }

  void add(FrameBatch& batch, const Bytes& codeblock) {
    const std::span<Byte> room = batch.add({}, codeblock.size());
    std::copy(codeblock.begin(), codeblock.end(), room.begin());
  }

  // Randomized behind the code, as CCSDS says.
  [[nodiscard]] Bytes codeblock() const {
    Bytes block = frame_;
    block.resize(profile_.codeblock_size_bytes());
    if (profile_.code != ReedSolomonCode::none) ReedSolomon(shape()).encode(block);
    add_mask(block, randomizer_mask(profile_.randomizer, profile_.randomizer_offset_bytes, block.size()));
    return block;
  }

  Profile profile_;
  Bytes frame_;
};

TEST_F(ChannelDecoderTest, TakesOffRandomizerAndParityAndCountsWhatItCorrected) {
  for (const Randomizer randomizer : {Randomizer::none, Randomizer::ccsds_255, Randomizer::ccsds_131071}) {
    profile_.randomizer = randomizer;
    ChannelDecoder decoder(profile_);
    FrameBatch batch;
    Bytes block = codeblock();
    add(batch, block);
    for (std::size_t i = 0; i < 16; ++i) block[4 * i] ^= 0x11;
    block[1] ^= 1;
    add(batch, block);
    block[4 * 17] ^= 1;
    add(batch, block);
    decoder.decode(batch);
    const auto& frames = batch.frames();
    EXPECT_EQ(Bytes(frames[0].bytes.begin(), frames[0].bytes.end()), frame_);
    EXPECT_EQ(Bytes(frames[1].bytes.begin(), frames[1].bytes.end()), frame_);
    EXPECT_EQ(frames[0].quality.symbols_corrected, 0);
    EXPECT_EQ(frames[1].quality.symbols_corrected, 17);
    EXPECT_FALSE(frames[1].dropped);
    EXPECT_EQ(frames[2].dropped, DropReason::rs_uncorrectable);
    EXPECT_EQ(decoder.codewords().by_symbols_corrected[0], 4U + 2 + 2);
    EXPECT_EQ(decoder.codewords().by_symbols_corrected[1], 2U);
    EXPECT_EQ(decoder.codewords().by_symbols_corrected[16], 1U);
    EXPECT_EQ(decoder.codewords().uncorrectable, 1U);
    EXPECT_TRUE(decoder.losses().balanced());
    EXPECT_EQ(decoder.losses().units_in, 3U);
    EXPECT_EQ(decoder.losses().units_out, 2U);
  }
}

TEST_F(ChannelDecoderTest, WhereErrorsAreOnlyDetectedAFrameWithAnyIsDropped) {
  profile_.code_use = ReedSolomonUse::detect;
  ChannelDecoder decoder(profile_);
  FrameBatch batch;
  Bytes block = codeblock();
  add(batch, block);
  block[500] ^= 1;
  add(batch, block);
  decoder.decode(batch);
  EXPECT_FALSE(batch.frames()[0].dropped);
  EXPECT_EQ(batch.frames()[1].dropped, DropReason::rs_uncorrectable);
}

// Terra: the data are randomized, from an offset, before they are encoded.
TEST_F(ChannelDecoderTest, ARandomizerInsideTheCodeIsTakenOffTheCorrectedData) {
  profile_.randomizer_place = RandomizerPlace::inside_code;
  profile_.randomizer_offset_bytes = 6;
  Bytes block = frame_;
  add_mask(block, randomizer_mask(Randomizer::ccsds_255, 6, block.size()));
  block.resize(1020);
  ReedSolomon(shape()).encode(block);
  for (std::size_t i = 0; i < 64; ++i) block[i + 100] ^= 0x77;
  ChannelDecoder decoder(profile_);
  FrameBatch batch;
  add(batch, block);
  decoder.decode(batch);
  const Frame& frame = batch.frames()[0];
  EXPECT_EQ(frame.quality.symbols_corrected, 64);
  EXPECT_EQ(Bytes(frame.bytes.begin(), frame.bytes.end()), frame_);
}

TEST_F(ChannelDecoderTest, FramesWithoutCodeOnlyLoseTheRandomizer) {
  profile_.code = ReedSolomonCode::none;
  profile_.cadu_size_bytes = 4 + 892;
  ChannelDecoder decoder(profile_);
  FrameBatch batch;
  add(batch, codeblock());
  decoder.decode(batch);
  const Frame& frame = batch.frames()[0];
  EXPECT_EQ(Bytes(frame.bytes.begin(), frame.bytes.end()), frame_);
  EXPECT_TRUE(decoder.losses().balanced());
}

TEST_F(ChannelDecoderTest, FramesThatWereDroppedBeforeAreLeftAlone) {
  ChannelDecoder decoder(profile_);
  FrameBatch batch;
  add(batch, codeblock());
  Frame dropped;
  dropped.dropped = DropReason::station_erred;
  const std::span<Byte> room = batch.add(dropped, 1020);
  std::fill(room.begin(), room.end(), Byte{0xEE});
  decoder.decode(batch);
  EXPECT_FALSE(batch.frames()[0].dropped);
  EXPECT_EQ(batch.frames()[1].dropped, DropReason::station_erred);
  EXPECT_EQ(batch.frames()[1].bytes.size(), 1020U);
  EXPECT_EQ(decoder.losses().units_in, 1U);
}

// CADUs by another implementation, interleave 5: the figures of expected.json beside the vectors.
TEST(ChannelDecoderVectors, DecodesInterleaveFive) {
  DL_RECORDING(text, "vectors/tm-aos-cadu-hex/dumpFile_tm_user_data.hex");
  Profile profile;
  profile.randomizer = Randomizer::none;
  profile.interleave = 5;
  profile.cadu_size_bytes = 4 + 5 * 255;
  Bytes cadus;
  std::string digits;
  for (const Byte character : text) {
    if (std::isxdigit(character) != 0) digits.push_back(static_cast<char>(character));
    if (digits.size() < 2) continue;
    cadus.push_back(static_cast<Byte>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  ASSERT_EQ(cadus.size(), 30U * profile.cadu_size_bytes);
  for (const Kernel kernel : kKernels) {
    if (!can_run(kernel)) continue;
    ChannelDecoder decoder(profile, kernel);
    FrameBatch batch;
    for (std::size_t at = 0; at < cadus.size(); at += profile.cadu_size_bytes) {
      const std::span<Byte> room = batch.add({}, 5 * 255);
      std::copy_n(cadus.begin() + static_cast<std::ptrdiff_t>(at + 4), room.size(), room.begin());
    }
    decoder.decode(batch);
    Bytes frames;
    for (const Frame& frame : batch.frames()) testing::append(frames, frame.bytes);
    EXPECT_EQ(decoder.codewords().by_symbols_corrected[0], 150U);
    EXPECT_EQ(sha256_hex(frames), "7d38858533551dc577d19feee1643c68a36fbcae3349d7e2116911ff78fa4a12");
  }
}

}  // namespace
}  // namespace dl::link
