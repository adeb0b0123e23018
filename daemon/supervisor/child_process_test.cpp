#include "daemon/supervisor/child_process.h"

#include <csignal>

#include <gtest/gtest.h>

namespace dl::daemon {
namespace {

// A child that has not become its program yet still has our handlers, and the pipe that they write to.
TEST(ChildProcess, SignalToAChildThatHasHardlyBegunIsNotTakenForOneToUs) {
  constexpr int kChildren = 300;
  asio::io_context io;
  asio::signal_set signals(io, SIGTERM);
  int received = 0;
  signals.async_wait([&](error_code error, int) { received += error ? 0 : 1; });
  for (int i = 0; i < kChildren; ++i) {
    auto child = ChildProcess::start(io, "/bin/true", {});
    ASSERT_TRUE(child) << child.error().message;
    child->send_signal(SIGTERM);
    while (io.poll_one() > 0) {
    }
  }
  io.poll();
  EXPECT_EQ(received, 0);
}

}  // namespace
}  // namespace dl::daemon
