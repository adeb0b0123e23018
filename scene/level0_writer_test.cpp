#include "scene/level0_writer.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>
#include <nlohmann/json.hpp>

#include "scene/test_folder.h"

namespace dl::scene {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;

const UtcTime kStart = *parse_utc("2026-05-12T11:52:03Z");

Bytes make_packet(unsigned number, std::size_t size_bytes) {
  Bytes packet(size_bytes);
  std::uint32_t state = number * 2654435761U + 1;
  for (Byte& byte : packet) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<Byte>(state >> 24);
  }
  return packet;
}

Bytes decompress_frame(ByteView frame) {
  Bytes bytes(ZSTD_getFrameContentSize(frame.data(), frame.size()));
  EXPECT_EQ(ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size()), bytes.size());
  return bytes;
}

std::vector<json> read_index(const fs::path& path) {
  std::istringstream text(read_text_file(path).value_or(""));
  std::vector<json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

class Level0WriterTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  SceneOptions options_ = test::options_in(folder_.path());
};

TEST_F(Level0WriterTest, KeepsEveryPacketInOrderInFramesThatCanBeReadAlone) {
  Level0Writer writer("metop-b", options_);
  Bytes expected_34;
  Bytes expected_39;
  constexpr unsigned kPackets = 2000;
  for (unsigned i = 0; i < kPackets; ++i) {
    const bool mhs = i % 4 == 0;
    const Bytes packet = make_packet(i, 1000 + i % 500);
    Bytes& expected = mhs ? expected_34 : expected_39;
    expected.insert(expected.end(), packet.begin(), packet.end());
    ASSERT_TRUE(writer.push({9, static_cast<std::uint16_t>(mhs ? 34 : 39), static_cast<std::uint16_t>(i), packet}));
  }
  const auto scene = writer.finish(kStart, kStart + Seconds(600));
  ASSERT_TRUE(scene) << scene.error().message;
  ASSERT_TRUE(scene->has_value());
  EXPECT_EQ((*scene)->scene_id, "metop-b_level-0_20260512T115203Z");
  EXPECT_EQ((*scene)->object_prefix, "metop-b/level-0/2026/05/12/metop-b_level-0_20260512T115203Z");

  const fs::path directory = (*scene)->directory;
  const auto index = read_index(directory / "apid-0039.index.jsonl");
  ASSERT_EQ(index.size(), 2U);  // 1.9 MB
  const Bytes file = read_file(directory / "apid-0039.pkts.zst").value();
  Bytes joined;
  std::uint64_t packets = 0;
  for (const json& line : index) {
    EXPECT_EQ(line["uncompressed_offset"], joined.size());
    const Bytes frame = decompress_frame(ByteView(file).subspan(line["offset"], line["size_bytes"]));
    EXPECT_EQ(line["uncompressed_size_bytes"], frame.size());
    joined.insert(joined.end(), frame.begin(), frame.end());
    packets += line["packets"].get<std::uint64_t>();
  }
  EXPECT_TRUE(joined == expected_39);
  EXPECT_EQ(packets, kPackets * 3 / 4);
  EXPECT_EQ(index[0]["first_input_order"], 1);
  EXPECT_EQ(index[1]["last_sequence_count"], kPackets - 1);
  EXPECT_EQ(index[0]["vcids"], json::array({9}));

  // Any zstd tool gives the packets back to back.
  const Bytes mhs = read_file(directory / "apid-0034.pkts.zst").value();
  EXPECT_TRUE(decompress_frame(mhs) == expected_34);
}

TEST_F(Level0WriterTest, DescribesWhatItHolds) {
  Level0Writer writer("metop-b", options_);
  ASSERT_TRUE(writer.push({24, 34, 7, make_packet(1, 100)}));
  ASSERT_TRUE(writer.push({9, 34, 8, make_packet(2, 100)}));
  const auto scene = writer.finish(kStart, kStart + Seconds(600));
  ASSERT_TRUE(scene && *scene);
  std::vector<std::string> names;
  for (const Asset& asset : (*scene)->assets) names.push_back(asset.name);
  EXPECT_THAT(names, ElementsAre("apid-0034.pkts.zst", "apid-0034.index.jsonl", "provenance.json", "item.json"));
  const json item = json::parse(*read_text_file((*scene)->directory / "item.json"));
  EXPECT_TRUE(item["geometry"].is_null());
  EXPECT_EQ(item["properties"]["datetime"], "2026-05-12T11:52:03Z");
  EXPECT_EQ(item["properties"]["instruments"], json::array({"level-0"}));
  EXPECT_EQ(item["assets"]["apid-0034"]["downlinkd:packets"], 2);
  EXPECT_EQ(item["assets"]["apid-0034"]["downlinkd:vcids"], json::array({9, 24}));
  const json provenance = json::parse(*read_text_file((*scene)->directory / "provenance.json"));
  EXPECT_EQ(provenance["apids"][0]["size_bytes"], 200);
}

TEST_F(Level0WriterTest, WritesNothingWhenNothingCame) {
  Level0Writer writer("metop-b", options_);
  const auto scene = writer.finish(kStart, kStart);
  ASSERT_TRUE(scene);
  EXPECT_FALSE(scene->has_value());
  EXPECT_FALSE(fs::exists(options_.scenes_directory));
}

TEST_F(Level0WriterTest, GivesTheSameBytesAgain) {
  const auto write = [](const SceneOptions& options) {
    Level0Writer writer("metop-b", options);
    for (unsigned i = 0; i < 300; ++i) {
      EXPECT_TRUE(
          writer.push({9, static_cast<std::uint16_t>(i % 7), static_cast<std::uint16_t>(i), make_packet(i, 9000)}));
    }
    return test::read_folder(writer.finish(kStart, kStart + Seconds(1)).value().value().directory);
  };
  const test::TemporaryFolder elsewhere;
  EXPECT_TRUE(write(options_) == write(test::options_in(elsewhere.path())));
}

TEST_F(Level0WriterTest, BoundsItsMemoryOverManyApids) {
  Level0Writer writer("metop-b", options_);
  // 2048 APIDs with 32 kB each: 64 MiB, of which no frame is ever full.
  for (unsigned i = 0; i < 2048 * 8; ++i) {
    ASSERT_TRUE(writer.push({9, static_cast<std::uint16_t>(i % 2048), 0, make_packet(i, 4000)}));
  }
  const fs::path part = options_.work_directory / "metop-b_level-0.part";
  std::uintmax_t written_bytes = 0;
  for (const auto& entry : fs::directory_iterator(part)) written_bytes += entry.file_size();
  EXPECT_GT(written_bytes, 30U << 20);
}

TEST_F(Level0WriterTest, RefusesWhatIsNoPacket) {
  Level0Writer writer("metop-b", options_);
  EXPECT_FALSE(writer.push({9, 2048, 0, make_packet(1, 10)}));
  EXPECT_FALSE(writer.push({9, 34, 0, {}}));
}

TEST_F(Level0WriterTest, RemovesItsFilesWhenItIsGivenUp) {
  {
    Level0Writer writer("metop-b", options_);
    ASSERT_TRUE(writer.push({9, 34, 0, make_packet(1, 2 << 20)}));
    EXPECT_EQ(test::count_files(folder_.path()), 2U);
  }
  EXPECT_EQ(test::count_files(folder_.path()), 0U);
}

}  // namespace
}  // namespace dl::scene
