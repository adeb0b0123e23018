// A steady stream allocates nothing: what the stages hold grows with the largest push, never with the pass.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "link/frame_encoder.h"
#include "link/link_pipeline.h"
#include "link/packets/space_packet.h"
#include "link/stream_test_support.h"

namespace {

std::size_t allocations = 0;

void* count_and_allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

// GCC takes the replaced operators for a pair that does not match where it inlines one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  return count_and_allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace dl::link::testing {
namespace {

// Frames of several packets and packets of several frames, on two virtual channels, with wrong symbols here and there.
Bytes make_stream(const Profile& profile, std::size_t frames) {
  std::mt19937 random(61);
  FrameEncoder encoder(profile);
  Bytes stream;
  std::array<std::uint16_t, 2> counts{};
  while (stream.size() < frames * profile.cadu_size_bytes) {
    const std::size_t channel = below(random, 2);
    SpacePacketHeader header;
    header.apid = static_cast<std::uint16_t>(800 + channel);
    header.sequence_count = counts[channel]++ & 0x3FFF;
    Bytes packet;
    append_space_packet(header, random_bytes(random, 1 + below(random, 3000)), packet);
    encoder.add_packet(static_cast<std::uint8_t>(16 + channel), packet, stream);
  }
  stream.resize(frames * profile.cadu_size_bytes);
  for (std::size_t cadu = 0; cadu < stream.size(); cadu += profile.cadu_size_bytes) {
    for (std::size_t i = below(random, 20); i > 0; --i) stream[cadu + 4 + below(random, 1020)] ^= 0x55;
  }
  return stream;
}

TEST(Allocation, ASteadyStreamAllocatesNothingMore) {
  constexpr std::size_t kFrames = 3000;
  constexpr std::size_t kBlockBytes = 64U << 10;
  const Profile profile = snpp_profile();
  const Bytes stream = make_stream(profile, kFrames);
  LinkPipeline pipeline(profile);
  PacketBatch batch;
  std::size_t packets = 0;
  const auto push = [&](ByteView bytes) {
    const std::size_t before = allocations;
    while (!bytes.empty()) {
      const std::size_t size = std::min(kBlockBytes, bytes.size());
      pipeline.push(bytes.first(size), kReceived, batch);
      packets += batch.packets().size();
      batch.clear();
      bytes = bytes.subspan(size);
    }
    return allocations - before;
  };
  const std::size_t tenth = stream.size() / 11;
  EXPECT_GT(push(ByteView(stream).first(tenth)), 0U);
  // The memory of counters doubles: twice more by now, of two channels.
  const std::size_t growth = push(ByteView(stream).subspan(tenth));
  EXPECT_LE(growth, 8U) << "of " << kFrames << " frames";
  pipeline.flush(batch);
  EXPECT_EQ(pipeline.report().coding.units_out, kFrames);
  EXPECT_GT(packets, kFrames / 2);
}

}  // namespace
}  // namespace dl::link::testing
