// The uplink is killed at any moment and started again: same objects, every byte that was acknowledged sent once, one
// event per scene.
#include <algorithm>
#include <random>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/uplink/gcs_double.h"
#include "uplink/delivery/test_station.h"
#include "uplink/gcs/resumable_upload.h"

namespace dl::test {
namespace {

using uplink::testing::eventually;
using uplink::testing::noise;

constexpr std::uint64_t kChunk = uplink::kChunkQuantumBytes;

class KillTest : public ::testing::Test {
 protected:
  void add_scene(const std::string& id, std::size_t band_bytes, std::uint32_t seed) {
    const std::vector<std::pair<std::string, std::string>> files{{"band-1.tif", noise(band_bytes, seed)},
                                                                 {"band-2.tif", noise(band_bytes / 3, seed + 1)},
                                                                 {"item.json", R"({"id":")" + id + "\"}"}};
    station_.add_scene(id, files);
    for (const auto& [name, content] : files) expected_["metop-b/avhrr-3/2026/05/12/" + id + "/" + name] = content;
  }
  // From now on the journal is another process's.
  void close_journal() { station_.service->stop(); }
  ChildProcess start() {
    return ChildProcess({std::string(DL_BINARY_DIRECTORY) + "/bin/deliver_station",
                         (station_.folder / "journal.db").string(), events_.string(), double_.endpoint()});
  }
  void expect_everything_once() {
    EXPECT_EQ(double_.objects(), expected_.size());
    for (const auto& [name, content] : expected_) EXPECT_TRUE(double_.object("scenes", name) == content) << name;
    std::vector<std::string> ids;
    std::istringstream lines(read_text_file(events_).value());
    for (std::string line; std::getline(lines, line);) {
      const auto event = nlohmann::json::parse(line, nullptr, false);
      ASSERT_TRUE(event.is_object()) << line;
      ids.push_back(event["id"]);
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end()) << "an event is there twice";
    EXPECT_EQ(ids.size(), expected_.size() / 3);
  }
  std::uint64_t sent_bytes() {
    std::uint64_t sum = 0;
    for (const auto& request : double_.requests()) sum += request.kind == "data" ? request.body_bytes : 0;
    return sum;
  }
  std::size_t acknowledged_chunks() {
    const auto seen = double_.requests();
    return static_cast<std::size_t>(std::count_if(
        seen.begin(), seen.end(), [](const auto& request) { return request.kind == "data" && request.status == 308; }));
  }

  GcsDouble double_;
  uplink::testing::Station station_;
  std::filesystem::path events_ = station_.folder / "events.jsonl";
  std::map<std::string, std::string> expected_;
};

TEST_F(KillTest, RestartAsksTheServerAndSendsNoAcknowledgedByteAgain) {
  station_.add_scene("s1", {{"item.json", noise(8 * kChunk + 99)}});
  close_journal();
  // The fourth chunk is swallowed: the program hangs in it when it is killed.
  double_.fault(R"([{"kind":"data","skip":3,"delay_s":1,"status":503}])");
  {
    ChildProcess first = start();
    ASSERT_TRUE(eventually([&] { return double_.faults_left() == 0; }));
    first.kill();
  }
  EXPECT_EQ(acknowledged_chunks(), 3U);
  double_.forget_requests();
  ChildProcess second = start();
  EXPECT_EQ(second.wait(), 0);
  const auto seen = double_.requests();
  ASSERT_FALSE(seen.empty());
  const auto is = [](const char* kind) { return [kind](const auto& request) { return request.kind == kind; }; };
  EXPECT_EQ(std::count_if(seen.begin(), seen.end(), is("initiate")), 0);
  const auto query = std::find_if(seen.begin(), seen.end(), is("query"));
  const auto data = std::find_if(seen.begin(), seen.end(), is("data"));
  ASSERT_NE(query, seen.end());
  ASSERT_NE(data, seen.end());
  EXPECT_LT(query, data);
  EXPECT_TRUE(data->content_range.starts_with("bytes " + std::to_string(3 * kChunk) + "-")) << data->content_range;
  EXPECT_TRUE(double_.object("scenes", "metop-b/avhrr-3/2026/05/12/s1/item.json") == noise(8 * kChunk + 99));
}

TEST_F(KillTest, KilledAgainAndAgainItEndsWithTheSameObjectsAndOneEventEach) {
  for (std::uint32_t i = 0; i < 4; ++i) add_scene("s" + std::to_string(i), 4 * kChunk + 1000 * i, 10 * i);
  close_journal();
  // A slow link, so that most kills come in the middle of something.
  double_.fault(R"([{"kind":"data","delay_s":0.03,"times":-1}])");
  const unsigned seed = std::random_device{}();
  std::mt19937 generator(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  unsigned kills = 0;
  for (bool done = false; !done && kills < 12; ++kills) {
    ChildProcess process = start();
    std::this_thread::sleep_for(Milliseconds{std::uniform_int_distribution<int>(20, 250)(generator)});
    process.kill();
  }
  ChildProcess last = start();
  EXPECT_EQ(last.wait(), 0);
  expect_everything_once();
  std::uint64_t total = 0;
  for (const auto& [name, content] : expected_) total += content.size();
  // Two workers, each with at most one chunk on the way when it is killed.
  EXPECT_LE(sent_bytes(), total + kills * 2 * kChunk);
}

}  // namespace
}  // namespace dl::test
