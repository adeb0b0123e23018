#include "uplink/directory/directory_destination.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

// Both ways of writing behave alike.
class DirectoryDestinationTest : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] DirectoryOptions options() const {
    DirectoryOptions made;
    made.name = "local";
    made.path = root_;
    made.object_prefix = "station1";
    made.nameless_temporary = GetParam();
    return made;
  }
  DirectoryDestination destination() { return DirectoryDestination(options()); }
  Outcome deliver(const spool::Delivery& delivery) { return destination().deliver(delivery, notes_).value(); }
  [[nodiscard]] std::filesystem::path target() const { return root_ / "station1/metop-b/s1/band-4.tif"; }
  // Everything below the destination, to see that nothing else was left there.
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_))
      count += entry.is_regular_file() ? 1U : 0U;
    return count;
  }

  testing::Folder folder_;
  std::filesystem::path root_ = folder_ / "a/bucket";
  std::string content_ = testing::noise(700'000);
  spool::Delivery delivery_ = testing::make_delivery(folder_ / "band-4.tif", content_);
  testing::Notes notes_;
};

TEST_P(DirectoryDestinationTest, FileAppearsUnderItsObjectName) {
  const auto outcome = deliver(delivery_);
  ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_EQ(read_text_file(target()).value(), content_);
  EXPECT_EQ(outcome.generation.size(), 8U);
  EXPECT_FALSE(outcome.was_there);
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(destination().location(), root_.string());
}

TEST_P(DirectoryDestinationTest, SameFileAgainIsConfirmedWithTheSameGeneration) {
  const auto first = deliver(delivery_);
  const auto second = deliver(delivery_);
  EXPECT_EQ(second.kind, OutcomeKind::confirmed);
  EXPECT_TRUE(second.was_there);
  EXPECT_EQ(second.generation, first.generation);
}

TEST_P(DirectoryDestinationTest, AnotherFileIsAConflictAndStays) {
  for (std::string other : {std::string("short"), testing::noise(content_.size(), 2)}) {
    testing::write_text(target(), other);
    EXPECT_EQ(deliver(delivery_).kind, OutcomeKind::conflict);
    EXPECT_EQ(read_text_file(target()).value(), other);
  }
  std::filesystem::remove(target());
  std::filesystem::create_directory(target());
  EXPECT_EQ(deliver(delivery_).kind, OutcomeKind::conflict);
}

TEST_P(DirectoryDestinationTest, RottenSpoolFileLeavesNothingBehind) {
  std::string damaged = content_;
  damaged[5] ^= 1;
  testing::write_text(delivery_.path, damaged);
  EXPECT_EQ(deliver(delivery_).kind, OutcomeKind::corrupt);
  EXPECT_EQ(files(), 0U);
}

TEST_P(DirectoryDestinationTest, AbortLeavesNothingBehind) {
  notes_.abort = true;
  EXPECT_EQ(deliver(delivery_).kind, OutcomeKind::stopped);
  EXPECT_EQ(files(), 0U);
}

TEST_P(DirectoryDestinationTest, FileInTheWayOfTheFolderIsRetried) {
  testing::write_text(folder_ / "a", "not a folder");
  const auto outcome = deliver(delivery_);
  EXPECT_TRUE(outcome.kind == OutcomeKind::retry_later || outcome.kind == OutcomeKind::refused);
  EXPECT_NE(outcome.message.find("bucket"), std::string::npos);
}

TEST_P(DirectoryDestinationTest, FolderThatWeMayNotWriteIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::create_directories(root_);
  std::filesystem::permissions(root_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_EQ(deliver(delivery_).kind, OutcomeKind::refused);
  std::filesystem::permissions(root_, std::filesystem::perms::owner_all);
}

TEST_P(DirectoryDestinationTest, EmptyFileIsDelivered) {
  const auto outcome = deliver(testing::make_delivery(folder_ / "empty.json", ""));
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_EQ(outcome.generation, "00000000");
}

INSTANTIATE_TEST_SUITE_P(Temporaries, DirectoryDestinationTest, ::testing::Values(true, false),
                         [](const auto& suite) { return suite.param ? "Nameless" : "Named"; });

TEST(ObjectNames, ThatLeaveTheFolderAreNotSafe) {
  for (const char* name : {"a", "a/b.tif", "..a/b..", "a/.b"}) EXPECT_TRUE(is_safe_object_name(name)) << name;
  for (const char* name : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "../a"})
    EXPECT_FALSE(is_safe_object_name(name)) << name;
  EXPECT_FALSE(is_safe_object_name(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace dl::uplink
