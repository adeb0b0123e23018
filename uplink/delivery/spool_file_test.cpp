#include "uplink/delivery/spool_file.h"

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

class SpoolFileTest : public ::testing::Test {
 protected:
  SpoolFileTest() { testing::write_text(path_, content_); }
  SpoolFile open() { return SpoolFile::open(path_, content_.size(), crc32c(as_bytes(content_))).value(); }
  static Result<std::string> read_all(SpoolFileRegion& region) {
    std::string out;
    Bytes block(70'000);
    while (true) {
      DL_TRY(const std::size_t got, region.read(block));
      if (got == 0) return out;
      out.append(as_text(ByteView(block).first(got)));
    }
  }

  testing::Folder folder_;
  std::filesystem::path path_ = folder_ / "x.tif";
  std::string content_ = testing::noise(1'000'000);
};

TEST_F(SpoolFileTest, HashOfThePrefixGoesForwardsAndBack) {
  SpoolFile file = open();
  for (const std::size_t offset : {0, 600'000, 1'000'000, 300'000, 300'001}) {
    EXPECT_EQ(file.crc_of_first(offset).value(), crc32c(as_bytes(content_).first(offset))) << offset;
  }
}

TEST_F(SpoolFileTest, RegionGivesItsBytes) {
  SpoolFile file = open();
  SpoolFileRegion region(file, 400'000, 600'000, file.crc_of_first(400'000).value());
  EXPECT_EQ(read_all(region).value(), content_.substr(400'000));
}

TEST_F(SpoolFileTest, LastBytesAreHeldBackWhenTheHashIsWrong) {
  std::string damaged = content_;
  damaged[10] ^= 1;
  testing::write_text(path_, damaged);
  SpoolFile file = open();
  SpoolFileRegion first(file, 0, 500'000, 0);
  EXPECT_TRUE(read_all(first));  // not the end of the file: nothing can be completed with it
  SpoolFileRegion last(file, 500'000, 500'000, file.crc_of_first(500'000).value());
  const auto read = read_all(last);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(file.unchanged().value());
}

TEST_F(SpoolFileTest, FileThatGetsShorterWhileItIsReadIsCorrupt) {
  SpoolFile file = open();
  std::filesystem::resize_file(path_, 500'000);
  SpoolFileRegion region(file, 0, content_.size(), 0);
  const auto read = read_all(region);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace dl::uplink
