#include "config/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace dl::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DataDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "data-directory-XXXXXX").native();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  void touch(const fs::path& path) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "x";
  }
  fs::path root_;
};

TEST_F(DataDirectoryTest, EnvironmentGoesBeforeAll) {
  touch("share/downlinkd/spacecraft/a.toml");
  touch("mine/a.toml");
  const auto found = find_data_directory(DataDirectory::spacecraft, root_ / "mine", root_ / "bin");
  EXPECT_EQ(found.value(), root_ / "mine");
}

TEST_F(DataDirectoryTest, FolderNamedInTheEnvironmentMustExist) {
  const auto found = find_data_directory(DataDirectory::tables, root_ / "none", root_ / "bin");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::config);
  EXPECT_THAT(found.error().message, HasSubstr("DOWNLINKD_TABLES_DIRECTORY"));
}

TEST_F(DataDirectoryTest, InstalledFolderIsFoundBesideTheProgram) {
  touch("share/downlinkd/tables/x.json");
  EXPECT_EQ(find_data_directory(DataDirectory::tables, "", root_ / "bin").value(), root_ / "share/downlinkd/tables");
}

TEST_F(DataDirectoryTest, SourceTreeIsFoundFromABuildFolderInIt) {
  touch("config/spacecraft/metop-b.toml");
  touch("decoders/registry.h");
  const fs::path bin = root_ / "build/release/bin";
  EXPECT_EQ(find_data_directory(DataDirectory::spacecraft, "", bin).value(), root_ / "config/spacecraft");
  EXPECT_EQ(find_data_directory(DataDirectory::tables, "", bin).value(), root_ / "decoders");
}

TEST_F(DataDirectoryTest, MessageNamesEveryPlaceThatWasTried) {
  const auto found = find_data_directory(DataDirectory::spacecraft, "", root_ / "bin");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr((root_ / "share/downlinkd/spacecraft").native()));
  EXPECT_THAT(found.error().message, HasSubstr("config/spacecraft"));
  EXPECT_THAT(found.error().message, HasSubstr("DOWNLINKD_SPACECRAFT_DIRECTORY"));
}

}  // namespace
}  // namespace dl::config
