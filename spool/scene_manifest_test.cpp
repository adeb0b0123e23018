#include "spool/scene_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

// The example of docs/formats/scene-manifest.md, with a real hash.
const std::string kHash = std::string(64, 'a');
const std::string kManifest = R"({
  "format": "downlinkd.scene/1", "scene_id": "metop-b_avhrr-3_20260512T120000Z", "platform": "metop-b",
  "instrument": "avhrr-3", "pass_id": "20260512T115203Z-antenna1",
  "object_prefix": "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z",
  "sensing_start": "2026-05-12T12:00:00.083Z", "sensing_end": "2026-05-12T12:02:59.917Z", "later": [1],
  "assets": [
    {"name": "band-1.tif", "media_type": "image/tiff", "size_bytes": 1234, "sha256": ")" +
                              kHash + R"(", "crc32c": 4294967295},
    {"name": "item.json", "media_type": "application/geo+json", "size_bytes": 4321, "sha256": ")" +
                              kHash + R"(", "crc32c": 1}
  ]})";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kManifest;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SceneManifest, ReadsEveryMember) {
  const SceneManifest manifest = parse_scene_manifest(kManifest).value();
  EXPECT_EQ(manifest.scene_id, "metop-b_avhrr-3_20260512T120000Z");
  EXPECT_EQ(manifest.platform, "metop-b");
  EXPECT_EQ(manifest.instrument, "avhrr-3");
  EXPECT_EQ(manifest.pass_id, "20260512T115203Z-antenna1");
  EXPECT_EQ(manifest.object_prefix, "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z");
  EXPECT_EQ(manifest.sensing_start, "2026-05-12T12:00:00.083Z");
  EXPECT_EQ(manifest.sensing_end, "2026-05-12T12:02:59.917Z");
  ASSERT_EQ(manifest.assets.size(), 2U);
  EXPECT_EQ(manifest.assets[0].name, "band-1.tif");
  EXPECT_EQ(manifest.assets[0].media_type, "image/tiff");
  EXPECT_EQ(manifest.assets[0].size_bytes, 1234U);
  EXPECT_EQ(manifest.assets[0].sha256, kHash);
  EXPECT_EQ(manifest.assets[0].crc32c, 4294967295U);
}

struct Refused {
  std::string from, to, message;
};

TEST(SceneManifest, RefusesWhatCannotBe) {
  const std::vector<Refused> cases = {
      {"downlinkd.scene/1", "downlinkd.scene/2", "'downlinkd.scene/2'"},
      {"\"name\": \"band-1.tif\"", "\"name\": \"../band-1.tif\"", "no file name"},
      {"\"name\": \"band-1.tif\"", "\"name\": \"..\"", "no file name"},
      {"\"name\": \"band-1.tif\"", "\"name\": \"item.json\"", "listed twice"},
      {"\"name\": \"item.json\"", "\"name\": \"z.tif\"", "as the last asset"},
      {"\"scene_id\": \"metop-b_avhrr-3_20260512T120000Z\"", "\"scene_id\": \"a/b\"", "no scene id"},
      {"\"scene_id\"", "\"scene\"", "'scene_id'"},
      {"\"object_prefix\": \"", "\"object_prefix\": \"/", "slash"},
      {"1234", "-1", "'size_bytes'"},
      {"1234", "1.5", "'size_bytes'"},
      {"1234", "9223372036854775808", "'size_bytes'"},
      {"4294967295", "4294967296", "'crc32c'"},
      {kHash, "AB", "64 lower-case"},
      {"\"platform\": \"metop-b\"", "\"platform\": 1", "'platform'"},
  };
  for (const Refused& each : cases) {
    const auto refused = parse_scene_manifest(with(each.from, each.to));
    ASSERT_FALSE(refused) << each.to;
    EXPECT_EQ(refused.error().kind, ErrorKind::corrupt) << each.to;
    EXPECT_THAT(refused.error().message, HasSubstr(each.message));
  }
}

TEST(SceneManifest, RefusesEveryPrefixOfItself) {
  for (std::size_t size = 0; size < kManifest.size(); ++size) {
    EXPECT_FALSE(parse_scene_manifest(kManifest.substr(0, size))) << size;
  }
}

TEST(SceneManifest, ErrorNamesTheFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_scene_manifest(folder.path()).error().kind, ErrorKind::io);
  ASSERT_TRUE(write_file_durably(folder / "manifest.json", as_bytes("[]")));
  EXPECT_THAT(read_scene_manifest(folder.path()).error().message, HasSubstr((folder / "manifest.json").string()));
  ASSERT_TRUE(write_file_durably(folder / "manifest.json", as_bytes(kManifest)));
  EXPECT_TRUE(read_scene_manifest(folder.path()));
}

}  // namespace
}  // namespace dl::spool
