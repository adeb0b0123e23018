#include "tools/downlink-sim/damage.h"

#include <bit>

#include <gtest/gtest.h>

namespace dl::sim {
namespace {

Bytes frames(std::size_t count) {
  Bytes bytes(count * 64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * 31 + i / 64);
  return bytes;
}

std::uint64_t different_bits(const Bytes& a, const Bytes& b) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    count += static_cast<std::uint64_t>(std::popcount(static_cast<Byte>(a[i] ^ b[i])));
  return count;
}

TEST(Damage, NoneLeavesTheStreamAsItIs) {
  DamageDone done;
  EXPECT_EQ(apply_damage(frames(5), 64, {}, done), frames(5));
}

TEST(Damage, FlipsAboutAsManyBitsAsTheRateSaysAndTellsHowMany) {
  DamageDone done;
  const Bytes in = frames(2000);
  const Bytes out = apply_damage(in, 64, {.bit_error_rate = 1e-3}, done);
  EXPECT_EQ(different_bits(in, out), done.bits_flipped);
  EXPECT_NEAR(static_cast<double>(done.bits_flipped), 1024, 150);
}

TEST(Damage, LosesTheFramesThatItWasTold) {
  DamageDone done;
  const Bytes in = frames(4);
  const Bytes out = apply_damage(in, 64, {.lost_frames = {1, 2}}, done);
  EXPECT_EQ(done.frames_lost, 2U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 64), Bytes(in.begin(), in.begin() + 64));
  EXPECT_EQ(Bytes(out.begin() + 64, out.end()), Bytes(in.begin() + 192, in.end()));
}

TEST(Damage, SlipsChangeTheLengthByWhatTheySay) {
  DamageDone done;
  const Bytes in = frames(100);
  const Bytes out = apply_damage(in, 64, {.slips = 9, .shift_bits = 3}, done);
  EXPECT_EQ(done.bits_removed + done.bits_doubled, 9U);
  const std::uint64_t bits = in.size() * 8 + 3 - done.bits_removed + done.bits_doubled;
  EXPECT_EQ(out.size(), (bits + 7) / 8);
}

TEST(Damage, InversionTwiceIsNothing) {
  DamageDone done;
  const Bytes once = apply_damage(frames(3), 64, {.inverted = true}, done);
  EXPECT_NE(once, frames(3));
  EXPECT_EQ(apply_damage(once, 64, {.inverted = true}, done), frames(3));
}

TEST(Damage, TheSameSeedDoesTheSame) {
  DamageDone done;
  const Damage damage{.bit_error_rate = 1e-3, .slips = 3, .seed = 7};
  EXPECT_EQ(apply_damage(frames(50), 64, damage, done), apply_damage(frames(50), 64, damage, done));
}

}  // namespace
}  // namespace dl::sim
