// What scene/ writes, spool/ reads: the contract of docs/formats/scene-manifest.md from both sides.
#include <gtest/gtest.h>

#include "scene/level0_writer.h"
#include "scene/scene_writer.h"
#include "scene/test_folder.h"
#include "scene/test_granule.h"
#include "spool/scene_manifest.h"

namespace dl {
namespace {

void expect_read_as_written(const scene::WrittenScene& written, const std::string& pass_id) {
  const auto manifest = spool::read_scene_manifest(written.directory);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->scene_id, written.scene_id);
  EXPECT_EQ(manifest->object_prefix, written.object_prefix);
  EXPECT_EQ(manifest->pass_id, pass_id);
  ASSERT_EQ(manifest->assets.size(), written.assets.size());
  for (std::size_t i = 0; i < written.assets.size(); ++i) {
    EXPECT_EQ(manifest->assets[i].name, written.assets[i].name);
    EXPECT_EQ(manifest->assets[i].media_type, written.assets[i].media_type);
    EXPECT_EQ(manifest->assets[i].size_bytes, written.assets[i].size_bytes);
    EXPECT_EQ(manifest->assets[i].sha256, written.assets[i].sha256);
    EXPECT_EQ(manifest->assets[i].crc32c, written.assets[i].crc32c);
  }
}

TEST(SceneManifest, OfAnImageIsReadAsItWasWritten) {
  const scene::test::TemporaryFolder folder;
  const auto options = scene::test::options_in(folder.path());
  const auto written = scene::write_scene(
      scene::test::make_granule({.lines = 60, .pixels = 64, .tie_step = 8, .node_longitude_deg = 0}), options);
  ASSERT_TRUE(written) << written.error().message;
  expect_read_as_written(*written, options.pass_id);
  const auto manifest = spool::read_scene_manifest(written->directory);
  EXPECT_EQ(manifest->sensing_start, "2026-05-12T12:00:00.083333Z");
}

TEST(SceneManifest, OfLevel0IsReadAsItWasWritten) {
  const scene::test::TemporaryFolder folder;
  auto options = scene::test::options_in(folder.path());
  options.pass_id.clear();  // as in batch mode
  scene::Level0Writer writer("metop-b", options);
  ASSERT_TRUE(writer.push({9, 34, 1, Bytes(100, 7)}));
  const auto written = writer.finish(UtcTime{} + Seconds(1), UtcTime{} + Seconds(2));
  ASSERT_TRUE(written && *written);
  expect_read_as_written(**written, "");
}

}  // namespace
}  // namespace dl
