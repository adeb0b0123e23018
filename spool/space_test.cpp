#include "spool/space.h"

#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr SpaceThresholds kThresholds{100 * kMebibyte, 8 * kMebibyte};

TEST(Space, ScenesStopBeforeTheRecording) {
  EXPECT_EQ(space_state(100 * kMebibyte, kThresholds), SpaceState::ok);
  EXPECT_EQ(space_state(100 * kMebibyte - 1, kThresholds), SpaceState::low);
  EXPECT_EQ(space_state(10 * kMebibyte, kThresholds), SpaceState::low) << "10 MB free: the recording goes on";
  EXPECT_EQ(space_state(8 * kMebibyte - 1, kThresholds), SpaceState::critical);
  EXPECT_EQ(space_state(0, kThresholds), SpaceState::critical);
}

TEST(Space, GetsWorseAtOnceAndBetterOnlyWithRoomToSpare) {
  SpaceGuard guard(kThresholds);
  EXPECT_EQ(guard.update(100 * kMebibyte), SpaceState::ok) << "at the edge, but it was ok before";
  EXPECT_EQ(guard.update(99 * kMebibyte), SpaceState::low);
  EXPECT_EQ(guard.update(101 * kMebibyte), SpaceState::low);
  EXPECT_EQ(guard.update(124 * kMebibyte), SpaceState::low);
  EXPECT_EQ(guard.update(125 * kMebibyte), SpaceState::ok);
  EXPECT_EQ(guard.update(7 * kMebibyte), SpaceState::critical);
  EXPECT_EQ(guard.update(9 * kMebibyte), SpaceState::critical);
  EXPECT_EQ(guard.update(10 * kMebibyte), SpaceState::low);
  EXPECT_EQ(guard.update(101 * kMebibyte), SpaceState::low);
  EXPECT_EQ(guard.update(1000 * kMebibyte), SpaceState::ok);
  EXPECT_EQ(guard.update(1 * kMebibyte), SpaceState::critical);
  EXPECT_EQ(guard.update(1000 * kMebibyte), SpaceState::ok);
}

TEST(Space, AsksTheFileSystemOfTheSpool) {
  const TemporaryFolder folder;
  SpaceGuard guard({1, 0});
  EXPECT_EQ(guard.update(Layout{folder.path()}).value(), SpaceState::ok);
  SpaceGuard greedy({UINT64_MAX / 2, UINT64_MAX / 2});
  EXPECT_EQ(greedy.update(Layout{folder.path()}).value(), SpaceState::critical);
  EXPECT_FALSE(guard.update(Layout{folder / "absent"}));
  EXPECT_EQ(guard.state(), SpaceState::ok);
}

}  // namespace
}  // namespace dl::spool
