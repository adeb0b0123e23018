#include "scene/scene_writer.h"

#include <sys/resource.h>
#include <csignal>
#include <cstdlib>
#include <map>

#include <gdal_priv.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "scene/test_folder.h"
#include "scene/test_granule.h"

namespace dl::scene {
namespace {

namespace fs = std::filesystem;
using calibrate::kNoData;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct CloseDataset {
  void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, CloseDataset>;

Dataset open_raster(const fs::path& path) {
  GDALAllRegister();
  return Dataset(GDALDataset::Open(path.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY));
}

template <class Number>
std::vector<Number> read_band(GDALRasterBand& band, GDALDataType type) {
  const int width = band.GetXSize();
  const int height = band.GetYSize();
  std::vector<Number> values(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  EXPECT_EQ(band.RasterIO(GF_Read, 0, 0, width, height, values.data(), width, height, type, 0, 0), CE_None);
  return values;
}

class SceneWriterTest : public testing::Test {
 protected:
  static WrittenScene written(const calibrate::CalibratedGranule& granule, const SceneOptions& options) {
    auto scene = write_scene(granule, options);
    EXPECT_TRUE(scene) << scene.error().message;
    return scene.value_or(WrittenScene{});
  }

  test::TemporaryFolder folder_;
  SceneOptions options_ = test::options_in(folder_.path());
  calibrate::CalibratedGranule granule_ = test::make_granule();
};

TEST_F(SceneWriterTest, WritesEveryAssetWithTheItemLast) {
  const WrittenScene scene = written(granule_, options_);
  EXPECT_EQ(scene.scene_id, "metop-b_avhrr-3_20260512T120000Z");
  EXPECT_EQ(scene.directory, folder_.path() / "scenes" / scene.scene_id);
  EXPECT_FALSE(scene.already_there);
  std::vector<std::string> names;
  for (const Asset& asset : scene.assets) {
    names.push_back(asset.name);
    const auto content = read_file(scene.directory / asset.name);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->size(), asset.size_bytes) << asset.name;
    EXPECT_EQ(sha256_hex(*content), asset.sha256) << asset.name;
  }
  EXPECT_THAT(names, ElementsAre("band-1.tif", "band-2.tif", "band-4.tif", "quality.tif", "lon.tif", "lat.tif",
                                 "angles.tif", "quicklook.png", "lines.json", "provenance.json", "item.json"));
  EXPECT_EQ(test::read_folder(scene.directory).size(), names.size() + 1);  // and manifest.json
  EXPECT_TRUE(fs::is_empty(options_.work_directory));
}

TEST_F(SceneWriterTest, KeepsEveryValueAndWhatItMeans) {
  const WrittenScene scene = written(granule_, options_);
  for (const calibrate::Band& band : granule_.bands) {
    const Dataset raster = open_raster(scene.directory / ("band-" + band.name + ".tif"));
    ASSERT_NE(raster, nullptr);
    GDALRasterBand& stored = *raster->GetRasterBand(1);
    EXPECT_EQ(read_band<std::uint16_t>(stored, GDT_UInt16), band.values);
    EXPECT_EQ(stored.GetNoDataValue(), kNoData);
    EXPECT_EQ(stored.GetScale(), band.scale);
    EXPECT_EQ(stored.GetOffset(), band.offset);
    EXPECT_EQ(stored.GetUnitType(), band.unit);
    EXPECT_EQ(stored.GetDescription(), band.description);
    EXPECT_EQ(raster->GetGCPCount(), 500);
  }
  const Dataset quality = open_raster(scene.directory / "quality.tif");
  ASSERT_NE(quality, nullptr);
  ASSERT_EQ(quality->GetRasterCount(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read_band<std::uint8_t>(*quality->GetRasterBand(i + 1), GDT_Byte),
              granule_.quality[static_cast<std::size_t>(i)]);
  }
}

TEST_F(SceneWriterTest, AveragesOverviewsWithoutLettingNodataBleedIn) {
  const WrittenScene scene = written(granule_, options_);
  const Dataset raster = open_raster(scene.directory / "band-4.tif");
  ASSERT_NE(raster, nullptr);
  GDALRasterBand& band = *raster->GetRasterBand(1);
  ASSERT_EQ(band.GetOverviewCount(), 2);
  for (int level = 0; level < 2; ++level) {
    const auto values = read_band<std::uint16_t>(*band.GetOverview(level), GDT_UInt16);
    std::size_t missing = 0;
    for (const std::uint16_t value : values) {
      if (value == kNoData) {
        ++missing;
      } else {
        ASSERT_GE(value, test::kTestMinimum);
        ASSERT_LE(value, test::kTestMaximum);
      }
    }
    EXPECT_GT(missing, 0U);
    EXPECT_LT(missing, values.size() / 8);
  }
}

TEST_F(SceneWriterTest, GivesTheSameBytesWhateverThePassTheFolderAndTheThreads) {
  const auto first = test::read_folder(written(granule_, options_).directory);
  for (const unsigned threads : {1U, 2U, 7U}) {
    const test::TemporaryFolder elsewhere;
    SceneOptions options = test::options_in(elsewhere.path());
    options.pass_id = "20260512T115909Z-antenna2";
    options.compression_threads = threads;
    auto second = test::read_folder(written(granule_, options).directory);
    ASSERT_EQ(second.size(), first.size());
    for (const auto& [name, content] : first) {
      if (name == "manifest.json") continue;
      EXPECT_TRUE(second[name] == content) << name << " with threads " << threads;
    }
    EXPECT_NE(second["manifest.json"], first.at("manifest.json"));
  }
}

// Variables of the environment while it lives.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> variables_;
};

TEST_F(SceneWriterTest, GivesTheSameBytesWhateverTheEnvironmentTellsGdal) {
  const auto first = test::read_folder(written(granule_, options_).directory);
  const Environment hostile({{"COMPRESS_OVERVIEW", "LZW"},
                             {"ZSTD_LEVEL_OVERVIEW", "9"},
                             {"PREDICTOR_OVERVIEW", "1"},
                             {"INTERLEAVE_OVERVIEW", "BAND"},
                             {"PHOTOMETRIC_OVERVIEW", "MINISWHITE"},
                             {"SPARSE_OK_OVERVIEW", "YES"},
                             {"GDAL_TIFF_OVR_BLOCKSIZE", "128"},
                             {"GDAL_TIFF_ENDIANNESS", "BIG"},
                             {"GDAL_OVR_PROPAGATE_NODATA", "YES"},
                             {"GDAL_NUM_THREADS", "4"},
                             {"GTIFF_WRITE_IMAGE_STRUCTURE_METADATA", "NO"},
                             {"GTIFF_DONT_WRITE_BLOCKS", "YES"}});
  const test::TemporaryFolder elsewhere;
  EXPECT_TRUE(test::read_folder(written(granule_, test::options_in(elsewhere.path())).directory) == first);
}

TEST_F(SceneWriterTest, PutsNeitherClockNorPassNorFolderIntoAProduct) {
  for (const auto& [name, content] : test::read_folder(written(granule_, options_).directory)) {
    if (name == "manifest.json") continue;
    EXPECT_THAT(content, Not(HasSubstr(options_.pass_id))) << name;
    EXPECT_THAT(content, Not(HasSubstr(folder_.path().string()))) << name;
    EXPECT_THAT(content, Not(HasSubstr("/vsimem"))) << name;
  }
}

TEST_F(SceneWriterTest, LaysBatchOutputOutLikeTheBucket) {
  options_.layout = FolderLayout::object_tree;
  const WrittenScene scene = written(granule_, options_);
  EXPECT_EQ(scene.object_prefix, "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z");
  EXPECT_EQ(scene.directory, options_.scenes_directory / scene.object_prefix);
  EXPECT_TRUE(fs::exists(scene.directory / "item.json"));
}

TEST_F(SceneWriterTest, LeavesASceneThatIsThereAndSaysWhetherItDiffers) {
  const WrittenScene first = written(granule_, options_);
  options_.pass_id = "another";
  const WrittenScene again = written(granule_, options_);
  EXPECT_TRUE(again.already_there);
  EXPECT_FALSE(again.content_differs);

  const auto before = test::read_folder(first.directory);
  granule_.bands[0].values[5] = 4000;
  const WrittenScene other = written(granule_, options_);
  EXPECT_TRUE(other.already_there);
  EXPECT_TRUE(other.content_differs);
  EXPECT_EQ(test::read_folder(first.directory), before);
  EXPECT_TRUE(fs::is_empty(options_.work_directory));
}

TEST_F(SceneWriterTest, RefusesToReplaceAFolderThatIsNoScene) {
  const fs::path place = options_.scenes_directory / "metop-b_avhrr-3_20260512T120000Z";
  fs::create_directories(place);
  ASSERT_TRUE(write_file_durably(place / "notes.txt", as_bytes("mine")));
  const auto scene = write_scene(granule_, options_);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(test::read_folder(place).size(), 1U);
}

TEST_F(SceneWriterTest, ReplacesWhatAnInterruptedRunLeft) {
  const fs::path left = options_.work_directory / "metop-b_avhrr-3_20260512T120000Z.part";
  fs::create_directories(left);
  ASSERT_TRUE(write_file_durably(left / "band-1.tif", as_bytes("half")));
  ASSERT_TRUE(write_file_durably(left / "stray.bin", as_bytes("half")));
  EXPECT_FALSE(fs::exists(written(granule_, options_).directory / "stray.bin"));
}

TEST_F(SceneWriterTest, WritesAnUnlocatedSceneWithoutGeometry) {
  const WrittenScene scene = written(test::make_unlocated_granule(), options_);
  EXPECT_FALSE(fs::exists(scene.directory / "lon.tif"));
  const json item = json::parse(*read_text_file(scene.directory / "item.json"));
  EXPECT_TRUE(item["geometry"].is_null());
  EXPECT_FALSE(item.contains("bbox"));
  EXPECT_EQ(item["properties"]["downlinkd:ungeolocated_reason"], "no element set of 'meteor-m2' was given");
  EXPECT_EQ(item["assets"]["band-1"]["downlinkd:uncalibrated_reason"], "no calibration tables for 'msu-mr'");
}

TEST_F(SceneWriterTest, SaysInTheItemWhichCalibrationMadeTheNumbers) {
  const WrittenScene scene = written(granule_, options_);
  const json item = json::parse(*read_text_file(scene.directory / "item.json"));
  const json& properties = item["properties"];
  EXPECT_EQ(properties["downlinkd:calibration_rows"][0]["reason"], "monthly vicarious update");
  EXPECT_EQ(properties["downlinkd:calibration_rows"][0]["extrapolated"], true);
  EXPECT_EQ(properties["downlinkd:calibration_rows"][0]["extrapolated_days"], 4.5);
  EXPECT_FALSE(properties["downlinkd:calibration_rows"][0].contains("override"));
  EXPECT_EQ(properties["downlinkd:packets_sha256"], std::string(64, 'd'));
  EXPECT_EQ(properties["downlinkd:line_flags"]["missing"], 20);
  EXPECT_EQ(properties["sat:platform_international_designator"], "2012-049A");
  const json& band = item["assets"]["band-4"];
  EXPECT_EQ(band["href"], "./band-4.tif");
  EXPECT_EQ(band["downlinkd:quality_pixels"]["no_data"], 20 * 2048 + 8 * 119);
  EXPECT_EQ(band["file:checksum"], "1220" + scene.assets[2].sha256);
  EXPECT_EQ(item["assets"].size(), scene.assets.size() - 1);
}

TEST_F(SceneWriterTest, RefusesAGranuleThatContradictsItself) {
  const auto refused = [&](auto spoil) {
    auto granule = granule_;
    spoil(granule);
    const auto scene = write_scene(granule, options_);
    return !scene && scene.error().kind == ErrorKind::permanent && !fs::exists(options_.scenes_directory);
  };
  EXPECT_TRUE(refused([](auto& granule) { granule.bands[1].values.pop_back(); }));
  EXPECT_TRUE(refused([](auto& granule) { granule.quality.pop_back(); }));
  EXPECT_TRUE(refused([](auto& granule) { granule.lines.pop_back(); }));
  EXPECT_TRUE(refused([](auto& granule) { granule.bands.clear(); }));
  EXPECT_TRUE(refused([](auto& granule) { granule.bands[1].name = "../1"; }));
  EXPECT_TRUE(refused([](auto& granule) { granule.bands[1].name = "1"; }));
  EXPECT_TRUE(refused([](auto& granule) { granule.platform = "a/b"; }));
  EXPECT_TRUE(refused([](auto& granule) { granule.tie_grid->pixels.pop_back(); }));
}

TEST_F(SceneWriterTest, SurvivesTextThatIsNotUtf8) {
  granule_.provenance.remarks = {"\xFF\xFE"};
  granule_.bands[0].description = "\xC3";
  EXPECT_TRUE(fs::exists(written(granule_, options_).directory / "item.json"));
}

TEST_F(SceneWriterTest, FailsWithoutATraceWhereItMayNotWrite) {
  options_.scenes_directory = "/proc/self/scenes";  // refused to root, too
  const auto scene = write_scene(granule_, options_);
  ASSERT_FALSE(scene);
  EXPECT_EQ(scene.error().kind, ErrorKind::io);
  EXPECT_THAT(scene.error().message, HasSubstr("'/proc/self/scenes'"));
  EXPECT_EQ(test::count_files(folder_.path()), 0U);
}

TEST_F(SceneWriterTest, FailsWithoutATraceWhereAFileIsInTheWay) {
  ASSERT_TRUE(write_file_durably(folder_.path() / "work", as_bytes("not a folder")));
  const auto scene = write_scene(granule_, options_);
  ASSERT_FALSE(scene);
  EXPECT_THAT(scene.error().message, HasSubstr("work"));
  EXPECT_FALSE(fs::exists(options_.scenes_directory));
}

// Stands for a full disk: writes beyond the limit fail.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    previous_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, previous_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*previous_)(int) = nullptr;
};

TEST_F(SceneWriterTest, FailsWithoutATraceWhenADiskIsFull) {
  // Below the first band, in the middle of the others, and below the tie grids only.
  for (const rlim_t limit : {1000, 270'000, 280'000}) {
    const FileSizeLimit full(limit);
    const auto scene = write_scene(granule_, options_);
    ASSERT_FALSE(scene) << limit;
    EXPECT_THAT(scene.error().message, HasSubstr("band-")) << limit;
    EXPECT_EQ(test::count_files(folder_.path()), 0U) << limit;
  }
  EXPECT_FALSE(written(granule_, options_).already_there);
}

}  // namespace
}  // namespace dl::scene
