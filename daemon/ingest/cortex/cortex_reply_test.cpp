#include "daemon/ingest/cortex/cortex_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ingest/cortex/cortex_request.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kFrameBytes = 60;  // with the sync word

CortexLayout layout() {
  CortexLayout layout;
  layout.sync_word = {0x1A, 0xCF, 0xFC, 0x1D};
  layout.sync_errors = 4;
  layout.frame_bytes = kFrameBytes;
  layout.padding_bytes = 4;
  layout.spare_bytes = 16;
  layout.preamble_bytes = 64;
  layout.postamble_bytes = 4;
  return layout;
}

Bytes frame(unsigned number) {
  Bytes bytes(kFrameBytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(number * 7 + i * 13);
  std::copy_n(layout().sync_word.begin(), 4, bytes.begin());
  return bytes;
}

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes block(const CortexLayout& layout, unsigned number) {
  Bytes out = frame(number);
  out.resize(out.size() + layout.padding_bytes, 0xEE);
  if (layout.has_time_tag) {
    append_u32(out, 1000 + number);
    append_u32(out, number);
  }
  if (layout.has_status) out.resize(out.size() + 8, 0x55);
  out.resize(out.size() + layout.spare_bytes, 0xAA);
  return out;
}

Bytes preamble(const CortexLayout& layout) {
  Bytes out;
  if (layout.preamble_bytes >= 4) append_u32(out, kCortexHead);
  out.resize(layout.preamble_bytes, 0x11);
  return out;
}

Bytes postamble(const CortexLayout& layout) {
  Bytes out(layout.postamble_bytes, 0x22);
  if (out.size() >= 4) {
    out.resize(out.size() - 4);
    append_u32(out, kCortexTail);
  }
  return out;
}

Bytes reply(const CortexLayout& layout, unsigned first, unsigned blocks) {
  Bytes out = preamble(layout);
  for (unsigned i = 0; i < blocks; ++i) append(out, block(layout, first + i));
  append(out, postamble(layout));
  return out;
}

struct Read {
  std::vector<Bytes> frames;
  std::vector<std::uint32_t> seconds;
  CortexCounts counts;
};

Read read(const CortexLayout& layout, ByteView stream, std::size_t piece = 1U << 20, bool end = true) {
  Read read;
  CortexReplyReader reader(layout);
  const auto take = [&](const CortexBlock& block) {
    read.frames.emplace_back(block.frame.begin(), block.frame.end());
    if (block.time_tag) read.seconds.push_back(block.time_tag->seconds);
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader.push(stream.subspan(at, std::min(piece, stream.size() - at)), take);
  }
  if (end) reader.end_connection();
  read.counts = reader.counts();
  return read;
}

std::vector<Bytes> frames(std::initializer_list<unsigned> numbers) {
  std::vector<Bytes> out;
  for (const unsigned number : numbers) out.push_back(frame(number));
  return out;
}

std::uint64_t accounted(const CortexLayout& layout, const CortexCounts& counts) {
  return counts.blocks * layout.block_bytes() + counts.skipped_bytes + counts.cut_bytes;
}

TEST(CortexRequest, HdrAsksInThirtyTwoWords) {
  config::Cortex cortex;
  cortex.channel = 2;
  cortex.data_flow = 3;
  cortex.blocks_per_reply = 16;
  const Bytes request = cortex_request(cortex);
  ASSERT_EQ(request.size(), 128U);
  EXPECT_EQ(read_u32(request, 0), 0x499602D2U);
  EXPECT_EQ(read_u32(request, 4), 128U);
  EXPECT_EQ(read_u32(request, 4 * 3), 2U);
  EXPECT_EQ(read_u32(request, 4 * 4), 3U);
  EXPECT_EQ(read_u32(request, 4 * 8), 16U);
  EXPECT_EQ(read_u32(request, 4 * 31), 0xB669FD2EU);
  for (const std::size_t word : {2U, 5U, 6U, 7U, 9U, 20U, 30U}) EXPECT_EQ(read_u32(request, 4 * word), 0U) << word;
}

TEST(CortexRequest, CrtAsksInSixteenWords) {
  config::Cortex cortex;
  cortex.family = config::CortexFamily::crt;
  cortex.channel = 1;
  cortex.data_flow = 2;
  cortex.blocks_per_reply = 16;
  const Bytes request = cortex_request(cortex);
  ASSERT_EQ(request.size(), 64U);
  EXPECT_EQ(read_u32(request, 0), 0x499602D2U);
  EXPECT_EQ(read_u32(request, 4), 64U);
  EXPECT_EQ(read_u32(request, 4 * 3), 1U);
  EXPECT_EQ(read_u32(request, 4 * 4), 0U);
  EXPECT_EQ(read_u32(request, 4 * 5), 2U);
  EXPECT_EQ(read_u32(request, 4 * 8), 0U);
  EXPECT_EQ(read_u32(request, 4 * 15), 0xB669FD2EU);
}

TEST(CortexReply, BlocksComeOutWithTheirTimeTags) {
  Bytes stream;
  for (unsigned i = 0; i < 5; ++i) append(stream, reply(layout(), i, 1));
  const Read got = read(layout(), stream);
  EXPECT_EQ(got.frames, frames({0, 1, 2, 3, 4}));
  EXPECT_THAT(got.seconds, testing::ElementsAre(1000, 1001, 1002, 1003, 1004));
  EXPECT_EQ(got.counts.blocks, 5U);
  EXPECT_EQ(got.counts.resynchronised + got.counts.skipped_bytes + got.counts.cut_blocks, 0U);
}

TEST(CortexReply, HowTheStreamIsCutIntoReadsChangesNothing) {
  CortexLayout two = layout();
  two.blocks_per_reply = 2;
  Bytes stream = reply(two, 0, 2);
  append(stream, Bytes(37, 0x1A));  // junk that begins like the sync word
  append(stream, reply(two, 2, 2));
  append(stream, reply(two, 4, 1));
  const Read whole = read(two, stream);
  EXPECT_EQ(whole.frames, frames({0, 1, 2, 3, 4}));
  for (std::size_t piece = 1; piece < 200; ++piece) {
    const Read got = read(two, stream, piece);
    ASSERT_EQ(got.frames, whole.frames) << piece;
    ASSERT_EQ(got.counts.skipped_bytes, whole.counts.skipped_bytes) << piece;
    ASSERT_EQ(got.counts.resynchronised, whole.counts.resynchronised) << piece;
    ASSERT_EQ(got.counts.cut_bytes, 0U) << piece;
  }
}

TEST(CortexReply, EveryFieldMayBeConfiguredAway) {
  for (unsigned mask = 0; mask < 64; ++mask) {
    CortexLayout some = layout();
    if (mask & 1U) some.padding_bytes = 0;
    if (mask & 2U) some.has_time_tag = false;
    if (mask & 4U) some.has_status = false;
    if (mask & 8U) some.spare_bytes = 0;
    if (mask & 16U) some.preamble_bytes = 0;
    if (mask & 32U) some.postamble_bytes = 0;
    some.blocks_per_reply = 3;
    Bytes stream = reply(some, 0, 3);
    append(stream, reply(some, 3, 3));
    const Read got = read(some, stream, 17);
    EXPECT_EQ(got.frames, frames({0, 1, 2, 3, 4, 5})) << mask;
    EXPECT_EQ(got.counts.skipped_bytes + got.counts.cut_bytes, 0U) << mask;
    EXPECT_EQ(got.seconds.size(), some.has_time_tag ? 6U : 0U) << mask;
  }
}

TEST(CortexReply, ReplyMayHaveFewerOrMoreBlocksThanAskedFor) {
  CortexLayout three = layout();
  three.blocks_per_reply = 3;
  Bytes stream = reply(three, 0, 2);
  append(stream, reply(three, 2, 5));
  append(stream, reply(three, 7, 3));
  const Read got = read(three, stream, 11);
  EXPECT_EQ(got.frames, frames({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(got.counts.resynchronised, 0U);
  EXPECT_EQ(got.counts.skipped_bytes, 0U);
}

TEST(CortexReply, BlockWithAWrongSyncWordIsSkippedAndCounted) {
  Bytes stream = reply(layout(), 0, 1);
  Bytes bad = reply(layout(), 1, 1);
  for (std::size_t i = 0; i < 4; ++i) bad[layout().preamble_bytes + i] = 0;
  append(stream, bad);
  append(stream, reply(layout(), 2, 1));
  const Read got = read(layout(), stream);
  EXPECT_EQ(got.frames, frames({0, 2}));
  EXPECT_EQ(got.counts.resynchronised, 1U);
  // From the end of the first block to the next preamble.
  EXPECT_EQ(got.counts.skipped_bytes, layout().postamble_bytes + bad.size());
}

TEST(CortexReply, SyncWordMayHaveAFewBitErrorsWhereItIsExpected) {
  Bytes stream = reply(layout(), 0, 1);
  Bytes worn = reply(layout(), 1, 1);
  worn[layout().preamble_bytes] ^= 0x0F;
  append(stream, worn);
  const Read got = read(layout(), stream);
  ASSERT_EQ(got.frames.size(), 2U);
  EXPECT_EQ(got.frames[1][0], 0x1A ^ 0x0F) << "handed on as it came: the link counts the errors";
  EXPECT_EQ(got.counts.resynchronised, 0U);
}

TEST(CortexReply, FramesUpsideDownAreHandedOnAsTheyAre) {
  Bytes stream = reply(layout(), 0, 1);
  for (std::size_t i = 0; i < kFrameBytes; ++i) stream[layout().preamble_bytes + i] ^= 0xFF;
  const Read got = read(layout(), stream);
  ASSERT_EQ(got.frames.size(), 1U);
  EXPECT_EQ(got.frames[0][0], 0xE5);
}

TEST(CortexReply, WrongPreambleIsPassedOver) {
  Bytes stream = reply(layout(), 0, 1);
  Bytes bad = reply(layout(), 1, 1);
  bad[0] ^= 0x40;
  append(stream, bad);
  append(stream, reply(layout(), 2, 1));
  const Read got = read(layout(), stream);
  EXPECT_EQ(got.frames, frames({0, 1, 2})) << "the frame behind a preamble that we do not know is kept";
  EXPECT_EQ(got.counts.resynchronised, 1U);
  EXPECT_EQ(got.counts.skipped_bytes, layout().postamble_bytes + layout().preamble_bytes);
}

TEST(CortexReply, BytesThatAreMissingMisalignOneBlockOnly) {
  for (std::size_t missing = 1; missing < 40; ++missing) {
    Bytes stream = reply(layout(), 0, 1);
    Bytes cut = reply(layout(), 1, 1);
    cut.erase(cut.begin() + 80, cut.begin() + 80 + static_cast<std::ptrdiff_t>(missing));
    append(stream, cut);
    append(stream, reply(layout(), 2, 1));
    append(stream, reply(layout(), 3, 1));
    const Read got = read(layout(), stream, 13);
    ASSERT_EQ(got.frames.size(), 4U) << missing;
    EXPECT_EQ(got.frames[2], frame(2)) << missing;
    EXPECT_EQ(got.frames[3], frame(3)) << missing;
    EXPECT_EQ(got.counts.resynchronised, 1U) << missing;
  }
}

TEST(CortexReply, ConnectionThatEndsInABlockLosesThatBlockOnly) {
  const Bytes one = reply(layout(), 0, 1);
  for (std::size_t size = 1; size < one.size(); ++size) {
    CortexReplyReader reader(layout());
    std::vector<Bytes> got;
    const auto take = [&](const CortexBlock& block) { got.emplace_back(block.frame.begin(), block.frame.end()); };
    reader.push(ByteView(one).first(size), take);
    reader.end_connection();
    const bool whole = size >= layout().preamble_bytes + layout().block_bytes();
    EXPECT_EQ(got.size(), whole ? 1U : 0U) << size;
    EXPECT_EQ(reader.counts().cut_bytes, whole ? 0 : size) << size;
    reader.push(one, take);
    EXPECT_EQ(got.back(), frame(0)) << size;
    EXPECT_EQ(reader.counts().resynchronised, 0U) << size;
  }
}

TEST(CortexReply, EveryByteIsOfABlockOrCounted) {
  CortexLayout plain = layout();
  plain.preamble_bytes = plain.postamble_bytes = 0;
  Bytes stream(1000, 0x33);
  append(stream, block(plain, 0));
  append(stream, Bytes(5, 0x1A));
  append(stream, block(plain, 1));
  append(stream, ByteView(block(plain, 2)).first(30));
  const Read got = read(plain, stream, 7);
  EXPECT_EQ(got.frames, frames({0, 1}));
  EXPECT_EQ(got.counts.skipped_bytes, 1005U);
  EXPECT_EQ(got.counts.cut_bytes, 30U);
  EXPECT_EQ(accounted(plain, got.counts), stream.size());
}

TEST(CortexReply, NoiseGivesNothingAndIsCounted) {
  Bytes noise(100'000);
  std::uint32_t state = 1;
  for (Byte& byte : noise) byte = static_cast<Byte>((state = state * 1664525 + 1013904223) >> 24);
  const Read got = read(layout(), noise, 1000);
  EXPECT_TRUE(got.frames.empty());
  EXPECT_EQ(got.counts.skipped_bytes, noise.size());
  EXPECT_EQ(got.counts.resynchronised, 1U);
}

TEST(CortexReply, FramesWithoutSyncWordAreToldByTheirPlace) {
  CortexLayout bare = layout();
  bare.sync_word.clear();
  bare.blocks_per_reply = 2;
  Bytes stream = reply(bare, 0, 2);
  append(stream, Bytes(9, 0x77));
  append(stream, reply(bare, 2, 2));
  const Read got = read(bare, stream, 5);
  EXPECT_EQ(got.frames, frames({0, 1, 2, 3}));
  EXPECT_EQ(got.counts.resynchronised, 1U);
}

TEST(CortexLayout, SizesFollowFromTheProfileAndTheForm) {
  link::Profile profile;  // 1024 bytes, RS(255,223) I 4
  config::Cortex cortex;
  EXPECT_EQ(cortex_layout(cortex, profile, link::InputForm::bits)->frame_bytes, 1024U);
  EXPECT_EQ(cortex_layout(cortex, profile, link::InputForm::codeblocks)->frame_bytes, 1024U);
  const CortexLayout decoded = cortex_layout(cortex, profile, link::InputForm::frames).value();
  EXPECT_EQ(decoded.frame_bytes, 1024U - 128U);
  EXPECT_FALSE(decoded.sync_word_is_ours);
  EXPECT_EQ(decoded.sync_word, (Bytes{0x1A, 0xCF, 0xFC, 0x1D}));
  EXPECT_FALSE(cortex_layout(cortex, profile, link::InputForm::soft_symbols));
  profile.marker_bits = 60;
  profile.cadu_size_bits = 110900;
  EXPECT_EQ(cortex_layout(cortex, profile, link::InputForm::bits).error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::daemon
