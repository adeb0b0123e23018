#include "process/spacecraft_watch.h"

#include <gtest/gtest.h>

#include "link/frame_encoder.h"
#include "scene/test_folder.h"

namespace dl::process {
namespace {

constexpr std::uint16_t kOurs = 11;
constexpr std::uint16_t kOther = 12;
constexpr std::uint16_t kThird = 13;
constexpr UtcTime kReceived = std::chrono::sys_days(std::chrono::year{2026} / 5 / 12);
// So many frames are looked at at once; before that only the end of a reception is a reason to look.
constexpr std::size_t kFramesOfALook = 256;

link::Profile profile_of(std::uint16_t scid) {
  link::Profile profile;
  profile.name = "ours";
  profile.platform = "metop-b";
  profile.scid = scid;
  profile.marker_bits = 0;
  profile.marker = 0;
  profile.code = link::ReedSolomonCode::none;
  profile.randomizer = link::Randomizer::none;
  profile.cadu_size_bytes = 1024;
  profile.frame_error_control = true;
  return profile;
}

// A pass of one or more receptions, and the watch over it.
class SpacecraftWatchTest : public testing::Test {
 protected:
  void begin(std::size_t receptions = 1) {
    decoders::PassContext context;
    context.profile = profile_of(kOurs);
    sink_.emplace(scene::test::options_in(folder_.path()), std::set<std::string>{}, SceneSink::Callbacks{});
    auto pipeline =
        PassPipeline::create(context, *sink_, std::vector<std::optional<link::InputForm>>(receptions, std::nullopt));
    ASSERT_TRUE(pipeline) << pipeline.error().message;
    pipeline_ = std::move(*pipeline);
    std::vector<std::string> names = {"first", "second", "third"};
    names.resize(receptions);
    watch_.emplace(*pipeline_, profile_, std::move(names));
  }
  // Pushes so many frames of a spacecraft, then looks.
  Result<std::optional<link::ScidCount>> look(std::uint16_t scid, std::size_t frames, std::size_t input = 0) {
    link::FrameEncoder encoder(profile_of(scid));
    Bytes bytes;
    const Bytes packet = {0, 100, 0xC0, 0, 0, 0, 1};
    while (bytes.size() < frames * 1024) {
      encoder.add_packet(5, packet, bytes);
      encoder.complete_frame(5, bytes);
    }
    bytes.resize(frames * 1024);
    const auto pushed = pipeline_->push(bytes, kReceived, link::StationVerdict::none, input);
    EXPECT_TRUE(pushed) << pushed.error().message;
    return watch_->look(input, bytes.size());
  }
  Result<std::optional<link::ScidCount>> end(std::size_t input = 0) {
    EXPECT_TRUE(pipeline_->end(input));
    return watch_->look(input, 0);
  }
  // What is found at the end of a pass of so many frames of another spacecraft and, among them, of ours.
  std::optional<std::uint16_t> found(std::size_t other, std::size_t ours) {
    begin();
    for (const auto& [scid, frames] : {std::pair{kOther, other / 2}, {kOurs, ours}, {kOther, other - other / 2}}) {
      // Nothing would be the end.
      if (frames > 0) {
        EXPECT_EQ(look(scid, frames).value(), std::nullopt);
      }
    }
    const auto seen = end();
    EXPECT_TRUE(seen);
    if (!seen || !*seen) return std::nullopt;
    EXPECT_EQ((*seen)->frames, other);
    EXPECT_TRUE(watch_->is_foreign(0));
    return (*seen)->scid;
  }

  const link::Profile profile_ = profile_of(kOurs);
  scene::test::TemporaryFolder folder_;
  std::optional<SceneSink> sink_;
  std::unique_ptr<PassPipeline> pipeline_;
  std::optional<SpacecraftWatch> watch_;
};

TEST_F(SpacecraftWatchTest, SixteenFramesOfAnotherSpacecraftAreEnoughAndFifteenAreNot) {
  EXPECT_EQ(found(15, 0), std::nullopt);
  EXPECT_EQ(found(16, 0), kOther);
}

TEST_F(SpacecraftWatchTest, StrayFramesOfOursStopNothingUpToOneOfEight) {
  EXPECT_EQ(found(16, 1), kOther);
  EXPECT_EQ(found(14, 2), std::nullopt) << "too few";
  EXPECT_EQ(found(112, 16), kOther);
  EXPECT_EQ(found(112, 17), std::nullopt);
}

TEST_F(SpacecraftWatchTest, StrayFramesOfAnotherSpacecraftLeaveThePassOurs) {
  EXPECT_EQ(found(16, 200), std::nullopt);
  EXPECT_EQ(found(1, 0), std::nullopt);
}

TEST_F(SpacecraftWatchTest, LooksAgainWithEveryQuarterOfAMebibyte) {
  begin();
  EXPECT_EQ(look(kOther, kFramesOfALook - 1).value(), std::nullopt) << "it has not looked";
  EXPECT_FALSE(watch_->is_foreign(0));
  const auto seen = look(kOther, 1).value();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->scid, kOther);
  EXPECT_EQ(seen->frames, kFramesOfALook);
}

TEST_F(SpacecraftWatchTest, PassThatWasOursStaysOurs) {
  begin();
  EXPECT_EQ(look(kOurs, kFramesOfALook).value(), std::nullopt);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(look(kOther, kFramesOfALook).value(), std::nullopt);
  EXPECT_EQ(end().value(), std::nullopt);
  EXPECT_FALSE(watch_->is_foreign(0));
}

TEST_F(SpacecraftWatchTest, AllReceptionsAreHeardBeforeThePassIsAnothers) {
  begin(3);
  EXPECT_EQ(look(kOther, kFramesOfALook, 0).value(), std::nullopt) << "the second may be ours";
  EXPECT_EQ(look(kOther, kFramesOfALook, 1).value(), std::nullopt) << "the third may be ours";
  const auto seen = end(2).value();
  ASSERT_TRUE(seen) << "it has ended without a frame";
  EXPECT_EQ(seen->scid, kOther);
}

TEST_F(SpacecraftWatchTest, ReceptionsOfTwoSpacecraftAreNoPass) {
  begin(2);
  EXPECT_EQ(look(kOurs, kFramesOfALook, 1).value(), std::nullopt);
  const auto ours = look(kOther, kFramesOfALook, 0);
  ASSERT_FALSE(ours);
  EXPECT_EQ(ours.error().kind, ErrorKind::config);
  EXPECT_NE(ours.error().message.find("'first'"), std::string::npos) << ours.error().message;
  EXPECT_NE(ours.error().message.find("spacecraft id 12 (256 frames)"), std::string::npos);

  begin(2);
  EXPECT_EQ(look(kThird, kFramesOfALook, 1).value(), std::nullopt);
  const auto neither = look(kOther, kFramesOfALook, 0);
  ASSERT_FALSE(neither);
  EXPECT_EQ(neither.error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::process
