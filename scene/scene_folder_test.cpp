#include "scene/scene_folder.h"

#include <array>
#include <barrier>
#include <thread>

#include <gtest/gtest.h>

#include "scene/test_folder.h"

namespace dl::scene {
namespace {

constexpr UtcTime kSlot = std::chrono::sys_days(std::chrono::year{2026} / 5 / 12) + std::chrono::hours(12);
constexpr std::size_t kPasses = 3;
constexpr int kRounds = 40;

// Every round all of them publish the same scene at the same time, each out of a folder of its own.
TEST(SceneFolder, PassesThatPublishTheSameSceneAtOncePublishItOnce) {
  const test::TemporaryFolder folder;
  std::array<std::vector<Result<WrittenScene>>, kPasses> scenes;
  std::barrier together(kPasses);
  std::vector<std::thread> passes;
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    passes.emplace_back([&, pass] {
      SceneOptions options = test::options_in(folder.path());
      options.work_directory /= std::to_string(pass);
      for (int round = 0; round < kRounds; ++round) {
        auto scene = SceneFolder::create(options.work_directory, "scene");
        const std::string item = pass == 0 ? "{\"first\": true}" : "{}";
        const bool added = scene && scene->add("item.json", "application/json", as_bytes(item));
        together.arrive_and_wait();
        const SceneIdentity identity{"metop-b", "avhrr-3", kSlot + Seconds(round)};
        scenes[pass].push_back(added ? scene->publish(identity, kSlot, kSlot + Seconds(60), options)
                                     : fail(ErrorKind::io, "cannot make the folder"));
      }
    });
  }
  for (auto& pass : passes) pass.join();

  for (std::size_t round = 0; round < kRounds; ++round) {
    std::size_t published = 0;
    bool first_won = false;
    for (std::size_t pass = 0; pass < kPasses; ++pass) {
      const auto& scene = scenes[pass][round];
      ASSERT_TRUE(scene) << scene.error().message;
      if (scene->already_there) continue;
      ++published;
      first_won = pass == 0;
    }
    EXPECT_EQ(published, 1U);
    for (std::size_t pass = 0; pass < kPasses; ++pass) {
      const WrittenScene& scene = *scenes[pass][round];
      EXPECT_EQ(scene.content_differs, scene.already_there && (pass == 0) != first_won);
    }
  }
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    EXPECT_EQ(test::count_files(folder.path() / "work" / std::to_string(pass)), 0U);
  }
}

}  // namespace
}  // namespace dl::scene
