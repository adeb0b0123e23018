// Soft symbols of the start of a real LRPT pass, against the frames of the same pass that another program decoded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "link/soft/soft_test_support.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

constexpr const char* kSymbols = "data/meteor-m2-lrpt/test_meteor_stream.s";
constexpr const char* kCadus = "data/meteor-m2-lrpt/meteor_m2_lrpt.cadu";
constexpr std::size_t kFrameBytes = 892;

Profile lrpt_profile() {
  Profile profile = meteor_profile();
  profile.form = InputForm::soft_symbols;
  profile.soft = coding_of(Modulation::qpsk, ConvolutionalRate::rate_1_2);
  profile.randomizer = Randomizer::ccsds_255;  // as on the air
  return profile;
}

struct Pass {
  std::map<std::uint32_t, Bytes> frames;  // by counter
  std::vector<std::uint64_t> offsets;     // of those frames
  std::vector<Packet> packets;
  LinkReport report;
};

Pass receive(ByteView symbols, std::size_t piece) {
  LinkPipeline pipeline(lrpt_profile());
  PacketBatch packets;
  Pass pass;
  const auto keep_frames = [&] {
    for (const Frame& frame : pipeline.frames()) {
      if (frame.dropped) continue;
      pass.frames[frame.counter] = Bytes(frame.bytes.begin(), frame.bytes.end());
      pass.offsets.push_back(frame.input_offset);
    }
  };
  for (; !symbols.empty(); symbols = symbols.subspan(std::min(piece, symbols.size()))) {
    pipeline.push(symbols.first(std::min(piece, symbols.size())), kReceived, packets);
    keep_frames();
  }
  pipeline.flush(packets);
  keep_frames();
  pass.packets = packets.packets();
  for (Packet& packet : pass.packets) packet.bytes = {};
  pass.report = pipeline.report();
  return pass;
}

TEST(LrptRecording, GivesTheFramesThatAnotherProgramDecodedAndItsImagePackets) {
  DL_RECORDING(symbols, kSymbols);
  DL_RECORDING(cadus, kCadus);
  const Pass pass = receive(symbols, 65536);
  EXPECT_THAT(pass.report.imbalances(), ::testing::IsEmpty());
  EXPECT_EQ(pass.frames.count(638879), 1U);
  std::size_t compared = 0;
  for (std::size_t at = 0; at + 4 + kFrameBytes <= cadus.size(); at += 1024) {
    const ByteView theirs = ByteView(cadus).subspan(at + 4, kFrameBytes);
    const auto ours = pass.frames.find(read_u24(theirs, 2));
    if (ours == pass.frames.end()) continue;
    ++compared;
    EXPECT_TRUE(std::equal(theirs.begin(), theirs.end(), ours->second.begin(), ours->second.end()));
  }
  // 59 frames are whole in the recording, 25 of them in both. In 638866 the receiver's gain jumps and its carrier turns
  // by a quarter: 17 symbols of each codeword are wrong, one more than the code corrects. The other program's 231 image
  // packets are those of the frames from the second one on with 638866 among them; of all but 638866 it is 229.
  EXPECT_EQ(pass.frames.size(), 58U);
  EXPECT_EQ(compared, 24U);
  EXPECT_EQ(pass.frames.begin()->first, 638822U);
  EXPECT_EQ(pass.frames.rbegin()->first, 638880U);
  EXPECT_EQ(pass.frames.count(638866), 0U);
  EXPECT_EQ(pass.report.coding.dropped(DropReason::rs_uncorrectable).units, 1U);
  EXPECT_EQ(pass.report.soft_counts.relocks, 1U);
  const auto images = std::count_if(pass.packets.begin(), pass.packets.end(),
                                    [](const Packet& packet) { return packet.apid >= 64 && packet.apid <= 69; });
  EXPECT_EQ(images, 229);
}

TEST(LrptRecording, CuttingTheSymbolsChangesNothing) {
  DL_RECORDING(symbols, kSymbols);
  const Pass whole = receive(symbols, symbols.size());
  for (const std::size_t piece : {777, 16384}) {
    const Pass pieces = receive(symbols, piece);
    EXPECT_EQ(pieces.frames, whole.frames);
    EXPECT_EQ(pieces.offsets, whole.offsets);
    EXPECT_EQ(pieces.packets.size(), whole.packets.size());
  }
}

TEST(LrptRecording, FramesSayAtWhichSymbolTheyBegan) {
  DL_RECORDING(symbols, kSymbols);
  const Pass pass = receive(symbols, 65536);
  // The turn of the carrier moves no frame.
  for (const std::uint64_t offset : pass.offsets) EXPECT_EQ((offset - pass.offsets.front()) % 16384, 0U);
  EXPECT_EQ(pass.offsets.back() - pass.offsets.front(), 58U * 16384);
}

}  // namespace
}  // namespace dl::link::testing
