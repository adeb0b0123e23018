#include "daemon/passes/pass.h"

#include <future>

#include "tests/integration/daemon_fixture.h"

namespace dl::daemon {
namespace {

using PassTest = DaemonTest;

asio::awaitable<void> await_recorded(std::shared_ptr<Pass> pass) {
  co_await pass->recorded();
}

TEST_F(PassTest, CountsAsRecordedOnlyWhenTheJournalKnowsThatItHasEnded) {
  recover({});
  const auto pass = passes_->begin({"antenna", "metop-b", "station"}, clock_.now());
  pass->start_connection();
  pass->push(pattern(5000), clock_.now());
  std::promise<void> release;
  journal_->post([held = release.get_future().share()](spool::Journal&) -> Result<void> {
    held.wait();
    return {};
  });
  pass->end("eof");
  bool is_recorded = false;
  asio::co_spawn(*io_, await_recorded(pass), [&is_recorded](std::exception_ptr) { is_recorded = true; });
  ASSERT_TRUE(until([&] { return pass->closed(); }));
  EXPECT_FALSE(until([&] { return is_recorded; }, Seconds(1)));
  release.set_value();
  ASSERT_TRUE(until([&] { return is_recorded; }));
  EXPECT_EQ(pass_rows().at(0).state, spool::PassState::ended);
}

}  // namespace
}  // namespace dl::daemon
