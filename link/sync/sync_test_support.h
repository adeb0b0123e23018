// What the tests of frame synchronisation share: streams of frames of any width at any bit, and what came out of them.
#pragma once

#include <algorithm>
#include <bit>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "link/stream_test_support.h"
#include "link/sync/frame_sync.h"

namespace dl::link::testing {

struct Cut {
  std::vector<Frame> frames;  // without bytes
  std::vector<Bytes> bodies;
  LossLedger losses;
  SyncCounts counts;

  [[nodiscard]] bool contains(const Bytes& body) const {
    return std::find(bodies.begin(), bodies.end(), body) != bodies.end();
  }
};

inline void take(Cut& result, FrameBatch& batch) {
  for (const Frame& frame : batch.frames()) {
    result.frames.push_back(frame);
    result.bodies.emplace_back(frame.bytes.begin(), frame.bytes.end());
  }
  batch.clear();
}

inline void expect_balance(const Cut& result) {
  EXPECT_TRUE(result.losses.balanced());
  EXPECT_EQ(result.losses.units_in, result.losses.units_out + result.losses.all_dropped().units);
  EXPECT_EQ(result.losses.units_out, result.frames.size());
  std::uint64_t bytes = 0;
  for (const Bytes& body : result.bodies) bytes += body.size();
  EXPECT_EQ(result.losses.bytes_out, bytes);
}

// `next_size` gives the size of each push.
inline Cut cut(const Profile& profile, ByteView input, const std::function<std::size_t()>& next_size) {
  FrameSync sync(profile);
  FrameBatch batch;
  Cut result;
  while (!input.empty()) {
    const std::size_t size = std::min(std::max<std::size_t>(next_size(), 1), input.size());
    sync.push(input.first(size), kReceived, batch);
    input = input.subspan(size);
    take(result, batch);
  }
  sync.flush(batch);
  take(result, batch);
  result.losses = sync.losses();
  result.counts = sync.counts();
  expect_balance(result);
  return result;
}

inline Cut cut(const Profile& profile, ByteView input) {
  return cut(profile, input, [&] { return input.size(); });
}

inline void append_bits(Bits& to, ByteView bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to.push_back((bytes[i / 8] >> (7 - i % 8) & 1) != 0);
}

// Frames of random content, as a stream of bits: marker and body, nothing between.
struct BitStream {
  Bits bits;
  std::vector<Bytes> bodies;
};

inline BitStream bit_stream_of(const Profile& profile, std::size_t count, std::mt19937& random) {
  BitStream stream;
  const std::size_t body_bits = profile.cadu_bits() - profile.marker_bits;
  for (std::size_t i = 0; i < count; ++i) {
    for (unsigned bit = profile.marker_bits; bit-- > 0;) stream.bits.push_back((profile.marker >> bit & 1) != 0);
    Bytes body = random_bytes(random, profile.codeblock_size_bytes());
    if (body_bits % 8 != 0) body.back() = static_cast<Byte>(body.back() & 0xFF << (8 - body_bits % 8));
    append_bits(stream.bits, body, body_bits);
    stream.bodies.push_back(std::move(body));
  }
  return stream;
}

// NOAA KLM User's Guide 4.1.3: minor frames of 11090 words of 10 bits that begin with six words of synchronisation.
inline Profile hrpt_profile() {
  Profile profile;
  profile.name = "hrpt";
  profile.marker = 0x0A116FD719D83C95;
  profile.marker_bits = 60;
  profile.cadu_size_bits = 110'900;
  profile.cadu_size_bytes = 13'863;
  profile.randomizer = Randomizer::none;
  profile.code = ReedSolomonCode::none;
  profile.frame_kind = FrameKind::minor_frame;
  return profile;
}

}  // namespace dl::link::testing
