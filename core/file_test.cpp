#include "core/file.h"

#include <cstdlib>
#include <fcntl.h>

#include <gtest/gtest.h>

namespace dl {
namespace {

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "dl-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(FileTest, DurableWriteReplacesTheOldContentAndLeavesNoTemporary) {
  const auto path = folder_ / "x.json";
  ASSERT_TRUE(write_file_durably(path, as_bytes("old and longer")));
  ASSERT_TRUE(write_file_durably(path, as_bytes("new")));
  EXPECT_EQ(read_text_file(path).value(), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, MissingFileNamesItsPath) {
  const auto result = read_text_file(folder_ / "absent");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::io);
  EXPECT_NE(result.error().message.find("absent"), std::string::npos);
}

TEST_F(FileTest, FolderIsNotAFile) { EXPECT_FALSE(read_text_file(folder_)); }

TEST_F(FileTest, TooLargeIsRefusedBeforeReading) {
  ASSERT_TRUE(write_file_durably(folder_ / "big", Bytes(11)));
  EXPECT_EQ(read_file(folder_ / "big", 10).error().kind, ErrorKind::exhausted);
}

TEST_F(FileTest, ReadAtStopsAtTheEnd) {
  ASSERT_TRUE(write_file_durably(folder_ / "x", as_bytes("abcdef")));
  const FileDescriptor file = open_file(folder_ / "x", O_RDONLY).value();
  Bytes out(10);
  EXPECT_EQ(read_at(file.get(), 4, out, "x").value(), 2U);
  EXPECT_EQ(out[0], 'e');
}

TEST(File, NoRoomIsToldFromOtherFailures) {
  EXPECT_EQ(fail_errno("x", ENOSPC).value().kind, ErrorKind::exhausted);
  EXPECT_EQ(fail_errno("x", EIO).value().kind, ErrorKind::io);
}

}  // namespace
}  // namespace dl
