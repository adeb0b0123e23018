#include "tests/fault/power_cut_disk.h"

#include <cerrno>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "core/file.h"
#include "spool/test_scenes.h"

namespace dl::test {
namespace {

class PowerCutDiskTest : public ::testing::Test {
 protected:
  PowerCutDisk::Inode file(const std::string& path, const std::string& content) {
    PowerCutDisk::Inode inode = 0;
    EXPECT_EQ(disk_.create(path, inode), 0);
    disk_.write(inode, 0, content);
    return inode;
  }
  std::filesystem::path after_cut(std::mt19937* lottery = nullptr) {
    const auto folder = folder_.path() / std::to_string(++cuts_);
    disk_.save_after_power_cut(folder, lottery);
    return folder;
  }
  static std::string text(const std::filesystem::path& path) { return read_text_file(path).value_or("(no such file)"); }

  spool::TemporaryFolder folder_;
  PowerCutDisk disk_;
  int cuts_ = 0;
};

TEST_F(PowerCutDiskTest, NameWithoutSyncedFolderIsGone) {
  disk_.sync(file("/a", "content"));
  EXPECT_FALSE(exists(after_cut() / "a"));
  disk_.sync(PowerCutDisk::kRoot);
  EXPECT_EQ(text(after_cut() / "a"), "content");
}

TEST_F(PowerCutDiskTest, RenamedButUnsyncedFileIsEmptyUnderItsFinalName) {
  file("/a.part", "content");
  EXPECT_EQ(disk_.rename("/a.part", "/a", true), 0);
  disk_.sync(PowerCutDisk::kRoot);
  EXPECT_EQ(text(after_cut() / "a"), "");
}

TEST_F(PowerCutDiskTest, RenameOverAFileIsTheOldOneUntilTheFolderIsSynced) {
  disk_.sync(file("/a", "old"));
  disk_.sync(PowerCutDisk::kRoot);
  disk_.sync(file("/b", "new"));
  EXPECT_EQ(disk_.rename("/b", "/a", true), 0);
  EXPECT_EQ(text(after_cut() / "a"), "old");
  disk_.sync(PowerCutDisk::kRoot);
  EXPECT_EQ(text(after_cut() / "a"), "new");
  EXPECT_FALSE(exists(after_cut() / "b"));
}

TEST_F(PowerCutDiskTest, LotteryKeepsAnySubsetOfUnsyncedWrites) {
  const auto inode = file("/a", "");
  disk_.sync(inode);
  disk_.sync(PowerCutDisk::kRoot);
  disk_.write(inode, 0, "1");
  disk_.write(inode, 1, "2");
  std::mt19937 lottery(7);
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) seen.insert(text(after_cut(&lottery) / "a"));
  EXPECT_EQ(seen, (std::set<std::string>{"", "1", std::string("\0002", 2), "12"}));
}

TEST_F(PowerCutDiskTest, LoadedContentIsSynced) {
  const auto from = folder_.path() / "from";
  std::filesystem::create_directories(from / "sub");
  std::ofstream(from / "sub" / "x") << "42";
  disk_.load(from);
  EXPECT_EQ(text(after_cut() / "sub" / "x"), "42");
  EXPECT_EQ(disk_.remove("/sub"), -EISDIR);
  EXPECT_EQ(disk_.remove_folder("/sub"), -ENOTEMPTY);
}

}  // namespace
}  // namespace dl::test
