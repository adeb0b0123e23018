#include "scene/scene_names.h"

#include <gtest/gtest.h>

namespace dl::scene {
namespace {

const SceneIdentity kIdentity{"metop-b", "avhrr-3", *parse_utc("2026-01-02T03:04:00Z")};

TEST(SceneNames, NameSceneAndObjectsByPlatformInstrumentAndSlot) {
  EXPECT_EQ(scene_id(kIdentity), "metop-b_avhrr-3_20260102T030400Z");
  EXPECT_EQ(object_prefix(kIdentity), "metop-b/avhrr-3/2026/01/02/metop-b_avhrr-3_20260102T030400Z");
}

TEST(SceneNames, SpellBandsInLowerCase) {
  EXPECT_EQ(band_file_name("3A"), "band-3a.tif");
  EXPECT_EQ(band_asset_key("M04"), "band-m04");
}

TEST(SceneNames, RefuseWhatWouldLeaveTheFolder) {
  EXPECT_TRUE(check_name("band", "3A"));
  EXPECT_TRUE(check_name("platform", "meteor-m2"));
  for (const char* name : {"", "..", "../x", "a/b", "a b", ".hidden", "a\n", "\xC3\xA9", "a_b"}) {
    EXPECT_FALSE(check_name("band", name)) << name;
  }
}

}  // namespace
}  // namespace dl::scene
