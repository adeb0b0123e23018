// An uploader is killed at any moment and started again: the same object, no part that was acknowledged sent again, and
// no upload left open.
#include <random>
#include <thread>

#include "tests/uplink/s3_fixture.h"

namespace dl::test {
namespace {

class S3Kill : public S3Fixture {
 protected:
  ChildProcess start() {
    std::vector<std::string> command{std::string(DL_BINARY_DIRECTORY) + "/bin/deliver_object",
                                     "--journal",
                                     (station_.folder / "journal.db").string(),
                                     "--kind",
                                     "s3",
                                     "--endpoint",
                                     s3_.location.endpoint,
                                     "--bucket",
                                     s3_.location.bucket,
                                     "--keys",
                                     keys_file_.string(),
                                     "--region",
                                     server_.server->value("region"),
                                     "--part-bytes",
                                     std::to_string(part_bytes_)};
    if (server_.is_swift()) command.emplace_back("--head-first");
    return ChildProcess(command);
  }

  uplink::testing::Station station_;
};

TEST_F(S3Kill, KilledAgainAndAgainItEndsWithTheSameObject) {
  const std::string content = uplink::testing::noise(6 * part_bytes_ + 100);
  const std::string scene = "kill-" + std::to_string(::getpid());
  station_.add_scene(scene, {{"item.json", content}});
  station_.service->stop();
  // A slow link, so that most kills come in the middle of something.
  break_request(R"([{"method":"PUT","delay_s":0.03,"times":-1}])");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 generator(seed);
  unsigned kills = 0;
  for (; kills < 10; ++kills) {
    ChildProcess process = start();
    std::this_thread::sleep_for(Milliseconds{std::uniform_int_distribution<int>(10, 150)(generator)});
    process.kill();
  }
  ChildProcess last = start();
  EXPECT_EQ(last.wait(), 0);
  server_.proxy->forget_faults();
  delivery_.object_name = "metop-b/avhrr-3/2026/05/12/" + scene + "/item.json";
  EXPECT_TRUE(stored() == content);
  // At most one part is on its way at a kill. An upload whose opening was answered to nobody stays open.
  EXPECT_LE(sent_bytes(), content.size() + kills * part_bytes_);
  EXPECT_LE(open_uploads(), kills);
}

}  // namespace
}  // namespace dl::test
