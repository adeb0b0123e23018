#include "process/rebinding.h"

#include <fstream>

#include <gtest/gtest.h>

#include "config/spacecraft_profile.h"
#include "scene/test_folder.h"

namespace dl::process {
namespace {

namespace fs = std::filesystem;

const fs::path kProfiles = fs::path(DL_SOURCE_DIRECTORY) / "config/spacecraft";

TEST(Rebinding, FramingIsTheSameWhateverTheSpacecraftCarries) {
  link::Profile ours;
  link::Profile other = ours;
  other.scid = 99;
  other.name = "another";
  other.idle_vcids = {1};
  EXPECT_TRUE(same_framing(ours, other));
  other.insert_zone_bytes = 2;
  EXPECT_FALSE(same_framing(ours, other));
  other = ours;
  other.soft = link::SoftCoding{};
  EXPECT_FALSE(same_framing(ours, other));
}

class KnownProfiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto metop_b = config::load_spacecraft_profile("metop-b", {kProfiles});
    ASSERT_TRUE(metop_b);
    ours_ = *metop_b;
    settings_.spacecraft_directory = kProfiles;
  }
  std::vector<std::string> names(std::uint8_t version, std::uint16_t scid) {
    const auto found = profiles_of({version, scid, 1'000}, ours_, settings_);
    EXPECT_TRUE(found);
    return found.value_or(std::vector<std::string>{});
  }

  link::Profile ours_;
  CommonSettings settings_;
};

TEST_F(KnownProfiles, AreFoundByIdentifierVersionAndFraming) {
  const auto metop_c = config::load_spacecraft_profile("metop-c", {kProfiles});
  ASSERT_TRUE(metop_c);
  EXPECT_EQ(names(ours_.frame_version, metop_c->scid), std::vector<std::string>{"metop-c"});
  EXPECT_TRUE(names(ours_.frame_version, 254).empty());
  EXPECT_TRUE(names(static_cast<std::uint8_t>(ours_.frame_version + 1), metop_c->scid).empty());
  ours_.interleave = 5;
  EXPECT_TRUE(names(ours_.frame_version, metop_c->scid).empty());
}

TEST_F(KnownProfiles, OneThatCannotBeReadIsPassedOverAndTwoThatFitAreBothNamed) {
  const scene::test::TemporaryFolder folder;
  for (const char* name : {"a.toml", "b.toml"}) fs::copy(kProfiles / "metop-c.toml", folder.path() / name);
  std::ofstream(folder.path() / "broken.toml") << "scid = ";
  settings_.spacecraft_directory = folder.path();
  const auto metop_c = config::load_spacecraft_profile("metop-c", {kProfiles});
  ASSERT_TRUE(metop_c);
  EXPECT_EQ(names(ours_.frame_version, metop_c->scid), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace dl::process
