#include "spool/reservation.h"

#include <filesystem>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::spool {
namespace {

using testing::HasSubstr;

class ReservationTest : public testing::Test {
 protected:
  std::uint64_t free_bytes_ = 1000;
  SpaceReservations space_{"/spool", 100, [this]() -> Result<std::uint64_t> { return free_bytes_; }};
};

TEST_F(ReservationTest, TwoWritersDoNotBothGetTheLastRoom) {
  const auto first = space_.reserve("a recording", 600);
  ASSERT_TRUE(first);
  const auto second = space_.reserve("scene 'x'", 400);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::exhausted);
  EXPECT_THAT(second.error().message, HasSubstr("scene 'x'"));
  EXPECT_THAT(second.error().message, HasSubstr("600 are promised"));
  EXPECT_TRUE(space_.reserve("a small one", 300));
}

TEST_F(ReservationTest, WhatIsWrittenIsNotCountedTwice) {
  auto first = space_.reserve("a recording", 600);
  ASSERT_TRUE(first);
  free_bytes_ -= 500;
  first->written(500);
  EXPECT_EQ(space_.outstanding_bytes(), 100U);
  EXPECT_TRUE(space_.reserve("the rest", 300));
  EXPECT_FALSE(space_.reserve("more", 301));
  first->written(5000);
  EXPECT_EQ(space_.outstanding_bytes(), 0U) << "more than reserved is no error";
}

TEST_F(ReservationTest, RoomIsGivenBackAtTheEndOfTheWriter) {
  {
    std::optional<Reservation> moved;
    {
      auto first = space_.reserve("a recording", 600);
      ASSERT_TRUE(first);
      moved.emplace(*std::move(first));
    }
    EXPECT_EQ(space_.outstanding_bytes(), 600U) << "it has a new owner";
  }
  EXPECT_EQ(space_.outstanding_bytes(), 0U);
}

TEST_F(ReservationTest, DiskThatIsFullerThanWhatIsKeptFreeRefusesEverything) {
  free_bytes_ = 50;
  EXPECT_FALSE(space_.reserve("a byte", 1));
  EXPECT_TRUE(space_.reserve("nothing", 0));
}

TEST(Reservation, FileSystemItselfIsAskedWithoutAProbe) {
  SpaceReservations space(std::filesystem::temp_directory_path(), 0);
  EXPECT_TRUE(space.reserve("a byte", 1));
  EXPECT_FALSE(space.reserve("more than any disk", std::uint64_t{1} << 62));
  SpaceReservations absent("/no/such/folder", 0);
  EXPECT_EQ(absent.reserve("a byte", 1).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace dl::spool
